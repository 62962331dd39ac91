"""`recon decide`: what a person decides about breaks of the newest list, checked as a whole, kept all or nothing."""

from __future__ import annotations

import hashlib
import hmac
import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.cli.changing import command_changes_state
from pipelines.cli.decision_sheet import decisions_in
from recon.breaks.catalogue import DECIDED
from recon.decisions import Decision, Kind, Person, Wanted, facts_of
from recon.decisions.rules import VERBS, refusal
from recon.decisions.standing import Standing, standings
from recon.errors import ConfigurationError, DayOrderError, DecisionError
from recon.listing import counted, some_of
from recon.money import format_money
from resources.journals.decisions import Checked, DecisionJournal
from resources.published import Published
from resources.settings import Settings, load_settings
from resources.settings.rules import decision_limits
from views.terminal import print_json, print_line

Row = Mapping[str, object]
SHOWN = 3  # refused breaks that an error names


class NewestList:
    """The breaks of the newest proved day, and the decisions in force about them."""

    def __init__(self, settings: Settings) -> None:
        published = Published.of(settings)
        with published.kept_open():
            days = published.proved_days()
            if not days:
                raise DayOrderError("no day is proved, so there is no list to decide about", do="Run a day first")
            self.day = days[-1]
            self.items = {str(row["break_id"]): row for row in published.items(self.day).iter_rows(named=True)}
            known_heads = published.decision_heads()
        self.journal = DecisionJournal(settings.warehouse.directory)
        self.standing = standings(self.journal.decisions(known_heads))


@contextmanager
def deciding(settings: Settings, doing: str) -> Iterator[NewestList]:
    """The newest list under the lock of the state: a run that works meanwhile would or would not know of a decision."""
    with command_changes_state(settings, doing):
        newest = NewestList(settings)
        yield newest
        newest.journal.close()


def decide(asked: Callable[[NewestList], Sequence[Wanted]], *, name: str | None, as_json: bool = False) -> None:
    """Checks and keeps what is asked for of the newest list."""
    settings = load_settings()
    person = person_of(settings, name)
    with deciding(settings, f"decision of {person.name}") as newest:
        wanted = asked(newest)
        check = checking(newest.items, wanted, person, settings)
        made = newest.journal.add(person, newest.day, datetime.now(UTC), check)
        if as_json:
            print_json([_document(one) for one in made])
        else:
            _show(made, len(wanted), newest.day)


def checking(
    items: Mapping[str, Row], wanted: Sequence[Wanted], person: Person, settings: Settings
) -> Callable[[Sequence[Decision]], list[Checked]]:
    """What the journal asks before it stores: all of them, or DecisionError with what is refused."""
    limits = decision_limits(settings)

    def check(known: Sequence[Decision]) -> list[Checked]:
        standing_of = standings(known)
        checked, refused = list[Checked](), list[DecisionError]()
        for one in wanted:
            item, standing = items.get(one.break_id), standing_of.get(one.break_id)
            if item is None:
                refused.append(
                    DecisionError("is not on the newest list", where=one.break_id, do="See `recon breaks` for its id")
                )
                continue
            one = _answering(one, standing)
            if _is_there(one, item, person, standing):
                continue
            if reason := refusal(one, item, standing, person, limits):
                refused.append(DecisionError(reason.what, where=one.break_id, do=reason.do))
            checked.append(Checked(one, facts_of(item)))
        if refused:
            raise all_refused(refused, len(wanted), where="recon decide")
        return checked

    return check


def _answering(wanted: Wanted, standing: Standing | None) -> Wanted:
    """An approval or a refusal names what it is about."""
    if wanted.kind not in (Kind.APPROVE, Kind.REFUSE) or standing is None or standing.pending is None:
        return wanted
    return Wanted(wanted.break_id, wanted.kind, standing.pending.decision_id, wanted.because)


def _is_there(wanted: Wanted, item: Row, person: Person, standing: Standing | None) -> bool:
    """The same person asked for the same, and it waits or was approved on this list: a second time changes nothing."""
    asked = standing.asked if standing else None
    if standing is None or asked is None or not (standing.pending or standing.was_approved_on(item["as_of_day"])):
        return False
    return (asked.kind, asked.because, asked.decided_by) == (wanted.kind, wanted.because, person.name)


def all_refused(refused: Sequence[DecisionError], count: int, *, where: str) -> DecisionError:
    """One error for all that is refused of `count` breaks; `where`: the command."""
    shown = list(dict.fromkeys(f"{one.where} {one.what}" for one in refused))
    if len(shown) == 1:
        return refused[0]
    return DecisionError(
        f"nothing was decided, since {len(refused)} of {count} are refused: {some_of(shown, most=SHOWN)}",
        where=where,
        do=refused[0].do,
    )


