"""How the control totals of a day ended, in words: counted by kind, and one by one where something is left over.

Edges (`recon.tie_out.EDGE_SCHEMA`) in; amounts come out in major units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from recon.tie_out import Verdict
from resources.report.wording import money

LISTED_EDGES = 40
NAMES = {
    "K1": "Detail rows and the count of their own section",
    "K2": "Detail rows and the amount of their own section",
    "K3": "Fee rows and their own section",
    "K4": "Summary Report and the rows of its set",
    "K5": "Settlement Report and the clearing batches that it lists",
    "K7": "Settlement Report and the bank",
    "K8": "All that was ever cleared, and where it stands",
}
FITS, OPEN, AS_BREAK, BAD = "fits", "open", "listed", "bad"  # also classes of the style sheet
STATES = (BAD, AS_BREAK, OPEN, FITS)  # the first that one edge has is that of the arrow
Row = Mapping[str, object]


@dataclass(frozen=True)
class EdgeLine:
    """One kind of control total: how many were compared, and how they ended."""

    edge: str
    name: str
    compared: int
    fits: int
    open: int
    listed: int
    bad: int


@dataclass(frozen=True)
class Misfit:
    """One control total that does not fit, with both sides as a person reads them."""

    edge: str
    place: str
    left_name: str
    left: str
    right_name: str
    right: str
    left_over: str
    state: str

    @property
    def sentence(self) -> str:
        """The whole of it in one line."""
        return f"{self.place}: {self.left_name} {self.left}, {self.right_name} {self.right}; {self.left_over} left over"


def edge_lines(edges: pl.DataFrame) -> list[EdgeLine]:
    """How each kind of control total ended."""
    found = []
    for (edge,), rows in sorted(edges.group_by("edge")):
        states = [state_of(row) for row in rows.iter_rows(named=True)]
        tally = (states.count(FITS), states.count(OPEN), states.count(AS_BREAK), states.count(BAD))
        found.append(EdgeLine(str(edge), NAMES.get(str(edge), str(edge)), len(states), *tally))
    return found


def misfits(edges: pl.DataFrame) -> list[Misfit]:
    """Every control total with something left over, the unexplained first."""
    found = [misfit(row) for row in edges.iter_rows(named=True) if state_of(row) in (BAD, AS_BREAK)]
    return sorted(found, key=lambda one: STATES.index(one.state))


def state_of(row: Row) -> str:
    """How an edge ended, in one of four words."""
    verdict = row["verdict"]
    if verdict == Verdict.LISTED:
        return AS_BREAK
    if verdict in (Verdict.NOT_TOLD, Verdict.UNKNOWN_BATCH):
        return OPEN
    return BAD if verdict == Verdict.DIFFERENT or row["residual"] else FITS


def is_count(row: Row) -> bool:
    """Whether an edge compares numbers of rows; else it compares amounts."""
    return str(row["right_name"]).startswith("count")


def misfit(row: Row) -> Misfit:
    """One control total with both sides as a person reads them."""
    agreement, currency = row["participant_agreement_id"], row["settlement_currency"]
    batch = f", batch {row['batch_id']}" if row["batch_id"] not in (None, "all") else ""

    def shown(value: object) -> str:
        if not isinstance(value, int):
            return "not told"
        return f"{value:,}".replace("-", "−") if is_count(row) else money(value, str(currency))

    return Misfit(
        edge=str(row["edge"]),
        place=f"{agreement} in {currency}{batch}",
        left_name=str(row["left_name"]),
        left=shown(row["left_value"]),
        right_name=str(row["right_name"]),
        right=shown(row["right_value"]),
        left_over=shown(row["residual"]),
        state=state_of(row),
    )
