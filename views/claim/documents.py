"""A claim as one HTML page that needs nothing else and prints well, and as plain text for a mail.

Everything that comes from a file or a database is escaped by the template; no text line can steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import jinja2

from recon.export_text import printable
from views.claim import Claim, Group, Line
from views.wording import counted, day_text

TEMPLATES = Path(__file__).parent / "templates"


def as_html(claim: Claim, day: date) -> bytes:
    """The page. `day`: the clearing day of the list that it was first made from."""
    text = _template().render(claim=claim, day=day_text(day), breaks=counted(claim.count, "break"), intro=_intro(claim))
    return text.encode()


def as_text(claim: Claim, day: date) -> str:
    """The mail: its first line is the subject."""
    return "\n".join(printable(line) for line in _lines(claim, day)) + "\n"


def _lines(claim: Claim, day: date) -> Iterator[str]:
    yield f"Claim {claim.number}: {claim.title}, {counted(claim.count, 'case')}"
    yield ""
    yield _intro(claim)
    yield ""
    yield f"What is wrong: {claim.wrong}"
    yield f"What we ask for: {claim.wanted}"
    yield f"Amount: {claim.total or 'none'}"
    yield f"From our list of clearing day {day_text(day)} (UTC+8)."
    number = 0
    for group in claim.groups:
        yield ""
        yield group_title(group)
        for line in group.lines:
            number += 1
            yield ""
            yield f"{number}. {line.break_id}"
            yield from (f"   {text}" for text in _of_line(line))
    yield ""
    yield f"Please answer with the number {claim.number}."


def _of_line(line: Line) -> Iterator[str]:
    yield "; ".join(f"{name}: {value}" for name, value in line.figures)
    if line.at_risk:
        yield f"Amount at risk: {line.at_risk}"
    yield from (f"{name}: {value}" for name, value in line.known)
    for place in line.places:
        yield f"Report: {place.file}, line {place.line}, version {place.version} as we received it"
        yield f"sha256 of that file: {place.sha256}"
    if not line.places:
        yield "Report: no line"
    yield from line.answer


def group_title(group: Group) -> str:
    """`Participant P, agreement A, EUR: 12.00 EUR in 3 cases`."""
    agreement = f", agreement {group.agreement}" if group.agreement else ""
    currency = f", {group.currency}" if group.currency else ""
    total = f"{group.total}, " if group.total else ""
    return f"Participant {group.participant}{agreement}{currency}: {total}{counted(len(group.lines), 'case')}"


def _intro(claim: Claim) -> str:
    who = ", ".join(dict.fromkeys(group.participant for group in claim.groups))
    return f"To Alipay+ support, from participant {who}."


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters["group_title"] = group_title
    return environment.get_template("claim.html")
