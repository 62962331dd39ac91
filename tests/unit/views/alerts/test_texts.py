"""Which messages are due: each cause once for a day, what is new only, and when it is over; and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from recon.alerts import MOST_A_DAY, PAGES, AlertCondition, Cause, Links, Message, due_messages
from recon.clearing_day import as_of
from recon.file_calendar import Expectation, file_calendar
from tests.support import ROOT
from tests.support.asking import DAY, NOW, asked, history_of
from views.alerts.texts import (
    LISTED_SCHEMA,
    URGENT_SCHEMA,
    doubtful_answers,
    failed_job,
    files_near_loss,
    incidents,
    incomplete_day,
    late_files,
    near_deadlines,
    opened_s1,
    refused_questions,
    refused_writes,
    state_not_stored,
)
from views.urgency import by_urgency

NEXT = DAY + timedelta(days=1)
LINKS = Links(exports="/srv/exports")


def urgent(*keys: str, **changes: Any) -> pl.DataFrame:
    """S1 breaks of 1,234.50 EUR each."""
    rows = [
        {
            "break_id": f"P/ogloba/order/{key}", "family": "P", "break_code": "P01", "break_name": "PAID_STILL_INIT",
            "severity": "S1", "state": "OPEN", "currency": "EUR", "amount_at_risk_minor": 123450, "who_acts": "OPS",
            "what_to_do": "Store the result.", "explanation": "The customer paid.", "reopened_count": 0,
        } | changes
        for key in keys
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=URGENT_SCHEMA)


def on_list(*keys: str, situation: str = "INIT/1", answer: str | None = None) -> pl.DataFrame:
    """These breaks as a list shows them."""
    rows = [(f"P/ogloba/order/{key}", situation, answer) for key in keys]
    return pl.DataFrame(rows, schema=LISTED_SCHEMA, orient="row")


class MemoryJournal:
    """A journal in memory."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def add(self, *conditions: AlertCondition) -> list[str]:
        """The titles of what is due now; it is kept at once."""
        due = due_messages(conditions, self.messages, LINKS)
        self.messages += due
        return [message.title for message in due]


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


def test_a_cause_is_reported_once_for_a_day_however_often_it_is_looked_at(journal: MemoryJournal) -> None:
    assert journal.add(opened_s1(urgent("A", "B"), DAY)) == ["[S1] 2 breaks of severity S1 on 2026-11-20"]
    assert journal.add(opened_s1(urgent("A", "B"), DAY)) == []
    assert journal.add(opened_s1(urgent("A", "B", "C"), DAY)) == []


def test_the_next_day_tells_only_what_is_new(journal: MemoryJournal) -> None:
    journal.add(opened_s1(urgent("A"), DAY))
    assert journal.add(opened_s1(urgent("A"), NEXT)) == []
    assert journal.add(opened_s1(urgent("A", "B", "C"), NEXT)) == ["[S1] 2 breaks of severity S1 on 2026-11-21"]


def test_what_came_too_late_for_the_message_of_a_day_is_reported_the_next_day(journal: MemoryJournal) -> None:
    journal.add(opened_s1(urgent("A"), DAY))
    journal.add(opened_s1(urgent("A", "B"), DAY))
    assert journal.add(opened_s1(urgent("A", "B"), NEXT)) == ["[S1] 1 break of severity S1 on 2026-11-21"]


def test_it_is_over_when_nothing_of_the_message_is_left_and_that_is_reported_once(journal: MemoryJournal) -> None:
    journal.add(opened_s1(urgent("A", "B"), DAY))
    assert journal.add(opened_s1(urgent("B"), NEXT)) == []
    over = ["Over: [S1] 2 breaks of severity S1 on 2026-11-20"]
    assert journal.add(opened_s1(urgent(), NEXT)) == over
    assert journal.add(opened_s1(urgent(), NEXT)) == []
    assert journal.messages[-1].is_over
    assert "Do:" not in journal.messages[-1].body


def test_an_older_list_ends_nothing(journal: MemoryJournal) -> None:
    journal.add(opened_s1(urgent("A"), NEXT))
    assert journal.add(opened_s1(urgent(), DAY, can_end=False)) == []


def test_a_break_that_was_reopened_is_news(journal: MemoryJournal) -> None:
    journal.add(opened_s1(urgent("A", "B"), DAY))
    assert len(journal.add(opened_s1(urgent("A", "B", reopened_count=1), NEXT))) == 2  # the old one is over


