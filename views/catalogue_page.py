"""docs/BREAKS.md, printed from the catalogue: `python -m views.catalogue_page > docs/BREAKS.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from recon.breaks.catalogue import CATALOGUE, FLAG_ONLY, OF_A_RETURNED_FEE, PENDING, SETTLED, Deadline
from recon.inquiry.verdicts import MEANINGS
from views.templating import templates_in
from views.wording import actor

TEMPLATES = Path(__file__).parent / "templates"
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
    "order": "*our amount*",
    "report": "*the reported amount*",
    "difference": "*the difference*",
    "at_risk": "*the amount at risk*",
    "count": "*a number of*",
    "where": "*one file, hour, merchant or source*",
}


def page() -> str:
    """The whole page."""
    template = templates_in(TEMPLATES).get_template("BREAKS.md")
    return template.render(
        titles=TITLES, catalogue=CATALOGUE.values(), actor=actor, inquiries=INQUIRIES, blanks=BLANKS,
        deadlines=DEADLINES, meanings=MEANINGS, flags=FLAG_ONLY, outcomes=SETTLED | PENDING, returned=OF_A_RETURNED_FEE,
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(page())
