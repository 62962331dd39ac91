"""A claim as one HTML page that needs nothing else and prints well, and as plain text for a mail.

Everything that comes from a file or a database is escaped by the template; no text line can steer a terminal.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import jinja2

from recon.export_text import printable
from recon.listing import counted
from views.claim import Claim, Group
from views.templating import templates_in
from views.wording import day_text

TEMPLATES = Path(__file__).parent / "templates"


def as_html(claim: Claim, day: date) -> bytes:
    """The page. `day`: the clearing day of the list that it was first made from."""
    return _rendered(templates_in(TEMPLATES), "claim.html", claim, day).encode()


def as_text(claim: Claim, day: date) -> str:
    """The mail: its first line is the subject."""
    plain = templates_in(TEMPLATES).overlay(finalize=lambda value: printable(str(value)))
    return _rendered(plain, "claim.txt", claim, day) + "\n"


def group_title(group: Group) -> str:
    """`Participant P, agreement A, EUR: 12.00 EUR in 3 cases`."""
    agreement = f", agreement {group.agreement}" if group.agreement else ""
    currency = f", {group.currency}" if group.currency else ""
    total = f"{group.total}, " if group.total else ""
    return f"Participant {group.participant}{agreement}{currency}: {total}{counted(len(group.lines), 'case')}"


def _rendered(templates: jinja2.Environment, name: str, claim: Claim, day: date) -> str:
    who = ", ".join(dict.fromkeys(group.participant for group in claim.groups))
    return templates.get_template(name).render(
        claim=claim, day=day_text(day), counted=counted, group_title=group_title,
        intro=f"To Alipay+ support, from participant {who}.",
    )  # fmt: skip