def test_a_day_that_falls_back_is_reported_again_but_never_a_storm(journal: MemoryJournal) -> None:
    bad, good = incomplete_day(DAY, "a report is missing"), incomplete_day(DAY, None)
    titles = [title for _ in range(10) for condition in (bad, bad, good) for title in journal.add(condition)]
    assert titles.count("[S2] The clearing day 2026-11-20 is incomplete") == MOST_A_DAY
    assert titles.count("Over: [S2] The clearing day 2026-11-20 is incomplete") == MOST_A_DAY
    assert len({message.message_id for message in journal.messages}) == len(journal.messages)


def test_a_proved_day_does_not_end_the_alert_of_another(journal: MemoryJournal) -> None:
    journal.add(incomplete_day(DAY, "a report is missing"))
    assert journal.add(incomplete_day(NEXT, None)) == []
    assert journal.add(incomplete_day(DAY, None)) != []


def test_two_jobs_of_a_day_are_two_causes(journal: MemoryJournal) -> None:
    run = failed_job("clearing_day", DAY, "no network", "r1", "recon run")
    asking = failed_job("inquiries", DAY, "no key", "r2", "recon inquire")
    assert len(journal.add(run, asking)) == 2
    assert journal.add(failed_job("inquiries", DAY, None, "r3", "recon inquire")) == [
        "Over: [S2] The job inquiries of 2026-11-20 failed"
    ]


def test_the_text_of_a_message(journal: MemoryJournal) -> None:
    breaks = pl.concat(
        [
            urgent("A"),
            urgent("B", currency="JPY", amount_at_risk_minor=5000),
            urgent("C", break_code="P07", break_name="LOCAL_ONLY", currency="KWD", amount_at_risk_minor=1500),
        ]
    )
    journal.add(opened_s1(breaks, DAY))
    assert journal.messages[0].body == "\n".join(
        [
            "New since the last message, 1,234.50 EUR, 5,000 JPY, 1.500 KWD at risk:",
            "- 2 x P01 PAID_STILL_INIT (Operations), 1,234.50 EUR, 5,000 JPY at risk. Store the result.",
            "- 1 x P07 LOCAL_ONLY (Operations), 1.500 KWD at risk. Store the result.",
            "",
            "Do: Open the list of breaks and work from the top; each line says who acts and what to do.",
            "Files: /srv/exports/2026-11-20",
            'Runbook: docs/RUNBOOK.md, "Alert: S1 breaks opened"',
        ]
    )


def test_breaks_of_one_code_are_apart_where_another_team_acts_or_another_step_is_next(journal: MemoryJournal) -> None:
    breaks = pl.concat(
        [
            urgent("A", who_acts="A+", what_to_do="Send both lines.", amount_at_risk_minor=100),
            urgent("B", "C", amount_at_risk_minor=5000, currency="JPY"),
            urgent("D", what_to_do="Ask first."),
            urgent("E", flags="SCALE", amount_at_risk_minor=900000),
            urgent("F", who_acts="A+", what_to_do="Send both lines.", amount_at_risk_minor=900),
        ]
    )
    journal.add(opened_s1(by_urgency(breaks, as_of(DAY, timedelta(minutes=30))), DAY))
    assert journal.messages[0].body.splitlines()[:4] == [
        "New since the last message, 1,244.50 EUR, 10,000 JPY at risk; in doubt: 9,000.00 EUR:",
        "- 3 x P01 PAID_STILL_INIT (Operations), 10,000 JPY at risk; in doubt: 9,000.00 EUR. Store the result.",
        "- 1 x P01 PAID_STILL_INIT (Operations), 1,234.50 EUR at risk. Ask first.",
        "- 2 x P01 PAID_STILL_INIT (Alipay+ support), 10.00 EUR at risk. Send both lines.",
    ]


def test_the_most_urgent_group_comes_first_by_the_order_of_the_list(journal: MemoryJournal) -> None:
    soon = NOW.replace(tzinfo=None) + timedelta(hours=5)
    breaks = pl.concat(
        [
            urgent("A", amount_at_risk_minor=900000, value_minor=900000),
            urgent("B", who_acts="MER", value_minor=100, deadline_at=soon),
            urgent("C", who_acts="FIN", value_minor=950000),
        ]
    )
    journal.add(opened_s1(by_urgency(breaks, as_of(DAY, timedelta(minutes=30))), DAY))
    lines = [line for line in journal.messages[0].body.splitlines() if line.startswith("- ")]
    assert [line[line.index("(") : line.index(")") + 1] for line in lines] == [
        "(Merchant)",
        "(Finance)",
        "(Operations)",
    ]


