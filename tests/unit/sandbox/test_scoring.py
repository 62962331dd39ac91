"""The score: by key and code, with what is false and what is missed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sandbox.scoring import Score, has_answers, read_truth, score
from sandbox.truth import TRUTH_SCHEMA

DAY, ASKED_DAY = date(2026, 11, 20), date(2026, 11, 22)
TRUTH = pl.DataFrame(
    [
        (DAY, "P", "order", "0001234A", "P01", 1000, "EUR", "notice_lost", None, "PAID", "P01"),
        (DAY, "R", "refund", "V1", "R01", 500, "EUR", "void_failed_with_alert", None, None, "R01"),
        (DAY, "P", "provider", "2026/x", "P06", 700, "JPY", "order_rolled_back", None, "PAID", "P06"),
        (date(2026, 11, 19), "P", "order", "0009", "P04", 300, "EUR", "confirm_lost", None, None, "P04"),
        (ASKED_DAY, "P", "order", "0017", "P17", 400, "EUR", "notice_lost_over_midnight", None, "PAID", "P01"),
        (ASKED_DAY, "P", "order", "0018", "P17", 500, "EUR", "code_abandoned", None, "IN_PROCESS", "P17"),
        (ASKED_DAY, "R", "refund", "V2", "R01", 600, "EUR", "void_failed_with_alert", None, None, "R01"),
    ],
    schema=TRUTH_SCHEMA,
    orient="row",
)
RIGHT = [
    ("P", "P01", "P/ogloba/order/0001234A"),
    ("R", "R01", "R/ogloba/refund/V1"),
    ("P", "P06", "P/alipayplus/provider/2026/x"),
]


def items(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["family", "break_code", "break_id"], orient="row")


def test_everything_right_is_perfect() -> None:
    result = score(TRUTH, items(*RIGHT), DAY)
    assert (result.precision, result.recall, result.is_perfect) == (1.0, 1.0, True)


def test_a_wrong_code_is_both_false_and_missed() -> None:
    result = score(TRUTH, items(*RIGHT[1:], ("P", "P17", "P/ogloba/order/0001234A")), DAY)
    assert result.false_breaks.select("break_code", "deserved_as").row(0) == ("P17", "P01")
    assert result.missed.select("break_code", "found_as").row(0) == ("P01", "P17")
    assert result.precision == result.recall == pytest.approx(2 / 3)


def test_a_break_that_nobody_deserves_lowers_precision_only() -> None:
    result = score(TRUTH, items(*RIGHT, ("P", "P04", "P/ogloba/order/0009")), DAY)
    assert (result.precision, result.recall) == (0.75, 1.0)
    by_code = {row["break_code"]: row for row in result.by_code.iter_rows(named=True)}
    assert by_code["P04"]["precision"] == 0.0
    assert by_code["P01"]["precision"] == 1.0


def test_the_same_break_twice_is_false_once() -> None:
    result = score(TRUTH, items(*RIGHT, RIGHT[0]), DAY)
    assert result.false_breaks.height == 1


def test_closed_items_do_not_count() -> None:
    listed = items(*RIGHT, ("P", "P04", "P/ogloba/order/0009"))
    states = pl.Series("state", ["OPEN", "OPEN", "OPEN", "RESOLVED"])
    assert score(TRUTH, listed.with_columns(states), DAY).is_perfect


def test_an_empty_day_is_perfect() -> None:
    assert score(TRUTH, items(), date(2026, 11, 21)).is_perfect


# -- after Alipay+ was asked -----------------------------------------------------------------

ANSWERED = [
    ("P", "P01", "P/ogloba/order/0017", "PAID"),
    ("P", "P17", "P/ogloba/order/0018", "IN_PROCESS"),
    ("R", "R01", "R/ogloba/refund/V2", None),
]
Listed = tuple[str, str, str, str | None]


def after_inquiries(*rows: Listed) -> Score:
    listed = pl.DataFrame(rows, schema=["family", "break_code", "break_id", "answer"], orient="row")
    return score(TRUTH, listed, ASKED_DAY, after_inquiries=has_answers(listed))


def test_with_its_answer_a_key_deserves_the_code_of_the_answer() -> None:
    result = after_inquiries(*ANSWERED)
    assert (result.is_perfect, result.right_answers, result.is_after_inquiries) == (True, 2, True)


def test_an_answer_that_changed_nothing_is_missed() -> None:
    result = after_inquiries(("P", "P17", "P/ogloba/order/0017", "PAID"), *ANSWERED[1:])
    assert result.missed["break_code"].to_list() == ["P01"]
    assert result.false_breaks["break_code"].to_list() == ["P17"]
    assert result.wrong_answers.is_empty()


def test_a_code_without_its_answer_is_false() -> None:
    result = after_inquiries(("P", "P01", "P/ogloba/order/0017", None), *ANSWERED[1:])
    assert result.false_breaks["break_code"].to_list() == ["P01"]
    assert result.wrong_answers["key"].to_list() == ["0017"]


@pytest.mark.parametrize("answer", [None, "NONE", "CLOSED"])
def test_a_missing_or_false_answer_is_listed_and_the_code_stays(answer: str | None) -> None:
    result = after_inquiries(("P", "P17", "P/ogloba/order/0017", answer), *ANSWERED[1:])
    assert result.wrong_answers.select("key", "answer", "found_answer").rows() == [("0017", "PAID", answer)]
    assert (result.precision, result.recall, result.right_answers, result.is_perfect) == (1.0, 1.0, 1, False)


def test_a_question_without_need_is_listed() -> None:
    result = after_inquiries(*ANSWERED[:2], ("R", "R01", "R/ogloba/refund/V2", "PAID"))
    assert result.wrong_answers.select("key", "answer", "found_answer").rows() == [("V2", None, "PAID")]


def test_before_anything_was_asked_answers_are_not_scored() -> None:
    rows = [(family, code.replace("P01", "P17"), key, None) for family, code, key, _ in ANSWERED]
    result = after_inquiries(*rows)
    assert (result.is_perfect, result.is_after_inquiries) == (True, False)


def test_truth_keeps_its_keys_as_text(tmp_path: Path) -> None:
    TRUTH.write_csv(tmp_path / "truth.csv")
    assert read_truth(tmp_path / "truth.csv").equals(TRUTH)
