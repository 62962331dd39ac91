"""How long an orders database may be silent; apart from `engine`, so that settings are read without SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """In seconds, of one connection and of one statement."""

    connect_seconds: float = 15
    statement_seconds: float = 600
