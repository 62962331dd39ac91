"""What truth.csv says of answers is what Alipay+ says over HTTP, when the loop of that day asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
import pytest

from recon.inquiry import Amount, Finding, Question
from sandbox.answers import ASKED, asked_at
from sandbox.api import ApiServer
from sandbox.scoring import read_truth
from sandbox.seeding import SeedReport, seed
from tests.support.inquiry import answered, client_of


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> SeedReport:
    return seed(tmp_path_factory.mktemp("answers"), payments=600)


@pytest.fixture(scope="module")
def truth(seeded: SeedReport) -> pl.DataFrame:
    return read_truth(seeded.truth)


@pytest.fixture(scope="module")
def server(seeded: SeedReport) -> Iterator[ApiServer]:
    with ApiServer(seeded.directory) as running:
        yield running


def test_the_loop_asks_a_little_after_the_day_was_judged() -> None:
    assert asked_at(date(2026, 11, 20)) == datetime(2026, 11, 21, 0, 35, tzinfo=UTC)


def test_orders_answer_over_http_as_the_truth_says(truth: pl.DataFrame, server: ApiServer) -> None:
    asked = truth.filter(pl.col("answer").is_not_null() & (pl.col("key_kind") == "order"))
    assert asked.height > 100
    with client_of(server) as client:
        for row in asked.iter_rows(named=True):
            server.at = asked_at(row["as_of_day"])
            expected = None if row["break_code"] in ("P08", "P09") else Amount(row["amount_minor"], row["currency"])
            finding = answered(client, Question(row["key"], expected=expected)).finding
            assert finding.name == row["answer"], row


def test_exactly_the_keys_that_a_question_helps_are_asked(truth: pl.DataFrame) -> None:
    asked = truth.filter(pl.col("answer").is_not_null())
    assert set(asked["break_code"]) == ASKED
    assert set(asked["family"]) == {"P"}
    assert not set(truth.filter(pl.col("answer").is_null())["break_code"]) & ASKED


def test_only_a_late_success_changes_the_code(truth: pl.DataFrame) -> None:
    changed = truth.filter(pl.col("code_after") != pl.col("break_code"))
    assert changed.select("break_code", "answer", "code_after").unique().rows() == [("P17", "PAID", "P01")]
    late = truth.filter((pl.col("break_code") == "P17") & (pl.col("answer") == "PAID"))
    assert late.height == changed.height


def test_each_answer_that_honest_books_can_give_is_played(truth: pl.DataFrame) -> None:
    by_code = truth.group_by("break_code").agg(pl.col("answer").unique())
    answers = {code: set(found) for code, found in by_code.iter_rows()}
    all_but_review = {"PAID", "CLOSED", "FAILED", "IN_PROCESS", "NOT_EXIST"}
    assert answers["P07"] == answers["P19"] == all_but_review
    assert answers["P17"] == all_but_review | {"REVIEW"}
    assert answers["P01"] == {"PAID", "CLOSED", "FAILED", "REVIEW"}
    assert answers["P02"] == answers["P03"] == {"PAID", "CLOSED", "FAILED"}
    assert answers["P06"] == {"PAID", "NOT_EXIST"}


@pytest.mark.parametrize(
    ("scenario", "code", "answer"),
    [
        ("reference_cut_and_unheard", "P06", "NOT_EXIST"),  # the report's reference is cut
        ("reference_cut_and_unheard", "P17", "PAID"),  # ours is whole
        ("order_rolled_back", "P06", "PAID"),
        ("cancel_raced_success", "P03", "CLOSED"),
        ("cancel_request_lost", "P03", "PAID"),
        ("code_abandoned", "P17", "IN_PROCESS"),
        ("false_success", "P07", "FAILED"),
        ("wallet_gave_discount", "P08", "PAID"),
        ("discount_unheard_over_midnight", "P17", "REVIEW"),
        ("discount_unheard_over_midnight", "P01", "REVIEW"),
        ("pay_request_lost", "P17", "NOT_EXIST"),
        ("cancel_answer_lost", "P17", "CLOSED"),
        ("confirmed_before_it_was_paid", "P19", "PAID"),
        ("left_out_of_reports", "P07", "PAID"),
        ("cancelled_upstream", "P07", "CLOSED"),
        ("paid_under_other_participant", "P07", "NOT_EXIST"),
        ("declined_unheard_but_cleared", "P01", "FAILED"),
        ("timeout_cancelled_but_cleared", "P02", "CLOSED"),
        ("declined_after_close_but_cleared", "P03", "FAILED"),
    ],
)
def test_a_scenario_has_its_answer(truth: pl.DataFrame, scenario: str, code: str, answer: str) -> None:
    played = truth.filter((pl.col("scenario") == scenario) & (pl.col("break_code") == code))
    assert set(played["answer"]) == {answer}
    assert answer in Finding.__members__
