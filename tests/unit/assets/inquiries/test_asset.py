"""The loop in Dagster: when the sensor asks for a run, what the run leaves, what it proves, when the day runs again."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.inquiries.asset import NEWS
from assets.landed.asset import FROM_COMMAND_LINE
from pipelines.clearing_day import JOB as DAY_JOB
from pipelines.sensors.inquiries import JOB
from recon.errors import OrdersError
from recon.inquiry.schedule import due_questions
from recon.tie_out.proof import INCOMPLETE
from resources.alipayplus.api import AlipayPlusApi
from resources.settings import Settings, load_settings
from resources.settings.rules import schedule_of
from tests.support.api_tricks import TrickServer, sending, telling, unsigned
from tests.support.asking import DAY, MINUTE, Clock, item, items_of
from tests.support.inquiry import CONFIG, client_of, write_inquiry_settings
from tests.support.published import PublishedState, StillInit, metadata_of, proofs, published_at

ONE_DAY = timedelta(days=1)
QUIET = ["every_question_has_an_answer_or_a_reason", "first_result_wins", "no_unauthenticated_answer_used"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(write_inquiry_settings(tmp_path))


@pytest.fixture
def published(settings: Settings, tmp_path: Path) -> Iterator[PublishedState]:
    with published_at(settings, tmp_path) as published:
        yield published


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that others are copied from: a payment that is paid and one that is closed were asked about."""
    folder = tmp_path_factory.mktemp("asked")
    with published_at(load_settings(write_inquiry_settings(folder)), folder) as published:
        published.publish(DAY, "CLOSED", "PAID")
        assert published.ask(DAY).success
    return folder


@pytest.fixture
def answered(asked: Path, tmp_path: Path) -> Iterator[PublishedState]:
    """The answers are in the journal, and not yet on the list."""
    shutil.copytree(asked, tmp_path, dirs_exist_ok=True)
    with published_at(load_settings(tmp_path / "recon.toml"), tmp_path) as published:
        yield published


def plain_settings(directory: Path) -> Settings:
    """The example, which asks nobody."""
    plain = load_settings(CONFIG)
    state = plain.warehouse.model_copy(update={"directory": directory / "state"})
    return plain.model_copy(update={"warehouse": state})


def request(published: PublishedState) -> dg.RunRequest:
    asked_for = published.tick()
    assert isinstance(asked_for, dg.RunRequest), asked_for
    return asked_for


def remember(published: PublishedState, status: dg.DagsterRunStatus) -> None:
    """A run of the job that was started elsewhere."""
    tags = {"dagster/partition": DAY.isoformat()}
    published.instance.add_run(dg.DagsterRun(job_name=JOB, run_id=str(uuid.uuid4()), status=status, tags=tags))


# -- the sensor --------------------------------------------------------------------------------


def test_without_a_section_inquiry_the_sensor_asks_for_nothing(tmp_path: Path) -> None:
    with PublishedState(plain_settings(tmp_path)) as published:
        published.publish(DAY, "PAID")
        assert "no section [inquiry]" in str(published.tick())


def test_the_sensor_asks_for_one_run_per_set_of_questions_and_writes_nothing(
    published: PublishedState, settings: Settings
) -> None:
    assert published.tick() == "no day is proved yet"
    published.publish(DAY, "PAID", status=INCOMPLETE)
    assert published.tick() == "no day is proved yet"
    published.publish(DAY, "PAID")
    first = request(published)
    assert first.partition_key == DAY.isoformat()
    assert request(published).run_key == first.run_key, "however often it looks"
    published.publish(DAY, "PAID", "CLOSED")
    assert request(published).run_key != first.run_key
    assert not published.journal.path.exists()
    assert not (settings.warehouse.directory / ".lock").exists()


def test_only_the_newest_proved_day_is_asked_about(published: PublishedState) -> None:
    published.publish(DAY, "PAID")
    published.publish(DAY + ONE_DAY)
    published.publish(DAY + 2 * ONE_DAY, "CLOSED", status=INCOMPLETE)
    assert published.tick() == f"nothing is due for {DAY + ONE_DAY}"


def test_a_run_that_asks_is_not_doubled(published: PublishedState) -> None:
    published.publish(DAY, "PAID")
    remember(published, dg.DagsterRunStatus.STARTED)
    assert published.tick() == "a run is asking already"


