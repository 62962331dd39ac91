"""What the questions of a break amount to: the answer that counts, and the one that came too late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from recon.inquiry.history import evidence_of, later_answers, lost
from recon.inquiry.verdicts import ANSWER_SCHEMA
from tests.support.asking import DAY, MINUTE, NOW, asked, history_of

AT = NOW.replace(tzinfo=None)
PLACES = 8


def said(key: str, finding: str, ordinal: int = 1, **changes: Any) -> dict[str, Any]:
    """A question with an answer."""
    is_over = finding in ("PAID", "CLOSED", "FAILED", "REVIEW")
    return asked(key, ordinal, outcome="ANSWERED", finding=finding, is_concluding=is_over, **changes)


def the_one(*history: dict[str, Any], max_questions: int = PLACES) -> dict[str, Any]:
    """The evidence about the only break."""
    frame = evidence_of(history_of(*history), DAY, max_questions)
    assert frame.schema == pl.Schema(ANSWER_SCHEMA)
    return frame.row(0, named=True)


def test_the_first_final_answer_counts_and_a_later_one_is_shown_but_not_used() -> None:
    history = [
        said("1", "IN_PROCESS"),
        said("1", "PAID", 2, amount_minor=1234, currency="EUR", told_at=AT + MINUTE),
        said("1", "CLOSED", 3, told_at=AT + 2 * MINUTE),
    ]
    evidence = the_one(*history)
    assert (evidence["answer"], evidence["question_id"], evidence["amount_minor"]) == ("PAID", "1-2", 1234)
    assert (evidence["asked_count"], evidence["answered_at"], evidence["is_planned"]) == (3, AT + MINUTE, False)
    (later,) = later_answers(history_of(*history)).iter_rows(named=True)
    assert (later["question_id"], later["answer"]) == ("1-3", "CLOSED")
    assert (later["first_question_id"], later["first_answer"]) == ("1-2", "PAID")


def test_first_is_what_was_stored_first_not_what_was_asked_first() -> None:
    history = [said("1", "PAID", 1, told_seq=9), said("1", "CLOSED", 2, told_seq=4)]
    assert the_one(*history)["answer"] == "CLOSED"


@pytest.mark.parametrize(
    ("second", "differs"),
    [
        ({"finding": "PAID", "amount_minor": 1234}, False),
        ({"finding": "PAID", "amount_minor": 1235}, True),
        ({"finding": "PAID", "amount_minor": 1234, "provider_payment_id": "OTHER"}, True),
        ({"finding": "FAILED", "amount_minor": 1234}, True),
        ({"finding": "IN_PROCESS", "amount_minor": 1234}, False),
    ],
)
def test_only_a_final_answer_that_says_something_else_is_a_finding(second: dict[str, Any], differs: bool) -> None:
    history = history_of(said("1", "PAID", amount_minor=1234), said("1", ordinal=2, **second))
    assert later_answers(history).height == differs


def test_without_a_final_answer_the_latest_one_is_reported() -> None:
    evidence = the_one(said("1", "NOT_EXIST"), said("1", "IN_PROCESS", 2), asked("1", 3))
    assert (evidence["answer"], evidence["asked_count"], evidence["is_planned"]) == ("IN_PROCESS", 3, True)


def test_asked_without_an_answer() -> None:
    evidence = the_one(asked("1"), asked("1", 2))
    assert (evidence["answer"], evidence["asked_count"], evidence["answered_at"]) == ("NONE", 2, None)


def test_not_exist_to_the_end_is_never_a_failure_and_no_more_is_planned() -> None:
    evidence = the_one(*(said("1", "NOT_EXIST", place) for place in range(1, PLACES + 1)))
    assert (evidence["answer"], evidence["asked_count"], evidence["is_planned"]) == ("NOT_EXIST", PLACES, False)
    assert the_one(*(said("1", "NOT_EXIST", place) for place in range(1, PLACES)))["is_planned"]


def test_what_never_left_is_no_evidence() -> None:
    history = history_of(
        asked("1", outcome="NOT_SENT", counts=False),
        asked("2", outcome="SKIPPED", counts=False),
        asked("3", outcome="INTERRUPTED", counts=False),
        asked("4", outcome="REJECTED", counts=False, stops_the_run=True),
        asked("5", outcome=None, counts=False),
    )
    assert evidence_of(history, DAY, PLACES).is_empty()


def test_each_situation_has_its_own_evidence() -> None:
    frame = evidence_of(
        history_of(said("1", "IN_PROCESS", situation="INIT/0"), said("1", "PAID", situation="INIT/1")), DAY, PLACES
    )
    assert frame.select("situation", "answer").rows() == [("INIT/0", "IN_PROCESS"), ("INIT/1", "PAID")]


def test_a_day_sees_what_was_asked_for_it_and_for_days_before() -> None:
    history = history_of(said("1", "IN_PROCESS"), said("1", "PAID", 2, as_of_day=DAY + timedelta(days=1)))
    assert evidence_of(history, DAY - timedelta(days=1), PLACES).is_empty()
    assert evidence_of(history, DAY, PLACES)["answer"].to_list() == ["IN_PROCESS"]
    assert evidence_of(history, DAY + timedelta(days=1), PLACES)["answer"].to_list() == ["PAID"]


def test_lost_is_what_a_list_was_told_and_the_journal_does_not_know_any_more() -> None:
    whole = history_of(said("1", "IN_PROCESS"), said("1", "PAID", 2), said("2", "CLOSED", told_seq=7))
    shown = evidence_of(whole, DAY, PLACES)
    assert lost(shown, shown).is_empty()
    assert lost(shown.clear(), shown).is_empty(), "more is known by now"
    older = evidence_of(whole.filter(pl.col("ordinal") == 1, pl.col("break_id").str.ends_with("1")), DAY, PLACES)
    assert lost(shown, older)["break_id"].to_list() == ["P/ogloba/order/1", "P/ogloba/order/2"]
