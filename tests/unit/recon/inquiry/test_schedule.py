"""Which breaks are asked about, in which order, when again, and when no more."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recon.breaks.catalogue import CATALOGUE
from recon.errors import ConfigurationError
from recon.inquiry import Amount
from recon.inquiry.schedule import Schedule, due_questions, due_table
from resources.settings import load_settings
from resources.settings.rules import schedule_of
from tests.support.asking import DAY, LEASE, MINUTE, NOW, asked, due_keys, history_of, item, items_of
from tests.support.inquiry import CONFIG, write_inquiry_settings

NEVER = history_of()
AT = NOW.replace(tzinfo=None)
TICK = timedelta(microseconds=1)
HELPED = "P01 P02 P03 P06 P07 P08 P09 P10 P13 P17 P18 P19 R14"


# -- about what --------------------------------------------------------------------------------


def test_asked_are_the_payments_that_an_inquiry_helps_and_no_others() -> None:
    rows = [
        item(code, break_code=code, family=entry.family, inquiry=entry.inquiry, state=str(entry.state))
        for code, entry in CATALOGUE.items()
    ]
    assert sorted(due_keys(items_of(*rows), NEVER)) == HELPED.split()


@pytest.mark.parametrize(
    ("state", "is_asked"), [("OPEN", True), ("ASKED", True), ("WAITING", False), ("NOTED", False), ("RESOLVED", False)]
)
def test_only_open_breaks_are_asked_about(state: str, is_asked: bool) -> None:
    assert due_keys(items_of(item("1", state=state)), NEVER) == (["1"] if is_asked else [])


def test_the_list_of_another_day_is_not_asked() -> None:
    assert due_keys(items_of("1"), NEVER, day=DAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("ids", "asked_by"),
    [
        (("REQ", "PAY"), ("paymentRequestId", "REQ")),
        ((None, "PAY"), ("paymentId", "PAY")),
        (("", "PAY"), ("paymentId", "PAY")),
        (("R" * 65, "PAY"), ("paymentId", "PAY")),
        ((" REQ", "PAY"), ("paymentId", "PAY")),
        (("R" * 64, None), ("paymentRequestId", "R" * 64)),
        ((None, None), None),
        (("R" * 65, None), None),
        (("RE\x07Q", None), None),
        (("RE\x07Q", "PAY"), ("paymentId", "PAY")),
    ],
)
def test_by_the_request_id_and_where_it_cannot_be_sent_by_that_of_alipayplus(
    ids: tuple[str | None, str | None], asked_by: tuple[str, str] | None
) -> None:
    items = items_of(item("1", payment_request_id=ids[0], provider_transaction_id=ids[1]))
    found = [each.asked for each in due_questions(items, NEVER, Schedule(), DAY, NOW)]
    assert [(each.asked_by, each.asked_id) for each in found] == ([asked_by] if asked_by else [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Amount(1234, "EUR")),
        ({"report_amount_minor": 999, "report_currency": "USD"}, Amount(1234, "EUR")),
        (
            {"order_amount_minor": None, "report_amount_minor": 999, "report_currency": "USD", "currency": "USD"},
            Amount(999, "USD"),
        ),
        ({"order_amount_minor": None}, None),
        ({"break_code": "P08"}, None),
        ({"break_code": "P09"}, None),
    ],
)
def test_our_amount_is_expected_else_the_reported_one(changes: dict[str, Any], expected: Amount | None) -> None:
    (question,) = due_questions(items_of(item("1", **changes)), NEVER, Schedule(), DAY, NOW)
    assert question.asked.expected == expected


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, "PAY"),
        ({"provider_transaction_id": None}, ""),
        ({"payment_request_id": "PAY"}, ""),  # a payment without an id of Alipay+ shows its reference
        ({"payment_request_id": None}, ""),  # it is the one that is sent
        ({"break_code": "P10"}, ""),
        ({"break_code": "P18"}, ""),
        ({"flags": "P08 P18"}, ""),
    ],
)
def test_alipaypluss_own_id_is_known_unless_the_answer_shall_tell_it(changes: dict[str, Any], known: str) -> None:
    row = item("1", **{"provider_transaction_id": "PAY"} | changes)
    (question,) = due_questions(items_of(row), NEVER, Schedule(), DAY, NOW)
    assert question.asked.known_payment_id == known


def test_a_question_knows_where_it_belongs() -> None:
    items = items_of(
        item("1"), item("2", source_id=None, order_key=None, situation="-/1", break_id="P/alipayplus/provider/2")
    )
    theirs, ours = due_questions(items, NEVER, Schedule(), DAY, NOW)
    assert (theirs.order_key, theirs.pay_state, theirs.is_for_init) == ("", "", False)
    assert (ours.source_id, ours.order_key, ours.pay_state, ours.is_for_init) == ("ogloba", "1", "INIT", True)
    assert (ours.break_code, ours.situation, ours.as_of_day, ours.ordinal) == ("P01", "INIT/1", DAY, 1)


# -- in which order ----------------------------------------------------------------------------


def test_severity_then_deadline_then_amount_then_key() -> None:
    soon, late = datetime(2026, 11, 21), datetime(2027, 11, 21)  # noqa: DTZ001 - as tables have it
    items = items_of(
        item("6", severity="S2", deadline_at=soon, amount_at_risk_minor=9_000_000),
        item("5", deadline_at=None, amount_at_risk_minor=9_000_000),
        item("4", deadline_at=late, amount_at_risk_minor=500),
        item("3", deadline_at=late, amount_at_risk_minor=500),
        item("2", deadline_at=late, amount_at_risk_minor=501),
        item("1", deadline_at=soon, amount_at_risk_minor=1),
    )
    assert due_keys(items, NEVER) == ["1", "2", "3", "4", "5", "6"]
    assert due_keys(items.reverse(), NEVER) == ["1", "2", "3", "4", "5", "6"]


def test_a_run_has_a_budget_and_the_rest_stays_due() -> None:
    items = items_of(*(f"{number:02}" for number in range(10)))
    assert due_keys(items, NEVER, schedule=Schedule(per_run=3)) == ["00", "01", "02"]
    assert due_table(items, NEVER, Schedule(per_run=3), DAY, NOW).height == 10


def test_the_same_question_has_the_same_name_and_another_one_has_another() -> None:
    def name(*history: dict[str, Any], **changes: Any) -> str:
        day = changes.get("as_of_day", DAY)
        later = NOW + timedelta(days=9)
        (question,) = due_questions(items_of(item("1", **changes)), history_of(*history), Schedule(), day, later)
        return question.question_id

    names = [
        name(),
        name(asked("1")),
        name(asked("1"), asked("1", 2)),
        name(situation="SUCCESS/0"),
        name(as_of_day=DAY + timedelta(days=1)),
        name(break_id="P/ogloba/order/2"),
    ]
    assert len(set(names)) == len(names)
    assert name() == names[0]
    assert name(severity="S4", amount_at_risk_minor=5) == names[0]


# -- when again --------------------------------------------------------------------------------


def test_each_wait_is_counted_from_the_end_of_the_question_before_and_then_a_person_acts() -> None:
    waits = [timedelta(), 5 * MINUTE, 60 * MINUTE, *[timedelta(days=1)] * 5]
    history: list[dict[str, Any]] = []
    at = NOW
    for place, wait in enumerate(waits):
        if place:
            assert due_keys(items_of("1"), history_of(*history), at + wait - TICK) == []
        assert due_keys(items_of("1"), history_of(*history), at + wait) == ["1"]
        at += wait + 2 * MINUTE  # it took a while
        told_at = at.replace(tzinfo=None)
        history.append(asked("1", place + 1, claimed_at=told_at - 2 * MINUTE, told_at=told_at))
    assert due_keys(items_of("1"), history_of(*history), at + timedelta(days=4000)) == []


def test_a_person_may_ask_on_when_the_schedule_is_over() -> None:
    """Once more a day; the sensor stays silent."""
    history = history_of(*(asked("1", number) for number in range(1, 9)))
    tomorrow = NOW + timedelta(days=1)
    assert due_keys(items_of("1"), history, tomorrow) == []
    assert due_keys(items_of("1"), history, tomorrow - TICK, by_hand=True) == []
    (question,) = due_questions(items_of("1"), history, Schedule(), DAY, tomorrow, by_hand=True)
    assert question.ordinal == 9
    final = history_of(*(asked("1", number) for number in range(1, 9)), asked("1", 9, is_concluding=True))
    assert due_keys(items_of("1"), final, NOW + timedelta(days=9), by_hand=True) == []


@pytest.mark.parametrize(
    ("finding", "is_over"),
    [
        ("PAID", True),
        ("CLOSED", True),
        ("FAILED", True),
        ("REVIEW", True),
        ("IN_PROCESS", False),
        ("NOT_EXIST", False),
        ("UNCLEAR", False),
    ],
)
def test_a_final_answer_ends_it_and_order_not_exist_is_none(finding: str, is_over: bool) -> None:
    history = history_of(asked("1", outcome="ANSWERED", finding=finding, is_concluding=is_over))
    assert due_keys(items_of("1"), history, NOW + timedelta(days=9)) == ([] if is_over else ["1"])


def test_a_question_that_never_left_uses_up_no_place_but_waits_a_little() -> None:
    tries = [asked("1", number, outcome="NOT_SENT", counts=False) for number in range(1, 20)]
    for count, pause in ((1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (19, 60)):
        history = history_of(*tries[:count])
        assert due_keys(items_of("1"), history, NOW + pause * MINUTE - TICK) == [], count
        assert due_keys(items_of("1"), history, NOW + pause * MINUTE - TICK, by_hand=True) == ["1"]
        assert due_keys(items_of("1"), history, NOW + pause * MINUTE) == ["1"], count
    (question,) = due_questions(items_of("1"), history_of(*tries), Schedule(), DAY, NOW + 60 * MINUTE)
    assert question.ordinal == 20
    answered = history_of(*tries, asked("1", 20))
    assert due_keys(items_of("1"), answered, NOW + 5 * MINUTE) == ["1"]  # the second place, not the last


def test_an_interrupted_question_is_asked_again_at_once_under_the_next_number() -> None:
    history = history_of(asked("1"), asked("1", 2, outcome="INTERRUPTED", counts=False))
    (question,) = due_questions(items_of("1"), history, Schedule(), DAY, NOW + 5 * MINUTE)
    assert question.ordinal == 3


def test_nobody_asks_while_somebody_else_does() -> None:
    history = history_of(asked("1", outcome=None, counts=False, told_at=None, told_seq=None))
    assert due_keys(items_of("1"), history, NOW + LEASE - TICK, by_hand=True) == []
    assert due_keys(items_of("1"), history, NOW + LEASE) == ["1"]


def test_a_skipped_question_is_not_put_again_before_the_list_of_a_later_day_shows_the_row() -> None:
    history = history_of(asked("1", outcome="SKIPPED", counts=False, code="SUCCESS"))
    assert due_keys(items_of("1"), history, NOW + timedelta(days=30)) == []
    tomorrow = DAY + timedelta(days=1)
    assert due_keys(items_of(item("1", as_of_day=tomorrow)), history, NOW, day=tomorrow) == ["1"]


def test_when_a_side_changes_the_schedule_begins_anew() -> None:
    history = history_of(asked("1", outcome="ANSWERED", finding="FAILED", is_concluding=True), asked("2"))
    items = items_of(item("1", situation="INIT/2"), item("2", situation="SUCCESS/1"))
    found = list(due_questions(items, history, Schedule(), DAY, NOW))
    assert [question.ordinal for question in found] == [1, 1]


def test_the_zone_of_the_clock_changes_nothing() -> None:
    history = history_of(asked("1"))
    for hours in (-10, 0, 8):
        now = (NOW + 5 * MINUTE).astimezone(timezone(timedelta(hours=hours)))
        assert due_keys(items_of("1"), history, now) == ["1"]
        assert due_keys(items_of("1"), history, now - TICK) == []


def test_a_clock_that_was_set_back_never_makes_a_question_due_early() -> None:
    assert due_keys(items_of("1"), history_of(asked("1")), NOW - timedelta(days=2)) == []


# -- after a refusal that a person has to repair -------------------------------------------------


def refused(key: str, **changes: Any) -> dict[str, Any]:
    return asked(key, outcome="REJECTED", counts=False, stops_the_run=True) | changes


def test_a_refused_key_pauses_everything_except_by_hand() -> None:
    history, items = history_of(refused("1")), items_of("1", "2")
    pause = timedelta(hours=1)
    assert due_keys(items, history, NOW + pause - TICK) == []
    assert due_keys(items, history, NOW + pause - TICK, by_hand=True) == ["1", "2"]
    assert due_keys(items, history, NOW + pause) == ["1", "2"]


def test_an_answer_after_it_ends_the_pause() -> None:
    answer = asked("2", outcome="ANSWERED", finding="PAID", is_concluding=True, told_at=AT + MINUTE)
    assert due_keys(items_of("1", "2"), history_of(refused("1"), answer), NOW + 2 * MINUTE) == ["1"]
    silence = asked("2", told_at=AT + MINUTE)
    assert due_keys(items_of("1", "2"), history_of(refused("1"), silence), NOW + 9 * MINUTE) == []


# -- as configured -------------------------------------------------------------------------------


def test_the_defaults_are_those_of_the_settings(tmp_path: Path) -> None:
    assert schedule_of(load_settings(write_inquiry_settings(tmp_path), {})) == Schedule()
    assert schedule_of(load_settings(CONFIG, {})) == Schedule()  # without a section [inquiry]


def test_everything_can_be_configured(tmp_path: Path) -> None:
    lines = ("wait_minutes = [0, 1]", "questions_per_run = 7", "pause_after_stop_minutes = 0")
    schedule = schedule_of(load_settings(write_inquiry_settings(tmp_path, *lines), {}))
    assert schedule == Schedule((timedelta(), MINUTE), 7, timedelta())
    assert schedule.max_questions == 2


@pytest.mark.parametrize("line", ["wait_minutes = [5]", "wait_minutes = []", "questions_per_run = 0", "workers = 0"])
def test_what_makes_no_sense_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match=line.split(" = ", maxsplit=1)[0]):
        load_settings(write_inquiry_settings(tmp_path, line), {})


def test_the_example_shows_what_the_code_assumes() -> None:
    """What stands there as a comment is a valid section with the defaults."""
    lines = CONFIG.read_text().split("# [inquiry]\n", 1)[1].split("\n\n", 1)[0].splitlines()
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines))
    assert shown["wait_minutes"] == [wait // MINUTE for wait in Schedule().waits]
    assert shown["questions_per_run"] == Schedule().per_run
    assert timedelta(minutes=shown["pause_after_stop_minutes"]) == Schedule().pause_after_stop


def test_of_a_hundred_thousand_rows_as_many_are_asked_as_one_run_may() -> None:
    items = pl.concat([items_of("1")] * 100_000).with_columns(
        pl.format("P/ogloba/order/{}", pl.int_range(pl.len())).alias("break_id"),
        pl.int_range(pl.len()).cast(pl.String).alias("payment_request_id"),
    )
    assert len(due_keys(items, NEVER)) == 1000
