"""Every combination of settlement facts gets exactly one outcome, the one of a plain reading; no rule is dead."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest

from recon.breaks.decision import Rule, decide, raise_flags
from recon.settlement.rules import (
    BATCH_DECISION,
    BATCH_FLAGS,
    SETTLEMENT_DECISION,
    SETTLEMENT_FLAGS,
    UNKNOWN_DECISION,
    UNKNOWN_FLAGS,
)

BOTH = (True, False)
BATCHES = pl.DataFrame(
    [
        facts
        for facts in product((0, 1, 2, 3), (0, 1, 2, 3), BOTH, (0, 500, -500), BOTH, BOTH, BOTH, BOTH)
        if facts[1] <= facts[0]
        and not (facts[0] == 0 and facts[2])
        and not (facts[0] == 1 and facts[2] != (facts[1] == 1))
        and not (facts[-1] and (facts[0] == 0 or facts[2] or facts[3] == 0))
    ],
    schema=["line_count", "full_count", "is_equal", "cleared_minor", "is_due", "is_carried", "has_report", "is_more"],
    orient="row",
)
SETTLEMENTS = pl.DataFrame(
    [
        facts
        for facts in product(BOTH, BOTH, (0, 60, -60), BOTH, BOTH, BOTH)
        if (facts[0] or not (facts[1] or facts[4])) and not (facts[0] and facts[5])
    ],
    schema=["has_bank", "is_bank_equal", "other_minor", "has_other_value_date", "is_bank_late", "is_overdue"],
    orient="row",
)
UNKNOWN = pl.DataFrame(list(product(BOTH, BOTH)), schema=["is_before_start", "is_of_other_set"], orient="row")


def batch_outcome(row: dict) -> str:
    """Read from top to bottom."""
    if row["line_count"]:
        if row["is_equal"]:
            return "SETTLED"
        return "B03" if row["line_count"] > 1 and row["full_count"] and row["is_more"] else "B04"
    if not row["cleared_minor"]:
        return "NOTHING_TO_PAY"
    return "B02" if row["is_due"] else "B01"


def settlement_outcome(row: dict) -> str:
    """Money first, then what no report explains, then the date."""
    if row["has_bank"] and not row["is_bank_equal"]:
        return "B07"
    if row["is_overdue"]:
        return "B08"
    if row["other_minor"]:
        return "B05"
    if row["has_other_value_date"] or row["is_bank_late"]:
        return "B06"
    return "RECEIVED" if row["has_bank"] else "OPEN_AT_BANK"


def decided(facts: pl.DataFrame, rules: tuple[Rule, ...]) -> list[str]:
    return facts.select(code=pl.sql_expr(decide(rules)))["code"].to_list()


def test_batches_and_settlements_as_read_from_top_to_bottom() -> None:
    assert decided(BATCHES, BATCH_DECISION) == [batch_outcome(row) for row in BATCHES.iter_rows(named=True)]
    expected = [settlement_outcome(row) for row in SETTLEMENTS.iter_rows(named=True)]
    assert decided(SETTLEMENTS, SETTLEMENT_DECISION) == expected


@pytest.mark.parametrize(
    ("facts", "rules"),
    [(BATCHES, BATCH_DECISION), (SETTLEMENTS, SETTLEMENT_DECISION), (UNKNOWN, UNKNOWN_DECISION)],
    ids=["batches", "settlements", "unknown"],
)
def test_no_rule_is_dead_and_nothing_is_left_over(facts: pl.DataFrame, rules: tuple[Rule, ...]) -> None:
    assert None not in decided(facts, rules)
    for place, rule in enumerate(rules):
        without = (*rules[:place], *rules[place + 1 :])
        assert decided(facts, without) != decided(facts, rules), rule


@pytest.mark.parametrize(
    ("facts", "rules"),
    [(BATCHES, BATCH_FLAGS), (SETTLEMENTS, SETTLEMENT_FLAGS), (UNKNOWN, UNKNOWN_FLAGS)],
    ids=["batches", "settlements", "unknown"],
)
def test_every_flag_is_raised_and_not_always(facts: pl.DataFrame, rules: tuple[Rule, ...]) -> None:
    flags = facts.select(flags=pl.sql_expr(raise_flags(rules)))["flags"].to_list()
    for rule in rules:
        raised = [rule.code in each.split() for each in flags]
        assert any(raised)
        assert not all(raised)


def test_the_code_of_a_settlement_is_never_its_flag_too() -> None:
    flags = SETTLEMENTS.select(flags=pl.sql_expr(raise_flags(SETTLEMENT_FLAGS)))["flags"]
    codes = decided(SETTLEMENTS, SETTLEMENT_DECISION)
    assert not [code for code, raised in zip(codes, flags, strict=True) if code in raised.split()]
