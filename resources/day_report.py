"""`report.html`: what a person reads of a day, in one file that needs nothing else and is the same for the same inputs.

Here the facts of a day become the words of a page; the pages themselves are in `report/templates`. A proved day shows
its list; an incomplete one shows why, what to do, and its control totals. Everything that comes from a file or a
database is escaped by the templates; only drawings made by `report.drawing` are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

from recon.catalogue import CATALOGUE, PENDING, State
from recon.incidents import FAMILY, listed
from resources.report.break_cards import by_severity, card
from resources.report.day_facts import CALENDAR_DAYS, DayFacts
from resources.report.incomplete_reason import reasons, remedy
from resources.report.tie_out_graph import GRAPHS, LISTED_EDGES, edge_lines, graphs, misfits
from resources.report.trends import Chart, span, trend_charts
from resources.report.wording import (
    NOTHING,
    REPORTS,
    SEVERITIES,
    actor,
    counted,
    day_text,
    instant_text,
    long_day,
    money,
    outcome,
    resolver,
)

TEMPLATES = Path(__file__).parent / "report" / "templates"
ROWS, CORRECTED, FILES = 40, 20, 200  # of one table; other files have all
SIDES = {
    "payments": "Our payments",
    "refunds": "Our refunds",
    "rows": "Report rows",
    "fees": "Fee rows",
    "charges": "Fees by contract",
}
AGREE = ("P00", "R00", "C00")
Page = dict[str, Any]


def proved_report(facts: DayFacts, moment: datetime, *, version: str, beside: Sequence[str]) -> bytes:
    """The page of a proved day. `moment`: the instant it speaks for; `beside`: the other files of its folder."""
    items = listed(facts.items)
    is_open = pl.col("state").is_in([State.OPEN, State.ASKED])
    opened = items.filter(is_open & (pl.col("family") != FAMILY))
    incidents = items.filter(is_open & (pl.col("family") == FAMILY))
    page = {
        "proofs": _proofs(facts),
        "glance": _glance(facts, items, opened, moment),
        "risks": _risks(items),
        "levels": list(SEVERITIES),
        "actors": _actors(items.filter(is_open), moment),
        "incidents": [card(row, moment) for row in incidents.head(ROWS).iter_rows(named=True)],
        "severities": by_severity(opened, moment),
        "lists": " and ".join(name for name in beside if name.startswith("breaks.") and not name.endswith("parquet")),
        **_waiting(items.filter(pl.col("state") == State.WAITING)),
        **_resolved(facts),
        "noted": _noted(items.filter(pl.col("state") == State.NOTED)),
        "conserved": _conserved(facts.conservation),
        "register": _register(facts.register),
        **_corrections(facts.corrections),
        "charts": [_drawn(chart) for chart in trend_charts(facts)],
        "since": f"{day_text(span(facts)[0])} to {day_text(facts.day)}, by clearing day.",
    }
    return _page("proved.html", page | _proof_parts(facts) | _frame(facts, moment, "proved", version, beside, page))


def incomplete_report(facts: DayFacts, moment: datetime, reason: str, *, version: str, beside: Sequence[str]) -> bytes:
    """The page of a day that did not prove itself: no list, but the reason and what to do."""
    told = reasons(reason, misfits(facts.edges))
    last = facts.last_proved
    page = {
        "reasons": told,
        "remedy": remedy(told[0]),
        "last_proved": day_text(last) if last else "",
        "last_proved_folder": last.isoformat() if last else "",
    }
    frame = _frame(facts, moment, "incomplete", version, beside, page)
    return _page("incomplete.html", page | _proof_parts(facts) | frame)


# --- the page


def _page(template: str, content: Page) -> bytes:
    return _templates().get_template(template).render(content).encode()


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _frame(facts: DayFacts, moment: datetime, kind: str, version: str, beside: Sequence[str], page: Page) -> Page:
    sections = [
        ("why", "Why", "reasons"),
        ("money", "Money at risk", "risks"),
        ("actors", "Who acts", "actors"),
        ("incidents", "Incidents", "incidents"),
        ("breaks", "Breaks", "severities"),
        ("waiting", "Waiting", "waiting"),
        ("resolved", "Resolved", "resolved"),
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
        "beside": list(beside),
        "sections": [(anchor, name) for anchor, name, needed in sections if not needed or page.get(needed)],
    }


def _proof_parts(facts: DayFacts) -> Page:
    """Tie-out and files: shown of every day."""
    drawn, wrong = graphs(facts.edges), misfits(facts.edges)
    files = facts.files
    return {
        "graphs": [vars(graph) | {"svg": Markup(graph.svg)} for graph in drawn[:GRAPHS]],  # noqa: S704 - our own drawing
        "graphs_left": max(len(drawn) - GRAPHS, 0),
        "edge_lines": edge_lines(facts.edges),
        "misfits": wrong[:LISTED_EDGES],
        "misfits_left": max(len(wrong) - LISTED_EDGES, 0),
        "kinds": [name.removeprefix("Transaction ") for name in REPORTS.values()],
        "calendar": _calendar(facts),
        "files": [_file(row) for row in files.head(FILES).iter_rows(named=True)],
        "files_left": max(files.height - FILES, 0),
    }


def _drawn(chart: Chart) -> Page:
    return dict(vars(chart)) | {"svg": Markup(chart.svg)}  # noqa: S704 - our own drawing


# --- a proved day


def _proofs(facts: DayFacts) -> list[tuple[str, bool]]:
    """What holds, in four short lines, each with whether it does."""
    current = facts.files.filter(pl.col("is_current").fill_null(value=False))
    lines = edge_lines(facts.edges)
    wrong, totals = sum(line.bad for line in lines), sum(line.compared for line in lines)
    left = sum(abs(row["counts"][-1]) for row in _conserved(facts.conservation))
    inputs = sum(row["counts"][0] for row in _conserved(facts.conservation))
    residual = int(facts.register["residual"].abs().sum())
    return [
        (f"{counted(current.height, 'report file')}, {counted(int(current['row_count'].sum()), 'row')}", True),
        (f"{counted(totals, 'control total')}, {'none differs' if not wrong else f'{wrong} differ'}", not wrong),
        (f"{counted(inputs, 'input')}, {'each with one outcome' if not left else f'{left} without one'}", not left),
        ("the register adds up" if not residual else f"{residual} breaks are not accounted for", not residual),
    ]


def _glance(facts: DayFacts, items: pl.DataFrame, opened: pl.DataFrame, moment: datetime) -> list[tuple[str, str, str]]:
    moves = dict(facts.movements.iter_rows())
    new = moves.get("NEW", 0) + moves.get("REOPENED", 0)
    waiting = items.filter(pl.col("state") == State.WAITING)
    levels = [f"{opened.filter(pl.col('severity') == code).height:,} {code}" for code in SEVERITIES]
    due = opened.filter(pl.col("deadline_at") >= moment.replace(tzinfo=None))["deadline_at"].min()
    late = opened.filter(pl.col("deadline_at") < moment.replace(tzinfo=None)).height
    first_real = waiting["turns_real_day"].min()
    return [
        ("Open breaks", f"{opened.height:,}", " · ".join(levels)),
        (
            "Since yesterday",
            f"+{new:,} −{moves.get('RESOLVED', 0):,}",
            f"{new:,} opened, {moves.get('RESOLVED', 0):,} resolved",
        ),
        (
            "Next deadline",
            instant_text(due).split(",")[0] if isinstance(due, datetime) else NOTHING,
            ", ".join(part for part in (_time(due), f"{late:,} passed" if late else "none has passed") if part),
        ),
        (
            "Waiting",
            f"{waiting.height:,}",
            f"first turns real on {day_text(first_real)}" if first_real else "nothing turns real",  # type: ignore[arg-type]
        ),
    ]


def _time(moment: object) -> str:
    return instant_text(moment).split(", ")[1] if isinstance(moment, datetime) else ""


def _risks(items: pl.DataFrame) -> list[Page]:
    """Per currency: the sum, and who carries how much of it. Currencies are never added."""
    at_risk = items.filter((pl.col("amount_at_risk_minor") > 0) & pl.col("currency").is_not_null())
    rows = (
        at_risk.group_by("currency", "party")
        .agg(amount=pl.col("amount_at_risk_minor").sum(), number=pl.len())
        .sort("currency", "number", "party", descending=[False, True, False])
    )
    return [
        {
            "currency": currency,
            "total": money(int(of_currency["amount"].sum()), str(currency)),
            "number": f"{int(of_currency['number'].sum()):,}",
            "parts": [
                (row["party"] or "not known", f"{row['number']:,}", money(row["amount"], row["currency"]))
                for row in of_currency.iter_rows(named=True)
            ],
        }
        for (currency,), of_currency in rows.group_by("currency", maintain_order=True)
    ]


def _actors(opened: pl.DataFrame, moment: datetime) -> list[Page]:
    found = []
    for (who,), rows in opened.group_by("who_acts", maintain_order=True):
        counts = [rows.filter(pl.col("severity") == code).height for code in SEVERITIES]
        due = rows.filter(pl.col("deadline_at") >= moment.replace(tzinfo=None))["deadline_at"].min()
        next_due = instant_text(due) if isinstance(due, datetime) else ""
        found.append({"who": actor(str(who)), "counts": counts, "total": rows.height, "next": next_due})
    return sorted(found, key=lambda row: (-row["total"], row["who"]))


def _waiting(items: pl.DataFrame) -> Page:
    rows = items.sort("turns_real_day", "break_code", "break_id", nulls_last=True).head(ROWS)
    return {
        "waiting": [
            {
                "turns_real": day_text(row["turns_real_day"]) if row["turns_real_day"] else NOTHING,
                "sentence": str(row["explanation"] or "").rsplit(" It turns real on ", 1)[0],
                "code": row["break_code"],
                "id": _key(row),
                "amount": _amount(row),
                "since": day_text(row["opened_day"]) if row["opened_day"] else NOTHING,
            }
            for row in rows.iter_rows(named=True)
        ],
        "waiting_left": max(items.height - ROWS, 0),
    }


def _resolved(facts: DayFacts) -> Page:
    rows = facts.resolved
    ways = rows.group_by("resolved_by").len().sort("resolved_by")
    told = ", ".join(f"{count:,} by {resolver(way)}" for way, count in ways.iter_rows())
    return {
        "yesterday": day_text(facts.day - timedelta(days=1)),
        "resolved": [
            {
                "code": row["break_code"],
                "sentence": str(row["explanation"] or "").split(" Asked ", 1)[0],
                "id": _key(row),
                "outcome": outcome(row["outcome"]),
                "by": resolver(row["resolved_by"]),
                "at_risk": money(row["amount_at_risk_minor"] or None, row["currency"]),
            }
            for row in rows.head(ROWS).iter_rows(named=True)
        ],
        "resolved_by": f"{counted(rows.height, 'break')}: {told}.",
        "resolved_left": max(rows.height - ROWS, 0),
    }


def _noted(items: pl.DataFrame) -> list[Page]:
    rows = items.group_by("break_code", "break_name", "what_to_do").len().sort("break_code", "what_to_do")
    return [
        {"code": code, "name": name, "to_do": to_do, "count": f"{count:,}"} for code, name, to_do, count in rows.rows()
    ]


def _conserved(conservation: pl.DataFrame) -> list[Page]:
    """Per side: came in, agree, settled otherwise, still open, breaks, left over."""
    found = []
    for side, name in SIDES.items():
        outcomes = dict(conservation.filter(pl.col("side") == side).select("outcome", "row_count").iter_rows())
        came = int(conservation.filter(pl.col("side") == f"input {side}")["row_count"].sum())
        if not outcomes and not came:
            continue
        agree = sum(count for code, count in outcomes.items() if code in AGREE)
        breaks = sum(count for code, count in outcomes.items() if code in CATALOGUE)
        pending = sum(count for code, count in outcomes.items() if code in PENDING)
        settled = sum(outcomes.values()) - agree - breaks - pending
        left = came - sum(outcomes.values())
        found.append({"name": name, "counts": [came, agree, settled, pending, breaks, left]})
    return found


def _register(register: pl.DataFrame) -> list[tuple[str, int]]:
    names = {
        "opening": "Yesterday",
        "new_in": "+ new",
        "reopened_in": "+ reopened",
        "changed_in": "+ other code",
        "changed_out": "− other code",
        "resolved_out": "− resolved",
        "closing": "= today",
    }
    counts = [(name, int(register[column].sum())) for column, name in names.items()]
    return [*counts, ("left over", int(register["residual"].abs().sum()))]


def _corrections(corrections: pl.DataFrame) -> Page:
    """A line per revision, and the lines that a person would see changed; files first, then what opened or closed."""
    of_revision = corrections.group_by("revision", "recorded_at", "what", "change").len().sort(
        "revision", "what", "change", descending=[False, True, False]
    )  # fmt: skip
    told = []
    for (number, at), rows in of_revision.group_by("revision", "recorded_at", maintain_order=True):
        parts = [f"{counted(row['len'], str(row['what']).lower())} {str(row['change']).lower()}" for row in
                 rows.iter_rows(named=True)]  # fmt: skip
        told.append(f"Revision {number}, {instant_text(at)}: {', '.join(parts)}.")
    is_other = pl.col("before").ne_missing(pl.col("after")) | pl.col("amount_before_minor").ne_missing(
        pl.col("amount_after_minor")
    )
    seen = corrections.filter(is_other)
    lines = [
        {
            "what": f"{str(row['what']).capitalize()} {str(row['change']).lower()}",
            "name": row["name"],
            "before": _before_or_after(row, "before"),
            "after": _before_or_after(row, "after"),
        }
        for row in seen.head(CORRECTED).iter_rows(named=True)
    ]
    return {"revisions": told, "corrections": lines, "corrections_left": max(seen.height - CORRECTED, 0)}


def _before_or_after(row: Page, which: str) -> str:
    if row[which] is None:
        return NOTHING
    amount = row[f"amount_{which}_minor"]
    return f"{row[which]}, {money(amount, row['currency'])}" if amount is not None and row["currency"] else row[which]


# --- small things


def _calendar(facts: DayFacts) -> list[Page]:
    counts = {(day, kind): number for day, kind, number in facts.calendar.iter_rows()}
    found = []
    for back in range(CALENDAR_DAYS):
        day = facts.day - timedelta(days=back)
        status = facts.days.get(day) if day in facts.days else "not run"
        if day == facts.day:
            status = "this day"
        style = {"incomplete": "over", "not run": "none"}.get(status or "", "")
        row_counts = [counts.get((day, kind), 0) for kind in REPORTS]
        found.append({"day": day_text(day), "counts": row_counts, "status": status or "not decided", "style": style})
    known = [place for place, row in enumerate(found) if any(row["counts"]) or row["status"] != "not run"]
    return found[: max(known) + 1]


def _file(row: Page) -> Page:
    state = "" if row["is_current"] else " (older)" if row["is_valid"] else " (refused)"
    return {
        "name": row["file_name"],
        "version": f"{row['version']}{state}",
        "rows": f"{row['row_count'] or 0:,}",
        "quarantined": f"{row['quarantined_count'] or 0:,}",
        "sha256": str(row["sha256"] or "")[:12],
        "finding": row["finding"],
    }


def _key(row: Page) -> str:
    """The id by which a person finds it again."""
    names = ("refund_request_id", "payment_request_id", "provider_transaction_id", "order_key")
    return next((str(row[name]) for name in names if row[name]), str(row["break_id"]))


def _amount(row: Page) -> str:
    if row["order_amount_minor"] is not None:
        return money(row["order_amount_minor"], row["currency"])
    return money(row["report_amount_minor"], row["report_currency"] or row["currency"])