def person_of(settings: Settings, name: str | None) -> Person:
    """Who decides: the account that the process runs as, or `name` with the token that proves it.

    ConfigurationError if the account has no name, as in a container, or if the token is missing or wrong.
    """
    if name is None:
        try:
            return Person(pwd.getpwuid(os.getuid()).pw_name, "account")
        except KeyError:
            raise ConfigurationError(
                "the account that this process runs as has no name",
                where=f"user id {os.getuid()}",
                do="Say who decides: --as NAME, with the token of that person",
            ) from None
    known, variable = settings.decisions.people.get(name), settings.decisions.token_env
    if known is None:
        raise ConfigurationError(
            f"{name} is not among the people", where="decisions.people", do="Add the name and the sha256 of its token"
        )
    token = settings.secret(variable).get_secret_value()
    if not hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), known):
        raise ConfigurationError(f"the token is not that of {name}", where=variable, do="Set the right one")
    return Person(name, "token")


def in_workbook(path: Path) -> Callable[[NewestList], Sequence[Wanted]]:
    """What people wrote into the workbook that a day exported."""
    return lambda newest: decisions_in(path, newest.items, newest.standing)


def wanted_of(break_ids: Sequence[str], because: str, **asked: str | date | Path | bool | None) -> list[Wanted]:
    """What the options ask for, for each break. DecisionError if they ask for nothing, or for what excludes itself."""
    given = {OPTIONS[name]: value for name, value in asked.items() if value not in (None, False)}
    if not given:
        raise DecisionError("nothing is decided", where="recon decide", do="Say what: --assign, --accept, ...")
    if len(excluding := [kind for kind in given if kind in CLOSING]) > 1:
        raise DecisionError(
            f"{' and '.join(kind.lower().replace('_', ' ') for kind in excluding)} exclude each other",
            where="recon decide", do="Choose one",
        )  # fmt: skip
    values = {kind: _value(value) for kind, value in given.items()}
    return [
        Wanted(break_id, kind, "" if kind is Kind.COMMENT else value, value if kind is Kind.COMMENT else because)
        for break_id in dict.fromkeys(break_ids)
        for kind, value in values.items()
    ]


OPTIONS = {
    "assign": Kind.ASSIGN, "comment": Kind.COMMENT, "attach": Kind.ATTACH, "snooze": Kind.SNOOZE, "claim": Kind.CLAIM,
    "paid": Kind.PAY, "accept": Kind.ACCEPT, "write_off": Kind.WRITE_OFF, "approve": Kind.APPROVE,
    "refuse": Kind.REFUSE,
}  # fmt: skip
CLOSING = (Kind.ACCEPT, Kind.WRITE_OFF, Kind.APPROVE, Kind.REFUSE)


def _value(value: str | date | Path | bool | None) -> str:
    if isinstance(value, Path):
        return _attached(value)
    return "" if isinstance(value, bool) or value is None else str(value)


def _attached(path: Path) -> str:
    """Keeps a file; the value of an ATTACH decision: its sha256 and name."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DecisionError(f"cannot be read: {error.strerror}", where=str(path), do="Name a file") from None
    return f"{DecisionJournal(load_settings().warehouse.directory).keep_file(content)} {path.name}"


def show_pending(*, as_json: bool = False) -> None:
    """What waits for a second person, as lines or as a list of decisions for a program."""
    newest = NewestList(load_settings())
    waiting = [
        (name, standing.pending)
        for name, standing in sorted(newest.standing.items())
        if standing.pending and name in newest.items and newest.items[name]["state"] not in DECIDED
    ]
    if as_json:
        print_json([_document(asked) for _, asked in waiting])
        return
    for name, asked in waiting:
        item = newest.items[name]
        what = f"{asked.decided_by} asks to {VERBS[asked.kind]} {_risk(item)}, {item['break_code']}"
        print_line(f"{name}: {what}: {asked.because}")
    print_line("Approve with `recon decide BREAK_ID --approve`" if waiting else "Nothing waits for a second person")


def _document(decision: Decision) -> dict[str, object]:
    """A decision for a program: its facts, as they were, and what it is; not how it is chained."""
    kept = asdict(decision)
    decided_at = decision.decided_at.astimezone(UTC).replace(tzinfo=None)
    return {name: kept[name] for name in kept if "sha256" not in name} | {"decided_at": decided_at}


def _risk(item: Row) -> str:
    return format_money(int(str(item["amount_at_risk_minor"])), str(item["currency"]))


def _show(made: Sequence[Decision], wanted: int, day: date) -> None:
    if not made:
        print_line(f"Nothing new: {wanted} decided so before")
        return
    again = f", {wanted - len(made)} decided so before" if wanted > len(made) else ""
    breaks = counted(len({one.break_id for one in made}), "break")
    said = f"{counted(len(made), 'decision')} about {breaks}"
    print_line(f"{said}{again}, by {made[0].decided_by} on the list of {day}")
    asked = sum(one.kind in VERBS for one in made)
    if asked:
        print_line(f"{asked} need a second person: recon decide BREAK_ID --approve")
    print_line("What is decided counts from the list of the next day on")
