"""Measurements against what a user would pick instead. Never part of a test."""
