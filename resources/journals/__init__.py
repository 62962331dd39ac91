"""Append-only journals in SQLite: questions to Alipay+, decisions of people, and alerts."""
