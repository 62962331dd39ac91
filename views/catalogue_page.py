"""docs/BREAKS.md, printed from the catalogue: `python -m views.catalogue_page > docs/BREAKS.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from recon.breaks.catalogue import (
    CATALOGUE,
    FLAG_ONLY,
    PENDING,
    SETTLED,
    BreakCode,
    Deadline,
    State,
)
from recon.inquiry.verdicts import MEANINGS
from views.wording import actor

HEAD = """\
# Breaks

Printed from `recon/breaks/catalogue.py`. To change it: edit the catalogue, then run
`python -m views.catalogue_page > docs/BREAKS.md`.

A break is one payment or refund on which our orders and the Alipay+ reports do not agree, or one
clearing batch or settlement on which the reports and the bank do not. It has
exactly one code; whatever else is true of it is in `flags`.

Severity: S1 someone has lost money or goods now; S2 money or state is wrong and a deadline runs;
S3 a figure or a class is wrong; S4 timing or information.

Who acts, in files and filters: OPS operations, DEV development, MER the merchant, FIN finance, A+ Alipay+ support.

inquiryPayment: whether an answer of Alipay+ resolves the break, confirms the facts, or does not help. Which answer
means what: [When Alipay+ was asked](#when-alipay-was-asked).

State: OPEN until the data shows that it is solved; ASKED is open, and Alipay+ will be asked again;
WAITING is a timing difference with the day on which it becomes a break; NOTED is listed on its day and
never carried forward.
"""
ASKED = """\
## When Alipay+ was asked

Each row: what an answer to inquiryPayment means for a break. The first row that fits counts; `*` is
every code, `P01/0` a P01 that no report has yet. An answer changes no break by itself: the day runs
again with it. Only P17 changes its code by an answer: paid, it becomes P01. Empty cells: as the break
says. PAID_AS_OURS, PAID_AS_REPORT, PAID_AS_NEITHER: paid, and the value in doubt is ours, the
report's, or another one; PAID_WITHOUT_VALUE: paid, without that value. REVIEW_AMOUNT, REVIEW_ID: only the
amount, only ids do not fit. NONE: asked without a usable answer.
"""
TITLES = {"P": "Payments", "R": "Refunds", "C": "Fees", "B": "Clearing batches and settlements", "I": "Incidents"}
DEADLINES = {
    Deadline.NONE: "none",
    Deadline.CANCEL_THEN_REFUND: "00:15 UTC+8 after its day to cancel, then one year to refund",
    Deadline.REFUND: "one year after the payment to refund",
    Deadline.BECOMES_A_BREAK: "the day on which it becomes a break",
    Deadline.AS_LAST_SEEN: "that of the code it last showed",
}
INQUIRIES = {"Y": "resolves it", "C": "confirms the facts", "N": "does not help"}
BLANKS = {
    "order": "our amount",
    "report": "the reported amount",
    "difference": "the difference",
    "at_risk": "the amount at risk",
    "count": "so many",
    "where": "one file, hour, merchant or source",
}


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield HEAD
    for family, title in TITLES.items():
        rows = [row for row in CATALOGUE.values() if row.family == family]
        yield f"## {title}\n"
        yield from _table(
            ("Code", "Name", "Severity", "State", "Who acts", "inquiryPayment"),
            map(_cells, rows),
        )
        for row in rows:
            yield from _entry(row)
    yield ASKED
    yield from _table(
        ("Code", "Answer", "Verdict", "Who acts", "What to do"),
        ((row.codes, row.answers, row.verdict, row.who_acts and actor(row.who_acts), row.act) for row in MEANINGS),
    )
    yield "## Flags\n"
    yield from _table(("Flag", "Meaning"), FLAG_ONLY.items())
    yield "## What is not a break\n"
    yield from _table(("Outcome", "Meaning"), (SETTLED | PENDING).items())


def _entry(row: BreakCode) -> Iterator[str]:
    yield f"### {row.code}\n"
    sentence = row.sentence.format(**{name: f"*{words}*" for name, words in BLANKS.items()})
    yield f"**{row.name}.** {sentence}\n"
    yield f"- What to do: {row.act}"
    yield f"- At risk: {row.at_risk}" + (f", carried by {row.party}" if row.party else "")
    yield f"- Deadline: {DEADLINES[row.deadline]}"
    if row.state is not State.OPEN:
        yield f"- State: {row.state}"
    yield ""


def _cells(row: BreakCode) -> tuple[object, ...]:
    link = f"[{row.code}](#{row.code.lower()})"
    return link, row.name, row.severity, row.state, actor(row.who_acts), INQUIRIES[row.inquiry]


def _table(names: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(names) + " |"
    yield "|" + " --- |" * len(names)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