def test_links_lead_to_the_report_the_run_and_the_page() -> None:
    links = Links("https://ui/", "https://reports", "https://wiki/RUNBOOK.md", "/srv/exports")
    assert links.of(Cause.JOB_FAILED, DAY, "run-1") == [
        "Report: https://reports/2026-11-20/report.html",
        "Dagster: https://ui/runs/run-1",
        "Runbook: https://wiki/RUNBOOK.md#alert-a-job-failed",
    ]
    assert links.of(Cause.S1_OPENED, DAY, "")[1] == "Dagster: https://ui/assets/breaks/items?partition=2026-11-20"


def test_a_deadline_is_reported_when_it_is_near_and_in_the_time_of_the_clearing_day(journal: MemoryJournal) -> None:
    soon = datetime(2026, 11, 22, 16, 15)  # noqa: DTZ001 - as tables have it
    near = urgent("A", severity="S2", deadline_at=soon)
    far = urgent("B", deadline_at=datetime(2026, 12, 22))  # noqa: DTZ001
    waiting = urgent("C", deadline_at=soon, state="WAITING")
    until = NOW + timedelta(hours=48)
    assert journal.add(near_deadlines(pl.concat([near, far, waiting]), DAY, until)) == [
        "[S2] 1 break with a deadline until 2026-11-23 09:00 UTC+8"
    ]
    assert "The first deadline is 2026-11-23 00:15 UTC+8" in journal.messages[0].body
    assert journal.add(near_deadlines(near, NEXT, until)) == []


def test_another_deadline_of_the_same_break_is_news_while_the_message_about_the_first_one_lasts(
    journal: MemoryJournal,
) -> None:
    """First that of the cancel, a year later that of the refund; another break of the first message stays open."""
    cancel, refund = datetime(2026, 11, 22, 16, 15), datetime(2027, 11, 21)  # noqa: DTZ001
    stays = urgent("B", deadline_at=cancel)
    first = pl.concat([urgent("A", deadline_at=cancel), stays])
    journal.add(near_deadlines(first, DAY, NOW + timedelta(hours=48)))
    later = pl.concat([urgent("A", deadline_at=refund), stays])
    assert journal.add(near_deadlines(later, NEXT, NOW + timedelta(days=365))) == [
        "[S2] 1 break with a deadline until 2027-11-21 09:00 UTC+8"
    ]


def test_an_incident_is_not_an_s1_break_too(journal: MemoryJournal) -> None:
    flood = urgent(
        "I", family="I", break_code="I01", break_name="ORDERS_MISSING", explanation="120 payments of file X."
    )
    assert journal.add(opened_s1(flood, DAY), incidents(flood, DAY)) == ["[S1] 1 incident on 2026-11-20"]
    assert "I01 ORDERS_MISSING: 120 payments of file X." in journal.messages[0].body


def test_missing_files_are_late_first_and_close_to_loss_later(journal: MemoryJournal) -> None:
    expectation = Expectation("ACQP1", (("AGR-1", "EUR"),), DAY, timedelta(minutes=90))

    def conditions(now: datetime) -> tuple[AlertCondition, AlertCondition]:
        calendar = file_calendar(expectation, [], NEXT, NEXT, now)
        day = now.date() - timedelta(days=1)
        return late_files(calendar, day), files_near_loss(calendar, day, 2)

    assert journal.add(*conditions(NOW)) == []  # half an hour before it is late
    assert journal.add(*conditions(NOW + timedelta(hours=1))) == ["[S3] 3 reports of Alipay+ are late"]
    assert "transaction detail of 2026-11-21, agreement AGR-1 in EUR, missing" in journal.messages[0].body
    assert journal.add(*conditions(NOW + timedelta(days=2))) == []
    assert journal.add(*conditions(NOW + timedelta(days=5))) == ["[S2] 3 reports of Alipay+ are about to be lost"]
    assert "kept 2 more days" in journal.messages[1].body
    nothing = file_calendar(expectation, [], DAY, DAY, NOW)
    assert len(journal.add(late_files(nothing, NEXT), files_near_loss(nothing, NEXT, 2))) == 2


