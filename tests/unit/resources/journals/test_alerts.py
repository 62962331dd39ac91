"""The journal of alerts: each message reaches each channel at least once, whoever dies, and never in a storm."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from recon.alerts import Cause, Message
from recon.breaks.catalogue import Severity
from resources.journals.alerts import LOST, MOST_ATTEMPTS, AlertJournal
from resources.journals.group_commit import JournalError
from tests.support.asking import DAY, MINUTE, NOW

HOUR = timedelta(hours=1)
MESSAGE = Message(
    Cause.S1_OPENED, DAY, "", 1, False, Severity.S1, "S1 1 break", "What.\n\nDo: this", frozenset({"P/a@0"})
)


@pytest.fixture
def journal(tmp_path: Path) -> AlertJournal:
    return AlertJournal(tmp_path)


def test_reading_makes_no_file(journal: AlertJournal) -> None:
    assert journal.messages() == []
    assert journal.undelivered() == []
    assert not journal.path.exists()


def test_a_message_is_kept_as_it_was_and_once(journal: AlertJournal, tmp_path: Path) -> None:
    assert journal.add([(MESSAGE, ["clerks"])], NOW) == [MESSAGE]
    assert AlertJournal(tmp_path).add([(MESSAGE, ["clerks"])], NOW) == []
    assert journal.messages() == [MESSAGE]


def test_each_channel_has_its_own_delivery(journal: AlertJournal) -> None:
    journal.add([(MESSAGE, ["clerks", "operators"])], NOW)
    clerks, operators = journal.undelivered()
    journal.end(journal.begin(clerks, NOW) or 0, None, NOW)
    assert journal.undelivered() == [operators]


def test_a_failure_is_tried_again_later_and_later(journal: AlertJournal) -> None:
    journal.add([(MESSAGE, ["clerks"])], NOW)
    now, waits = NOW, []
    for _ in range(5):
        (delivery,) = journal.undelivered()
        waits.append(delivery.next_at - now)
        now = delivery.next_at
        journal.end(journal.begin(delivery, now) or 0, "refused", now)
    assert waits == [0 * MINUTE, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR]
    assert journal.undelivered()[0].problem == "refused"


def test_only_one_of_two_takes_an_attempt(journal: AlertJournal, tmp_path: Path) -> None:
    journal.add([(MESSAGE, ["clerks"])], NOW)
    (delivery,) = journal.undelivered()
    assert journal.begin(delivery, NOW) == 1
    assert AlertJournal(tmp_path).begin(delivery, NOW) is None


def test_an_attempt_that_never_ended_is_made_again_after_a_while(journal: AlertJournal) -> None:
    journal.add([(MESSAGE, ["clerks"])], NOW)
    journal.begin(journal.undelivered()[0], NOW)
    (delivery,) = journal.undelivered()
    assert (delivery.problem, delivery.next_at) == (LOST, NOW + 2 * MINUTE)


def test_processes_that_always_die_send_no_storm(journal: AlertJournal) -> None:
    journal.add([(MESSAGE, ["clerks"])], NOW)
    while not (delivery := journal.undelivered()[0]).is_given_up:
        assert journal.begin(delivery, delivery.next_at)
    assert delivery.attempts == MOST_ATTEMPTS
    assert delivery.next_at - NOW > 20 * HOUR


@pytest.mark.parametrize("table", ["messages", "attempts", "results"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET seq = 7"])
def test_nothing_is_changed_afterwards(journal: AlertJournal, table: str, statement: str) -> None:
    journal.add([(MESSAGE, ["clerks"])], NOW)
    journal.end(journal.begin(journal.undelivered()[0], NOW) or 0, None, NOW)
    with (
        closing(sqlite3.connect(journal.path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append only"),
    ):
        connection.execute(statement.format(table))


def test_a_damaged_journal_says_so(journal: AlertJournal) -> None:
    journal.path.parent.mkdir(parents=True)
    journal.path.write_text("this is no database, and long enough to be looked at as if it were one " * 20)
    with pytest.raises(JournalError, match="cannot be read"):
        journal.messages()