def test_after_a_failed_run_the_same_questions_wait_and_then_have_another_key(published: PublishedState) -> None:
    """Dagster starts no second run with a key that it knows, however the first one ended."""
    published.publish(DAY, "PAID")
    keys = [request(published).run_key]
    for ended in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        remember(published, ended)
        failed = published.instance.get_run_records()[0]
        published.clock.now = failed.create_timestamp
        assert "the last run failed or was cancelled" in str(published.tick())
        published.clock.move(61 * MINUTE)
        assert request(published).run_key not in (*keys, None)
        assert request(published).run_key == request(published).run_key
        keys.append(request(published).run_key)


def test_what_was_answered_is_not_asked_for_again(published: PublishedState) -> None:
    published.publish(DAY, "PAID", "WAITS")
    assert published.ask(DAY).success
    published.publish(DAY, "PAID", "WAITS")
    assert published.tick() == f"nothing is due for {DAY}"
    published.clock.move(6 * MINUTE)
    assert isinstance(published.tick(), dg.RunRequest)


def test_answers_that_a_killed_run_left_are_brought_to_the_list(answered: PublishedState) -> None:
    """They are in the journal, and nobody ran the day again."""
    assert isinstance(answered.tick(), dg.RunRequest), "the list does not show the answers yet"
    again = answered.ask(DAY)
    assert (metadata_of(again)["asked"], metadata_of(again)[NEWS]) == (0, True)


# -- the asset ---------------------------------------------------------------------------------


def test_the_asset_tells_what_was_asked_and_what_came_of_it(published: PublishedState) -> None:
    published.publish(DAY, "PAID", "CLOSED", "DECLINED", "WAITS", "NOBODY")
    result = published.ask(DAY)
    assert result.success
    shown = metadata_of(result)
    assert (shown["asked"], shown["answered"], shown["concluded"], shown["skipped"]) == (5, 5, 3, 0)
    assert shown["latency_p50_ms"] <= shown["latency_p95_ms"] <= shown["latency_max_ms"]
    (made,) = result.asset_materializations_for_node("answers")
    records = {record.data["outcome"]: int(record.data["questions"]) for record in made.metadata["by_outcome"].records}
    assert records == {"PAID": 1, "CLOSED": 1, "FAILED": 1, "IN_PROCESS": 1, "NOT_EXIST": 1}
    assert (shown["stopped"], shown[NEWS]) == ("", True)
    assert set(proofs(result).values()) == {""}, "honest answers pass every proof"


def test_without_a_section_inquiry_the_asset_says_so(tmp_path: Path) -> None:
    with PublishedState(plain_settings(tmp_path)) as published:
        result = published.ask(DAY)
    assert result.success
    assert (metadata_of(result)["asked"], metadata_of(result)["reason"]) == (
        0,
        "there is no section [inquiry]: no question is asked",
    )


def test_a_missing_key_fails_with_its_name_and_is_not_tried_again(settings: Settings) -> None:
    with PublishedState(settings) as published:
        published.publish(DAY, "PAID")
        result = published.ask(DAY)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "the private key is missing" in str(failure.event_specific_data)
    assert "RECON_INQUIRY_KEY" in str(failure.event_specific_data)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]


def test_an_orders_database_that_is_away_for_a_moment_is_tried_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.inquiries.asset.PAUSE_SECONDS", 0)
    with (
        published_at(settings, tmp_path) as known,
        PublishedState(settings, known.api, orders_db=AwayOnce([])) as published,
    ):
        published.publish(DAY, "PAID")
        result = published.ask(DAY)
    assert len([event for event in result.all_events if event.is_step_up_for_retry]) == 1
    assert result.success
    assert metadata_of(result)["answered"] == 1


class AwayOnce(StillInit):
    """Refuses the first look."""

    looks = 0

    def current_states(self, source_id: str, order_keys: Sequence[str], now: datetime) -> pl.DataFrame:
        self.looks += 1
        if self.looks == 1:
            raise OrdersError("the database is not there")
        return super().current_states(source_id, order_keys, now)


def test_a_day_that_was_never_run_cannot_be_asked_about(published: PublishedState) -> None:
    result = published.ask(DAY)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert f"recon run --day {DAY}" in str(failure.event_specific_data)


