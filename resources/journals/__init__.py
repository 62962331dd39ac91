"""Append-only journals in SQLite: questions to Alipay+, and alerts."""
