"""Alerts: which messages are due, from what is the case now and what was told before. Nothing is sent here.

A cause is told once for a day, and once more when it is over. What was told already and still lasts is not told again
on the next day: a message is about what is new. The texts of the causes are in `views.alerts.texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from recon.breaks.catalogue import Severity
from recon.runbook import runbook_line

MOST_A_DAY = 3  # times that a cause which was over may be told anew for one day
HOW_LONG = 600  # characters of a reason


class Cause(StrEnum):
    """Why somebody is called."""

    DAY_INCOMPLETE = "day_incomplete"
    JOB_FAILED = "job_failed"
    FILES_LATE = "files_late"
    FILES_NEAR_LOSS = "files_near_loss"
    S1_OPENED = "s1_opened"
    INCIDENT = "incident"
    DEADLINE_NEAR = "deadline_near"
    ANSWER_IN_DOUBT = "answer_in_doubt"
    API_REFUSES = "api_refuses"
    WRITE_REFUSED = "write_refused"


PAGES = {  # headings of docs/RUNBOOK.md
    Cause.DAY_INCOMPLETE: "Alert: the day is incomplete",
    Cause.JOB_FAILED: "Alert: a job failed",
    Cause.FILES_LATE: "Alert: files are late",
    Cause.FILES_NEAR_LOSS: "Alert: files are close to loss",
    Cause.S1_OPENED: "Alert: S1 breaks opened",
    Cause.INCIDENT: "Alert: an incident",
    Cause.DEADLINE_NEAR: "Alert: a deadline is near",
    Cause.ANSWER_IN_DOUBT: "Alert: an answer is in doubt",
    Cause.API_REFUSES: "Alert: Alipay+ refuses our questions",
    Cause.WRITE_REFUSED: "Alert: an answer was not stored",
}


@dataclass(frozen=True)
class Told:
    """A message in words, without its frame."""

    title: str
    what: str
    do: str
    run_id: str = ""  # the run to look at
    section: str = ""  # of the runbook, if it is not that of the cause


@dataclass(frozen=True)
class Sight:
    """All that is the case of one cause. `tell` puts some of its names in words; `names` empty: nothing is.

    `names` are never sent: they tell what was told. `is_of_day`: it says nothing of other days. `can_end`: what it does
    not name is over.
    """

    cause: Cause
    day: date
    names: frozenset[str]
    severity: Severity
    tell: Callable[[frozenset[str]], Told]
    subject: str = ""
    is_of_day: bool = False
    can_end: bool = True


@dataclass(frozen=True)
class Message:
    """What is sent, once to each channel."""

    cause: Cause
    day: date
    subject: str
    occurrence: int  # of this cause on this day, from 1
    is_over: bool
    severity: Severity
    title: str
    body: str
    about: frozenset[str] = field(default_factory=frozenset)

    @property
    def message_id(self) -> str:
        """One name for one message, whoever finds that it is due."""
        ending = "over" if self.is_over else "raised"
        return f"{self.cause}|{self.day}|{self.subject}|{self.occurrence}|{ending}"

    @property
    def topic(self) -> tuple[Cause, date, str, int]:
        """Common to a message and its recovery."""
        return self.cause, self.day, self.subject, self.occurrence


@dataclass(frozen=True)
class Links:
    """Where a person looks further. Empty addresses are left out."""

    ui_url: str = ""
    report_url: str = ""
    runbook_url: str = ""
    exports: str = ""

    def of(self, cause: Cause, day: date, run_id: str, section: str = "") -> list[str]:
        """One line each; that of the runbook comes last."""
        ui = f"runs/{run_id}" if run_id else f"assets/breaks/items?partition={day}"
        lines = [
            f"Report: {self.report_url.rstrip('/')}/{day}/report.html" if self.report_url else "",
            f"Dagster: {self.ui_url.rstrip('/')}/{ui}" if self.ui_url else "",
            f"Files: {self.exports}/{day}" if self.exports and not self.report_url else "",
            runbook_line(section or PAGES[cause], self.runbook_url),
        ]
        return [line for line in lines if line]


def due_messages(sights: Iterable[Sight], told: Sequence[Message], links: Links) -> list[Message]:
    """What is to be told now, in order. `told`: every message of before, oldest first."""
    due: list[Message] = []
    for sight in sights:
        mine = [one for one in (*told, *due) if one.cause is sight.cause and one.subject == sight.subject]
        lasting = open_messages(mine)
        over = [one for one in lasting if _is_over(one, sight)]
        due += [_recovery(one, links) for one in over]
        known = frozenset[str]().union(*(one.about for one in lasting if one not in over))
        due += _raised(sight, mine, [one for one in lasting if one not in over], sight.names - known, links)
    return due


def open_messages(told: Sequence[Message]) -> list[Message]:
    """What was told and is not over."""
    ended = {one.topic for one in told if one.is_over}
    return [one for one in told if not one.is_over and one.topic not in ended]


def _is_over(message: Message, sight: Sight) -> bool:
    if not sight.can_end or (sight.is_of_day and message.day != sight.day):
        return False
    return not message.about & sight.names


def _raised(
    sight: Sight, mine: Sequence[Message], lasting: Sequence[Message], new: frozenset[str], links: Links
) -> list[Message]:
    """At most one: nothing while an earlier message of the day lasts."""
    before = sum(one.day == sight.day and not one.is_over for one in mine)
    if not new or before >= MOST_A_DAY or any(one.day == sight.day for one in lasting):
        return []
    told = sight.tell(new)
    lines = [told.what, "", f"Do: {told.do}", *links.of(sight.cause, sight.day, told.run_id, told.section)]
    message = Message(
        sight.cause, sight.day, sight.subject, before + 1, False, sight.severity,
        f"{sight.severity} {one_line(told.title)}", "\n".join(lines), new,
    )  # fmt: skip
    return [message]


def _recovery(message: Message, links: Links) -> Message:
    body = ["It is over: what the alert of this title was about is no longer the case.", ""]
    body += links.of(message.cause, message.day, "")[:-1]
    return Message(
        message.cause, message.day, message.subject, message.occurrence, True, message.severity,
        f"Over: {message.title}", "\n".join(body).strip(), message.about,
    )  # fmt: skip


def one_line(text: str) -> str:
    """Without line breaks, and not longer than a person reads."""
    words = " ".join(text.split())
    return words if len(words) <= HOW_LONG else words[: HOW_LONG - 1].rstrip() + "…"