def test_a_journal_that_is_gone_stops_the_run_before_anybody_is_asked(answered: PublishedState) -> None:
    """Asking anew would put other answers in the place of those that the list shows."""
    answered.publish(DAY, "CLOSED", "PAID")  # the list shows the answers
    answered.journal.close()
    for file in answered.journal.path.parent.iterdir():
        file.unlink()
    assert answered.api is not None
    result = answered.ask(DAY, **{FROM_COMMAND_LINE: "yes"})
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "has lost the answers to 2 breaks" in str(failure.event_specific_data)
    assert not answered.api.received


def test_a_refusal_of_our_key_stops_the_run_and_is_reported(settings: Settings, tmp_path: Path) -> None:
    with (
        published_at(settings, tmp_path) as known,
        PublishedState(settings, open_api=partial(_foreign_client, known.api)) as published,
    ):
        published.publish(DAY, "PAID", "CLOSED")
        shown = metadata_of(published.ask(DAY))
    assert shown["asked"] == 1
    assert "INVALID_CLIENT" in shown["stopped"] or "meant for another client" in shown["stopped"]
    assert shown[NEWS] is False


def _foreign_client(server: TrickServer, now: Clock) -> AlipayPlusApi:
    return client_of(server, client_id="SANDBOX_SOMEBODY_ELSE", now=now)


def test_a_break_that_was_asked_as_often_as_planned_is_named_for_a_person(settings: Settings, tmp_path: Path) -> None:
    once = settings.model_copy(update={"inquiry": settings.inquiry.model_copy(update={"wait_minutes": (0,)})})
    with published_at(once, tmp_path) as published:
        published.publish(DAY, "WAITS", "PAID")
        (made,) = published.ask(DAY).asset_materializations_for_node("answers")
    assert [record.data["break_id"] for record in made.metadata["for_a_person"].records] == ["P/ogloba/order/WAITS"]


# -- the day runs again ------------------------------------------------------------------------


def test_new_answers_ask_for_the_day_and_every_later_day_once(published: PublishedState) -> None:
    published.publish(DAY, "PAID")
    published.publish(DAY + ONE_DAY)
    result = published.ask(DAY)
    requests = published.requested_after(result)
    assert [each.partition_key for each in requests] == [DAY.isoformat(), (DAY + ONE_DAY).isoformat()]
    assert {each.job_name for each in requests} <= {None, DAY_JOB}
    assert [each.run_key for each in published.requested_after(result)] == [each.run_key for each in requests]
    assert len({each.run_key for each in requests}) == 2


def test_a_run_without_news_asks_for_nothing(published: PublishedState) -> None:
    published.publish(DAY)
    assert published.requested_after(published.ask(DAY)) == []


def test_once_the_list_shows_the_answers_they_are_no_news(published: PublishedState) -> None:
    published.publish(DAY, "PAID", "WAITS")
    assert metadata_of(published.ask(DAY))[NEWS] is True
    published.publish(DAY, "PAID", "WAITS")
    published.clock.move(6 * MINUTE)
    again = published.ask(DAY)
    assert (metadata_of(again)["asked"], metadata_of(again)[NEWS]) == (1, False), (
        "asked once more, with the same answer"
    )
    assert published.requested_after(again) == []


# -- the proofs --------------------------------------------------------------------------------


def test_an_answer_about_another_amount_is_named_as_a_warning(published: PublishedState) -> None:
    published.publish(DAY, "PAID-2", "CLOSED")
    said = proofs(published.ask(DAY))
    assert "P/ogloba/order/PAID-2: paymentAmount.value differs" in said["answers_fit_their_questions"]
    assert [said[name] for name in QUIET] == ["", "", ""]


def test_an_answer_about_an_amount_that_we_changed_since_is_named(answered: PublishedState) -> None:
    """The list says REVIEW, though the answer itself fitted its question."""
    answered.publish(DAY, "CLOSED", item("PAID", order_amount_minor=999, answer="REVIEW"))
    said = proofs(answered.ask(DAY))["answers_fit_their_questions"]
    assert said == "P/ogloba/order/PAID: the amount was changed after the question"


ALARMS = {
    "PAID": (unsigned, "the reply is not signed"),
    "CLOSED": (sending(b"[]"), "the reply is not one JSON object"),
    "DECLINED": (telling(paymentResult=...), "answered without a readable payment result"),
}


