"""How a decision table becomes SQL: an ordered list of rules, folded into one CASE. First match wins.

Conditions are portable SQL boolean expressions over the named columns of a fact relation. They are constants of this
repository, never input. The tables themselves are in `payments.py` and `refunds.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """`code` holds where `when` is true and no earlier rule of the table was."""

    code: str
    when: str


def decide(rules: Sequence[Rule]) -> str:
    """The first match as a SQL expression; NULL where no rule matches, which a proof forbids."""
    cases = "\n".join(f"    WHEN {rule.when} THEN '{rule.code}'" for rule in rules)
    return f"CASE\n{cases}\n  END"


def raise_flags(rules: Sequence[Rule]) -> str:
    """All matches as a SQL expression: codes joined by a blank, in table order; empty if there are none."""
    parts = " || ".join(f"CASE WHEN {rule.when} THEN '{rule.code} ' ELSE '' END" for rule in rules)
    return f"RTRIM({parts})"
