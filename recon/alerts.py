"""Alerts: which messages are due, from what is the case now and which messages were sent before. Nothing is sent here.

A cause has one message for a day, and one more when it is over. What was reported already and still lasts is not
reported again on the next day: a message is about what is new. The texts of the causes are in `views.alerts.texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from recon.breaks.catalogue import Severity
from recon.runbook import runbook_line

MOST_A_DAY = 3  # times that a cause which was over may be reported anew for one day, and digests of a team for a day
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
    STATE_NOT_STORED = "state_not_stored"
    DAILY_DIGEST = "daily_digest"


PAGES = {  # headings of docs/RUNBOOK.md
    Cause.DAY_INCOMPLETE: "Alert: the day is incomplete",
    Cause.JOB_FAILED: "Alert: a job failed",
    Cause.FILES_LATE: "Alert: files are late",
    Cause.FILES_NEAR_LOSS: "Alert: files are about to be lost",
    Cause.S1_OPENED: "Alert: S1 breaks opened",
    Cause.INCIDENT: "Alert: an incident",
    Cause.DEADLINE_NEAR: "Alert: a deadline is near",
    Cause.ANSWER_IN_DOUBT: "Alert: an answer is in doubt",
    Cause.API_REFUSES: "Alert: Alipay+ refuses our questions",
    Cause.WRITE_REFUSED: "Alert: an answer was not stored",
    Cause.STATE_NOT_STORED: "Alert: the state is not in the object store",
    Cause.DAILY_DIGEST: "Alert: the daily digest of a team",
}


@dataclass(frozen=True)
class AlertText:
    """A message in words, without its frame."""

    title: str
    what: str
    do: str
    run_id: str = ""  # the run to look at
    section: str = ""  # of the runbook, if it is not that of the cause


@dataclass(frozen=True)
class AlertCondition:
    """All that is the case of one cause. `text_for` puts some of its names in words; `names` empty: nothing is.

    `names` are never sent: they show what was reported before. `is_of_day`: it says nothing of other days.
    `can_end`: what it does not name is over.
    """

    cause: Cause
    day: date
    names: frozenset[str]
    severity: Severity
    text_for: Callable[[frozenset[str]], AlertText]
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


def due_messages(conditions: Iterable[AlertCondition], earlier: Sequence[Message], links: Links) -> list[Message]:
    """What is to be sent now, in order. `earlier`: every message of before, oldest first."""
    due: list[Message] = []
    for condition in conditions:
        mine = [one for one in (*earlier, *due) if one.cause is condition.cause and one.subject == condition.subject]
        lasting = open_messages(mine)
        over = [one for one in lasting if _is_over(one, condition)]
        due += [_recovery(one, links) for one in over]
        known = frozenset[str]().union(*(one.about for one in lasting if one not in over))
        due += _raised(condition, mine, [one for one in lasting if one not in over], condition.names - known, links)
    return due


@dataclass(frozen=True)
class Digest:
    """The message to a team about its part of a list. `fingerprint`: another one means that this part has changed."""

    team: str
    day: date
    fingerprint: str
    text: AlertText


def due_digests(digests: Iterable[Digest], earlier: Sequence[Message], links: Links) -> list[Message]:
    """One message for a team and day, and again when its part of the list has changed; at most MOST_A_DAY.

    `earlier`: every message of before, oldest first.
    """
    due = []
    for digest in digests:
        sent = [
            one for one in earlier
            if (one.cause, one.subject, one.day) == (Cause.DAILY_DIGEST, digest.team, digest.day)
        ]  # fmt: skip
        if len(sent) >= MOST_A_DAY or (sent and digest.fingerprint in sent[-1].about):
            continue
        again = "The list has changed since the last digest of this day.\n" if sent else ""
        title = f"{digest.text.title} (changed)" if sent else digest.text.title
        lines = [again + digest.text.what, "", f"Do: {digest.text.do}", *links.of(Cause.DAILY_DIGEST, digest.day, "")]
        due.append(Message(
            Cause.DAILY_DIGEST, digest.day, digest.team, len(sent) + 1, False, Severity.S4, one_line(title),
            "\n".join(lines), frozenset({digest.fingerprint}),
        ))  # fmt: skip
    return due


def open_messages(earlier: Sequence[Message]) -> list[Message]:
    """What was reported and is not over."""
    ended = {one.topic for one in earlier if one.is_over}
    return [one for one in earlier if not one.is_over and one.topic not in ended]


def _is_over(message: Message, condition: AlertCondition) -> bool:
    if not condition.can_end or (condition.is_of_day and message.day != condition.day):
        return False
    return not message.about & condition.names


def _raised(
    condition: AlertCondition, mine: Sequence[Message], lasting: Sequence[Message], new: frozenset[str], links: Links
) -> list[Message]:
    """At most one: nothing while an earlier message of the day lasts."""
    before = sum(one.day == condition.day and not one.is_over for one in mine)
    if not new or before >= MOST_A_DAY or any(one.day == condition.day for one in lasting):
        return []
    text = condition.text_for(new)
    lines = [text.what, "", f"Do: {text.do}", *links.of(condition.cause, condition.day, text.run_id, text.section)]
    message = Message(
        condition.cause, condition.day, condition.subject, before + 1, False, condition.severity,
        f"[{condition.severity}] {one_line(text.title)}", "\n".join(lines), new,
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