def test_a_reply_that_is_not_used_is_named_as_a_warning_until_a_better_one_comes(published: PublishedState) -> None:
    assert published.api is not None
    for key, (trick, _) in ALARMS.items():
        published.api.program.play(key, trick)
    published.publish(DAY, *ALARMS)
    result = published.ask(DAY)
    assert result.success
    said = proofs(result)
    for key, (_, alarm) in ALARMS.items():
        assert f"P/ogloba/order/{key}: {alarm}; nothing of it is used" in said["answers_fit_their_questions"]
    assert [said[name] for name in QUIET] == ["", "", ""]
    published.clock.move(6 * MINUTE)
    assert set(proofs(published.ask(DAY)).values()) == {""}


def doctor(published: PublishedState, statement: str) -> None:
    """Somebody changes the journal, which takes more than a pencil."""
    with closing(sqlite3.connect(published.journal.path)) as file, file:
        names = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            file.execute(f"DROP TRIGGER {name}")
        file.execute(statement)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE outcomes SET finding = 'PAID'", "the journal says PAID, the reply itself CLOSED"),
        ("UPDATE outcomes SET reply_body = replace(reply_body, 'ORDER_IS_CLOSED', 'SUCCESS')", "the reply itself"),
        ("UPDATE outcomes SET http_status = 502", "the reply that is used was"),
    ],
)
def test_a_doctored_answer_is_found(answered: PublishedState, statement: str, problem: str) -> None:
    doctor(answered, statement)
    result = answered.ask(DAY)
    assert problem in proofs(result)["no_unauthenticated_answer_used"]
    assert not result.success, "the day does not run again with it"


def test_an_answer_on_the_list_that_nobody_signed_is_found(answered: PublishedState) -> None:
    answered.publish(DAY, "CLOSED", "PAID")  # the list shows the answers
    doctor(answered, "UPDATE outcomes SET outcome = 'UNAUTHENTICATED', finding = NULL, reason = 'not signed'")
    said = proofs(answered.ask(DAY))["no_unauthenticated_answer_used"]
    assert "the reply that is used was UNAUTHENTICATED" in said


def test_a_question_that_was_left_alone_is_found(published: PublishedState) -> None:
    items = items_of(item("PAID"), item("CLOSED"))
    published.publish(DAY, item("PAID"))
    lost = [
        question
        for question in due_questions(
            items, published.journal.history(), schedule_of(published.settings), DAY, published.clock()
        )
        if question.asked.asked_id == "CLOSED"
    ]
    assert published.journal.claim(lost, "a worker that died", published.clock(), 10 * MINUTE)
    assert proofs(published.ask(DAY))["every_question_has_an_answer_or_a_reason"] == "", "its lease still lasts"
    published.clock.move(11 * MINUTE)
    assert "a worker that died" in proofs(published.ask(DAY))["every_question_has_an_answer_or_a_reason"]


def test_a_later_final_answer_is_named_and_using_it_is_an_error(answered: PublishedState) -> None:
    doctor(answered, _SECOND_QUESTION)
    doctor(answered, _SECOND_ANSWER)
    said = proofs(answered.ask(DAY))
    assert "FAILED came after CLOSED and is not used" in said["answers_fit_their_questions"]
    assert said["first_result_wins"] == ""
    doctor(
        answered, "INSERT INTO write_intents SELECT question_id, told_at, '{}' FROM outcomes WHERE finding = 'FAILED'"
    )
    assert "was stored in our orders" in proofs(answered.ask(DAY))["first_result_wins"]


_SECOND_QUESTION = """
INSERT INTO questions (question_id, break_id, break_code, situation, ordinal, as_of_day, source_id, order_key,
                       pay_state, asked_by, asked_id, worker, claimed_at, lease_until)
SELECT 'second', break_id, break_code, situation, 2, as_of_day, source_id, order_key, pay_state, asked_by, asked_id,
       'another', claimed_at, lease_until
FROM questions WHERE asked_id = 'CLOSED'
"""
_SECOND_ANSWER = """
INSERT INTO outcomes (question_id, told_at, outcome, finding, counts, is_concluding, stops_the_run)
SELECT 'second', o.told_at, o.outcome, 'FAILED', 1, 1, 0
FROM outcomes AS o JOIN questions AS q ON q.question_id = o.question_id WHERE q.asked_id = 'CLOSED'
"""
