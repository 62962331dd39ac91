"""`report.html`: what a person reads of a day, in one file that needs nothing else and is the same for the same inputs.

Here the facts of a day become the words of a page; the pages themselves are in `templates`. A proved day shows
its list; an incomplete one shows why, what to do, and its control totals. Everything that comes from a file or a
database is escaped by the templates; only drawings made by `drawing` and our own script are not.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from recon.breaks.catalogue import State
from recon.breaks.incidents import FAMILY, listed
from recon.breaks.selection import IS_OPEN
from recon.listing import capitalize_first
from recon.reports.kinds import ReportKind
from recon.runbook import act_of, runbook_line, section_of
from recon.tie_out.proof import INCOMPLETE, PROVED
from views.day_report.break_cards import by_severity, cards
from views.day_report.day_facts import DayFacts
from views.day_report.decided import IS_SNOOZED, decided_rows, with_standing
from views.day_report.incomplete_reason import reasons
from views.day_report.lists import correction_rows, noted_rows, resolved_rows, waiting_rows
from views.day_report.proof_tables import calendar_rows, conservation_rows, file_row, register_counts, wanting_rows
from views.day_report.standing import age_rows, at_a_glance, by_actor, merchant_rows, proof_lines, stakes, team_starts
from views.day_report.tie_out_graph import GRAPHS, graphs
from views.day_report.tied_out import COLUMNS, LISTED_EDGES, behind, edge_lines, misfits
from views.day_report.trends import span, trend_charts
from views.rates import rate_lines, reporting_sentence, small_text
from views.templating import templates_in
from views.urgency import by_urgency, do_first
from views.wording import SEVERITIES, day_text, instant_text, long_day

TEMPLATES = Path(__file__).parent / "templates"
INCIDENTS, FILES = 40, 200  # shown; other files have all
SEEN_CHARTS = 4  # the next are folded
ON_PAPER = ("S1", "S2")  # what is printed break by break; of the others how many there are
FINDERS = (  # name of the filter, its heading, and the word for all
    ("team", "Who acts", "everyone"),
    ("merchant", "Merchant", "all merchants"),
    ("code", "Code", "all codes"),
    ("owner", "Owner", "all owners"),
    ("state", "State", "all states"),
)
Page = dict[str, Any]


def proved_report(
    facts: DayFacts, moment: datetime, causes: pl.DataFrame, *, version: str, others: Sequence[str]
) -> bytes:
    """The page of a proved day. `moment`: the instant for which it was made; `others`: the other files of its folder.

    `causes`: `recon.breaks.causes.breaks_by_cause` of the list.
    """
    items = by_urgency(with_standing(listed(facts.items), facts.decisions), moment)
    opened = items.filter(IS_OPEN & (pl.col("family") != FAMILY))
    incidents = cards(items.filter(IS_OPEN & (pl.col("family") == FAMILY)).head(INCIDENTS), moment)
    severities = by_severity(opened, causes, moment)
    shown = [*incidents, *(one for level in severities for one in level.all_cards)]
    page = {
        "first": cards(do_first(items.filter(~IS_SNOOZED), moment), moment),
        "proofs": proof_lines(facts),
        "glance": at_a_glance(facts, items, opened, moment),
        **stakes(items),
        "levels": list(SEVERITIES),
        "actors": by_actor(items.filter(IS_OPEN), moment),
        **merchant_rows(items),
        **age_rows(items),
        "incidents": incidents,
        "severities": severities,
        "absent": sum(level.absent for level in severities),
        "shown": {one["anchor"] for one in shown},
        "team_starts": team_starts(shown),
        "finders": FINDERS,
        "reporting": reporting_sentence(facts.rates),
        "rates": rate_lines(facts.rates),
        "small": small_text(facts.rates),
        "lists": _where_all_are(others),
        **waiting_rows(items.filter(pl.col("state") == State.WAITING), moment),
        **resolved_rows(facts),
        **decided_rows(facts.decisions),
        **noted_rows(items.filter(pl.col("state") == State.NOTED)),
        "conserved": conservation_rows(facts.conservation),
        "register": register_counts(facts.register),
        **correction_rows(facts.corrections),
        "charts": trend_charts(facts),
        "since": f"{day_text(span(facts)[0])} to {day_text(facts.day)}, by clearing day.",
    }
    frame = _frame(facts, moment, PROVED, version, others, page)
    return _page("proved.html", page | _proof_parts(facts, PROVED) | frame | _script())


def incomplete_report(facts: DayFacts, moment: datetime, reason: str, *, version: str, others: Sequence[str]) -> bytes:
    """The page of a day that did not prove itself: no list, but the reason and what to do."""
    sentences = reasons(reason, misfits(facts.edges))
    last = facts.last_proved
    page = {
        "reasons": sentences,
        "remedy": act_of(reason),
        "runbook": runbook_line(section_of(reason)),
        "last_proved": day_text(last) if last else "",
        "last_proved_folder": last.isoformat() if last else "",
    }
    frame = _frame(facts, moment, INCOMPLETE, version, others, page)
    return _page("incomplete.html", page | _proof_parts(facts, INCOMPLETE) | frame | {"script": ""})


# --- the page


def _page(template: str, content: Page) -> bytes:
    given = {"ON_PAPER": ON_PAPER, "SEEN_CHARTS": SEEN_CHARTS} | content
    return templates_in(TEMPLATES).get_template(template).render(given).encode()


@cache
def _script() -> Page:
    """The script of the page and the digest by which its policy allows it, and no other one."""
    text = "\n" + (TEMPLATES / "find.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"script": Markup(text), "script_digest": digest}  # noqa: S704 - our own script


def _frame(facts: DayFacts, moment: datetime, kind: str, version: str, others: Sequence[str], page: Page) -> Page:
    sections = [
        ("why", "Why", "reasons"),
        ("money", "Money at risk", "risks"),
        ("actors", "Who acts", "actors"),
        ("age", "Age", "ages"),
        ("merchants", "Merchants", "merchants"),
        ("find", "Find", "finders"),
        ("incidents", "Incidents", "incidents"),
        ("breaks", "Breaks", "severities"),
        ("waiting", "Waiting", "waiting"),
        ("resolved", "Resolved", "resolved"),
        ("decided", "Decided", "decided"),
        ("noted", "Noted", "noted"),
        ("tie-out", "Tie-out", ""),
        ("proof", "Conservation", "conserved"),
        ("files", "Files", ""),
        ("corrections", "Corrections", "revisions"),
        ("trends", "Trends", "charts"),
    ]
    return {
        "day": facts.day.isoformat(),
        "long_day": long_day(facts.day),
        "kind": kind,
        "as_of": instant_text(moment),
        "version": version,
        "others": list(others),
        "sections": [(anchor, name) for anchor, name, needed in sections if not needed or page.get(needed)],
    }


def _proof_parts(facts: DayFacts, kind: str) -> Page:
    """Tie-out and files: shown of every day."""
    drawn, wrong = graphs(facts.edges), misfits(facts.edges)
    files = facts.files
    return {
        "graphs": drawn[:GRAPHS],
        "graphs_left": max(len(drawn) - GRAPHS, 0),
        "edge_lines": edge_lines(facts.edges),
        "endings": [capitalize_first(ending) for ending in COLUMNS],
        "behind": behind(facts.behind)[:LISTED_EDGES],
        "misfits": wrong[:LISTED_EDGES],
        "misfits_left": max(len(wrong) - LISTED_EDGES, 0),
        "kinds": [kind.definition.short_label for kind in ReportKind],
        "calendar": calendar_rows(facts, kind),
        "wanting": wanting_rows(facts),
        "files": [file_row(row) for row in files.head(FILES).iter_rows(named=True)],
        "files_left": max(files.height - FILES, 0),
    }


def _where_all_are(others: Sequence[str]) -> str:
    lists = [name for name in others if name in ("breaks.csv", "breaks.xlsx")]
    return f"{' and '.join(lists)} in this folder" if lists else "recon export --format csv writes them"
