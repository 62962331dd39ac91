"""When alerts are looked for and sent: a sensor every two minutes, and `recon run` and `recon inquire` when they end.

Each check starts from what is the case now (how days and runs ended, the newest list, the files, the answers) and from
the journal of messages, never from an event that may be missed: a check too many sends nothing twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import dagster as dg

from assets.landed.expected_files import due_files
from pipelines.clearing_day import JOB as DAY_JOB
from pipelines.clearing_day import last_finished_day
from pipelines.kept_state import awaits_state, why_not_stored
from pipelines.sensors.alert_runs import asking_runs, endings_of, why_failed
from pipelines.sensors.inquiries import JOB as ASKING_JOB
from recon.alerts import AlertCondition, Cause, Digest, Links, Message, due_digests, due_messages, open_messages
from recon.clearing_day import Clock, as_of, clearing_day, clearing_time, report_date
from recon.errors import ReconError
from recon.listing import counted
from recon.tie_out.proof import INCOMPLETE, PROVED
from resources.channels import AlertChannels
from resources.journals.alerts import AlertJournal, Delivery
from resources.journals.inquiries import InquiryJournal
from resources.landing import Landing
from resources.published import Published
from resources.settings import Settings
from views.alerts import texts as texts
from views.alerts.digest import daily_digests
from views.alerts.state import AlertState
from views.urgency import by_urgency

SECONDS = 2 * 60
WATCHED = timedelta(days=7)  # older days are reported when somebody asks, or when their alert is over
COMMANDS = {DAY_JOB: "recon run", ASKING_JOB: "recon inquire"}


@dataclass
class Receipt:
    """What a check found and sent. `problems`: what could not be checked, or not be sent, in words."""

    due: list[Message] = field(default_factory=list)
    sent: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class AlertService:
    """All that is needed to find what is due, and to send it."""

    settings: Settings
    landing: Landing
    inquiry_journal: InquiryJournal
    journal: AlertJournal
    channels: AlertChannels
    clock: Clock
    instance: dg.DagsterInstance

    def notify(self, day: date | None = None) -> Receipt:
        """Finds and stores what is due, and sends what has not reached its channel. Without a channel: nothing."""
        receipt = Receipt()
        if not self.settings.alerts.channels:
            return receipt
        if awaits_state(self.settings):
            receipt.problems.append("the state is not here yet: the next run takes it from the object store")
            return receipt
        due = self.due(receipt, day)
        receipt.due = self.journal.add([(one, self.channels_of(one)) for one in due], self.clock())
        self._send(receipt)
        return receipt

    def due(self, receipt: Receipt, day: date | None = None) -> list[Message]:
        """What is to be sent now; nothing is stored. `day`: check this one, however old it is."""
        earlier = self.journal.messages()
        wanted = self.settings.alerts
        links = Links(wanted.ui_url, wanted.report_url, wanted.runbook_url, str(self.settings.exports.directory))
        with self.state.kept_open():
            due = due_messages(_conditions(self, earlier, day, receipt), earlier, links)
            return due + due_digests(_digests(self, earlier, day, receipt), earlier, links)

    @cached_property
    def state(self) -> AlertState:
        """The lists and days that people read."""
        return AlertState(Published.of(self.settings))

    def channels_of(self, message: Message) -> list[str]:
        """Who wants it."""
        return self.settings.alerts.channels_for(message)

    def _send(self, receipt: Receipt) -> None:
        """In the order in which they became due. A channel that fails is left alone until the next check."""
        failing: set[str] = set()
        for delivery in self.journal.undelivered():
            if delivery.channel in failing or not self._is_due(delivery):
                continue
            attempt = self.journal.begin(delivery, self.clock())
            if attempt is None:
                continue
            message = delivery.message
            problem = self.channels.send(
                delivery.channel, message.title, message.body,
                is_over=message.is_over, digest_file=self._digest_file(message),
            )  # fmt: skip
            self.journal.end(attempt, problem, self.clock())
            if problem is None:
                receipt.sent += 1
            else:
                failing.add(delivery.channel)
                receipt.problems.append(not_delivered(delivery, problem))

    def _digest_file(self, message: Message) -> Path | None:
        """The workbook of the day of a digest, whether it was written or not; None of any other message."""
        from assets.exports.step import FILES

        is_digest = message.cause is Cause.DAILY_DIGEST
        return self.settings.exports.directory / str(message.day) / FILES["xlsx"] if is_digest else None

    def _is_due(self, delivery: Delivery) -> bool:
        is_known = delivery.channel in self.channels.names
        return is_known and not delivery.is_given_up and delivery.next_at <= self.clock()


def not_delivered(delivery: Delivery, problem: str) -> str:
    """One line about a message that did not reach a channel."""
    return f"channel {delivery.channel}: {problem}; not delivered: {delivery.message.title}"


def _conditions(
    service: AlertService, earlier: list[Message], day: date | None, receipt: Receipt
) -> list[AlertCondition]:
    """All conditions; what cannot be read is noted, and the rest is still checked."""
    found: list[AlertCondition] = []
    for part in (_days, _files, _breaks, _asking, _storing):
        try:
            found += part(service, earlier, day)
        except (ReconError, OSError) as error:
            receipt.problems.append(f"alerts could not look at everything: {error}")
    return found


def _days(service: AlertService, earlier: list[Message], day: date | None) -> Iterator[AlertCondition]:
    """How the last days ended, and those of which somebody was notified that they had not ended well."""
    endings = service.state.endings()
    runs = {job: endings_of(service.instance, job) for job in COMMANDS}
    known = set(endings).union(*runs.values())
    for each in sorted(one for one in known if _is_watched(service, one, earlier, day)):
        ending = endings.get(each)
        status = ending.status if ending else None
        run = runs[DAY_JOB].get(each)
        if ending and status in (INCOMPLETE, PROVED):
            reason = ending.reason if status == INCOMPLETE else None
            yield texts.incomplete_day(each, reason, run.run_id if run else "")
        for job, command in COMMANDS.items():
            run = runs[job].get(each)
            if run and run.is_success:
                yield texts.failed_job(job, each, None, run.run_id, command)
            elif run and not (job == DAY_JOB and status == INCOMPLETE):
                yield texts.failed_job(job, each, why_failed(service.instance, run.run_id), run.run_id, command)


def _is_watched(service: AlertService, one: date, earlier: list[Message], day: date | None) -> bool:
    is_open = any(message.day == one for message in open_messages(earlier) if message.cause in _OF_A_DAY)
    return one == day or is_open or (day is None and one >= clearing_day(service.clock()) - WATCHED)


_OF_A_DAY = (Cause.DAY_INCOMPLETE, Cause.JOB_FAILED)


def _files(service: AlertService, earlier: list[Message], day: date | None) -> Iterator[AlertCondition]:
    """Reports that should have landed in the last week, and those of which somebody was notified."""
    now = service.clock()
    finished = last_finished_day(service.settings, now)
    if day is not None and day != finished:
        return
    lasting = [one.day for one in open_messages(earlier) if one.cause in (Cause.FILES_LATE, Cause.FILES_NEAR_LOSS)]
    first = max(min([finished, *lasting]) - WATCHED, service.settings.participant.start_day)
    calendar = due_files(service.settings, service.landing, report_date(first), clearing_day(now), now)
    yield texts.late_files(calendar, finished)
    yield texts.files_near_loss(calendar, finished, service.settings.alerts.file_loss_days)


def _breaks(service: AlertService, earlier: list[Message], day: date | None) -> Iterator[AlertCondition]:
    """The urgent part of a list: the newest one, or that of a day which was asked for."""
    state, now = service.state, service.clock()
    newest = state.newest_proved()
    listed = newest if day is None else day
    if newest is None or listed is None or state.endings().get(listed) is None:
        return
    if day is None and newest < clearing_day(now) - WATCHED:
        return
    until = now + timedelta(hours=service.settings.alerts.deadline_hours)
    morning = as_of(listed, service.settings.calendar.arrival_grace)
    urgent, can_end = by_urgency(state.urgent(listed, until), morning), listed == newest
    yield texts.opened_s1(urgent, listed, can_end=can_end)
    yield texts.incidents(urgent, listed, can_end=can_end)
    yield texts.near_deadlines(urgent, listed, until, can_end=can_end)
    history = service.inquiry_journal.history()
    on_list = state.listed(listed, history["break_id"].unique().to_list())
    yield texts.doubtful_answers(history, on_list, listed, can_end=can_end)


def _asking(service: AlertService, _earlier: list[Message], day: date | None) -> Iterator[AlertCondition]:
    """What stopped the last run that asked, and which answers the last run that stores could not store."""
    runs = [run for run in asking_runs(service.instance, ASKING_JOB) if day in (None, run.day)]
    if asked := next((run for run in runs if run.has_asked), None):
        yield texts.refused_questions(asked.day, asked.stopped, asked.run_id)
    if storing := next((run for run in runs if run.refused is not None), None):
        yield texts.refused_writes(storing.day, storing.refused or [], storing.run_id)


def _storing(service: AlertService, _earlier: list[Message], day: date | None) -> Iterator[AlertCondition]:
    """Whether what the last run left has reached the object store."""
    finished = last_finished_day(service.settings, service.clock())
    if service.settings.storage is not None and day in (None, finished):
        yield texts.state_not_stored(finished, why_not_stored(service.settings))


def _digests(service: AlertService, earlier: list[Message], day: date | None, receipt: Receipt) -> list[Digest]:
    """One for each team about the newest proved day, or the one that was asked for; never one older than the last."""
    settings = service.settings
    try:
        state = service.state
        if not settings.alerts.digests:
            return []
        wanted = state.newest_proved() if day is None else day
        ending = state.endings().get(wanted) if wanted else None
        if wanted is None or ending is None or ending.status != PROVED:
            return []
        last = max((one.day for one in earlier if one.cause is Cause.DAILY_DIGEST), default=wanted)
        if day is None and wanted < max(last, clearing_day(service.clock()) - WATCHED):
            return []
        moment = as_of(wanted, settings.calendar.arrival_grace)
        return daily_digests(state.digest_rows(wanted), settings.alerts.digests, wanted, moment)
    except (ReconError, OSError) as error:
        receipt.problems.append(f"the digests could not be made: {error}")
        return []


@dg.sensor(
    name="alerts",
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells people what needs them: a day that is incomplete, a failed job, late files, S1 breaks, "
    "deadlines, doubtful answers; and each team its daily digest. Sends again what a channel did not take.",
)
def alert_sensor(
    context: dg.SensorEvaluationContext,
    settings: dg.ResourceParam[Settings],
    landing: dg.ResourceParam[Landing],
    inquiry_journal: dg.ResourceParam[InquiryJournal],
    alert_journal: dg.ResourceParam[AlertJournal],
    alert_channels: dg.ResourceParam[AlertChannels],
    clock: dg.ResourceParam[Clock],
) -> dg.SkipReason:
    """Every two minutes, from the first start of the daemon on."""
    if not settings.alerts.channels:
        return dg.SkipReason("there is no [[alerts.channels]]: no one is notified")
    service = AlertService(settings, landing, inquiry_journal, alert_journal, alert_channels, clock, context.instance)
    receipt = service.notify()
    for problem in receipt.problems:
        context.log.warning(problem)
    return dg.SkipReason(in_words(receipt))


def in_words(receipt: Receipt) -> str:
    """One line about a check."""
    problems = f", {counted(len(receipt.problems), 'problem')}: {receipt.problems[0]}" if receipt.problems else ""
    return f"{counted(len(receipt.due), 'new message')}, {receipt.sent} sent{problems}"


def latest_problem(delivery: Delivery, now: datetime) -> str:
    """What is to be known of a message that has not reached its channel."""
    again = "given up" if delivery.is_given_up else f"tried again at {clearing_time(max(delivery.next_at, now))}"
    tried = counted(delivery.attempts, "attempt")
    return f"{not_delivered(delivery, delivery.problem or 'not sent yet')}; {tried}, {again}"
