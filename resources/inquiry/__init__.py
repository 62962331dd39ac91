"""Asking Alipay+: its API, the journal of questions and answers, and the loop that asks."""