def test_an_answer_in_doubt_is_reported_until_a_sound_one_comes(journal: MemoryJournal) -> None:
    listed = on_list("A", "B")
    unsigned = asked("A", outcome="UNAUTHENTICATED")
    review = asked("B", outcome="ANSWERED", finding="REVIEW")
    gone = asked("C", outcome="UNAUTHENTICATED")
    assert journal.add(doubtful_answers(history_of(unsigned, review, gone), listed, DAY)) == [
        "[S1] 2 answers of Alipay+ in doubt on 2026-11-20"
    ]
    assert "1 reply not signed by the key of Alipay+ that we hold and 1 answer with another amount" in (
        journal.messages[0].body
    )
    sound = asked("A", 2, outcome="ANSWERED", finding="PAID")
    assert journal.add(doubtful_answers(history_of(unsigned, sound), on_list("A"), NEXT)) == [
        "Over: [S1] 2 answers of Alipay+ in doubt on 2026-11-20"
    ]


@pytest.mark.parametrize("since", [{"situation": "SUCCESS/0"}, {"answer": "PAID"}])
def test_a_doubt_is_over_when_order_and_answer_agree_or_the_order_has_a_result(
    journal: MemoryJournal, since: dict[str, str]
) -> None:
    history = history_of(asked("A", outcome="ANSWERED", finding="REVIEW"))
    for _ in range(2):
        journal.add(doubtful_answers(history, on_list("A", answer="REVIEW"), DAY))
    assert journal.add(doubtful_answers(history, on_list("A", **since), NEXT)) == [
        "Over: [S1] 1 answer of Alipay+ in doubt on 2026-11-20"
    ]


def test_a_refusal_lasts_until_a_run_asks_to_its_end(journal: MemoryJournal) -> None:
    assert journal.add(refused_questions(DAY, "INVALID_SIGNATURE", "r1")) == ["[S2] Alipay+ cannot be asked"]
    assert journal.add(refused_questions(NEXT, "INVALID_SIGNATURE", "r2")) == []
    assert journal.add(refused_questions(NEXT, "", "r3")) == ["Over: [S2] Alipay+ cannot be asked"]


def test_refused_answers_are_counted_by_reason_and_name_no_order(journal: MemoryJournal) -> None:
    rows = [{"source_id": "ogloba", "order_key": f"ORDER-{n}", "reason": "another amount"} for n in range(3)]
    assert journal.add(refused_writes(DAY, rows, "r1")) == ["[S2] 3 answers not stored in our orders"]
    assert "- 3 in ogloba: another amount" in journal.messages[0].body
    assert "ORDER-" not in journal.messages[0].body


def test_a_state_that_is_not_stored_is_reported_until_it_is(journal: MemoryJournal) -> None:
    problem = "s3://b/p: the object store asks us to slow down (SlowDown, HTTP 503). Run again later"
    assert journal.add(state_not_stored(DAY, problem)) == ["[S2] The state is not in the object store"]
    assert 'Runbook: docs/RUNBOOK.md, "Reason: the object store does not answer"' in journal.messages[0].body
    assert journal.add(state_not_stored(NEXT, problem)) == []
    assert journal.add(state_not_stored(NEXT, "")) == ["Over: [S2] The state is not in the object store"]


def test_no_message_has_the_id_of_a_payment(journal: MemoryJournal) -> None:
    journal.add(
        opened_s1(urgent("REQ-77"), DAY),
        near_deadlines(urgent("REQ-77", deadline_at=NOW.replace(tzinfo=None)), DAY, NOW),
    )
    assert len(journal.messages) == 2
    assert not any("REQ-77" in message.title + message.body for message in journal.messages)


def test_a_reason_names_no_break_either(journal: MemoryJournal) -> None:
    journal.add(incomplete_day(DAY, "P/ogloba/order/REQ-77 is listed twice; /srv/P/x/y/z lacks a file"))
    assert "did not prove itself: a break is listed twice; /srv/P/x/y/z lacks a file" in journal.messages[0].body


def test_a_long_list_is_cut_and_a_reason_is_one_line(journal: MemoryJournal) -> None:
    many = pl.concat([urgent(f"A{n}", break_code=f"P{n:02d}", break_name="X") for n in range(1, 12)])
    journal.add(opened_s1(many, DAY), incomplete_day(DAY, "one\ntwo " + "x" * 5000))
    assert "- and 3 more" in journal.messages[0].body
    assert len(journal.messages[1].body) < 1500
    assert "one two x" in journal.messages[1].body


def test_every_cause_has_its_page() -> None:
    runbook = (ROOT / "docs" / "RUNBOOK.md").read_text().splitlines()
    assert set(PAGES) == set(Cause)
    assert {f"### {page}" for page in PAGES.values()} <= set(runbook)
