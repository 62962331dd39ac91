"""`recon breaks`: the list of a day, or some of it, with what people decided on it.

It reads the published copy and the journal of decisions: no lock, no Dagster.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl
import typer

from recon.breaks.catalogue import CATALOGUE, Severity, State
from recon.breaks.incidents import listed
from recon.breaks.selection import OPEN_STATES, Selection
from recon.clearing_day import as_of
from recon.decisions.effect import standing_on_list
from recon.errors import DayOrderError, ReconError
from recon.listing import counted
from recon.money import exponent, typed_minor
from resources.journals.decisions import DecisionJournal
from resources.published import Published
from resources.settings import load_settings
from views import selected_breaks
from views.terminal import console, print_error, print_line, show, table
from views.urgency import by_urgency, is_trifle
from views.wording import ACTORS

ALL_STATES = "all"


def show_breaks(day: date | None, wanted: Selection, *, as_json: bool, as_csv: bool, small: bool = False) -> None:
    """Prints the breaks that fit, the most urgent first; in the table trifles are one line, unless `small`."""
    if as_json and as_csv:
        raise ReconError("--json and --csv are both given", where="recon breaks", do="Give one of them")
    settings = load_settings()
    published = Published.of(settings)
    with published.kept_open():
        of_day = day or newest_day(published)
        published.require_proved(of_day)
        every = _with_decisions(listed(published.items(of_day)), DecisionJournal(settings.warehouse.directory), of_day)
        if day is None:
            _name_later_days(published, of_day)
    moment = as_of(of_day, settings.calendar.arrival_grace)
    chosen = by_urgency(wanted.of(every), moment)
    if as_json or as_csv:
        typer.echo((selected_breaks.as_json if as_json else selected_breaks.as_csv)(chosen), nl=False)
        return
    title = f"Clearing day {of_day}: {counted(chosen.height, 'break')} of {every.height:,}"
    shown = chosen if small else chosen.filter(~is_trifle(moment))
    piped = not console().is_terminal
    columns = selected_breaks.columns_of(shown, piped=piped)
    show(table(title, columns, selected_breaks.table_rows(shown, piped=piped)))
    if trifles := chosen.height - shown.height:
        print_line(selected_breaks.trifles_line(trifles))
    if not chosen.height:
        print_line("Nothing fits. Without filters: what is open; --state all also shows what waits and is noted")


def _name_later_days(published: Published, newest: date) -> None:
    """A line on stderr, since a pipe reads stdout, if the newest list is not that of the newest day."""
    later = published.days()["as_of_day"].max()
    if isinstance(later, date) and later > newest:
        print_error(f"recon: {later} is not proved; this is the newest list, of {newest}. `recon days` says why")


def _with_decisions(items: pl.DataFrame, journal: DecisionJournal, day: date) -> pl.DataFrame:
    states = dict(items.select("break_id", "state").iter_rows())
    standing = standing_on_list(journal.decisions(), states, day)
    journal.close()
    return items.join(standing.drop("as_of_day", "state", "currency"), on="break_id", how="left", maintain_order="left")


def newest_day(published: Published) -> date:
    """The last proved day."""
    days = published.proved_days()
    if not days:
        raise DayOrderError("no day is proved yet", do="Run `recon run` first")
    return days[-1]


def read_selection(
    *,
    code: str = "",
    severity: str = "",
    who: str = "",
    merchant: str = "",
    currency: str = "",
    state: str = "",
    min_amount: str = "",
    owner: str = "",
) -> Selection:
    """What was typed; ReconError with the right words for what no list can have."""
    if min_amount and not currency:
        raise ReconError("--min-amount needs a currency", where="recon breaks", do="Give one, such as --currency EUR")
    money = currency.upper()
    if money:
        exponent(money)  # MoneyError for what is no currency
    families = {entry.family for entry in CATALOGUE.values()}
    return Selection(
        codes=_known("--code", code, [*CATALOGUE, *families], choice="a code of docs/BREAKS.md, or its first letter"),
        severities=_known("--severity", severity, [one.value for one in Severity]),
        who=_known("--who", who, ACTORS, {words: name for name, words in ACTORS.items()}),
        merchant=merchant.strip(),
        currency=money,
        states=_states(state),
        min_amount_minor=typed_minor(min_amount, money) if min_amount else None,
        owner=owner.strip(),
    )


def _states(text: str) -> tuple[str, ...]:
    if not text:
        return OPEN_STATES
    if text.lower() == ALL_STATES:
        return ()
    return _known("--state", text, [one.value for one in State])


def _known(
    option: str, text: str, allowed: Iterable[str], also: dict[str, str] | None = None, choice: str = ""
) -> tuple[str, ...]:
    """The words between commas, each one that is allowed, in whatever case; `choice`: these in few words."""
    known = {word.lower(): word for word in allowed}
    known |= {words.lower(): name for words, name in (also or {}).items()}
    words = [part.strip() for part in text.split(",") if part.strip()]
    if wrong := [word for word in words if word.lower() not in known]:
        which = choice or f"from {', '.join(sorted(set(allowed)))}"
        raise ReconError(f"{wrong[0]} is not known", where=option, do=f"Choose {which}")
    return tuple(known[word.lower()] for word in words)
