"""How the control totals of a day ended, in words: counted by kind, and one by one where something is left over.

Edges (`recon.tie_out.EDGE_SCHEMA`) in; amounts come out in major units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from recon.reports.kinds import ReportKind
from recon.tie_out import FAILING, Verdict
from views.wording import NOTHING, counted, money, place_text

LISTED_EDGES = 40
NOT_TOLD = "not told"
LISTED_ROWS = 10  # behind one control total


def _section_names() -> Iterator[tuple[str, str]]:
    """The names of the identities of rows and their own section, of every report that has one."""
    for kind in ReportKind:
        own = kind.definition.own_totals
        words = ("the count of their own section", "the amount of their own section")
        for edge, of in zip(own, words if len(own) > 1 else ("their own section",), strict=False):
            yield edge, f"{kind.definition.short_label} rows and {of}"


NAMES = {
    **dict(_section_names()),
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
        if self.left_over == NOT_TOLD:
            return f"{self.place}: {self.left_name} {self.left}, and no summary section to compare them with"
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


@dataclass(frozen=True)
class Behind:
    """The rows behind what is left over of one control total: where, which id, amount, why; and how many more."""

    total: str
    rows: tuple[tuple[str, str, str, str], ...]
    more: str


def behind(residuals: pl.DataFrame) -> list[Behind]:
    """The rows behind each control total that does not hold (`recon.tie_out.residuals.RESIDUAL_SCHEMA`)."""
    key = ["edge", "participant_agreement_id", "settlement_currency", "batch_id", "total_file_id", "left_name"]
    found = []
    for _, rows in residuals.group_by(key, maintain_order=True):
        first = rows.row(0, named=True)
        of_set = f"{place(first)}: " if first["participant_agreement_id"] else ""
        shown = tuple(_line_behind(row) for row in rows.head(LISTED_ROWS).iter_rows(named=True))
        left = int(rows.unique("cause")["row_count"].sum()) - len(shown)
        more = f"and {counted(left, 'more row')}: residuals.csv" if left > 0 else ""
        found.append(Behind(f"{of_set}{first['left_name']}", shown, more))
    return found


def _line_behind(row: Row) -> tuple[str, str, str, str]:
    where = place_text(f"{row['file_id']}:{row['line_number']}") if row["line_number"] is not None else ""
    amount = row["amount_minor"]
    shown = money(amount, str(row["currency"])) if isinstance(amount, int) and row["currency"] else NOTHING
    return str(row["why"]), where, str(row["id"] or ""), shown


def place(row: Row) -> str:
    """Agreement, settlement currency and batch of a control total."""
    batch = f", batch {row['batch_id']}" if row["batch_id"] not in (None, "all") else ""
    return f"{row['participant_agreement_id']} in {row['settlement_currency']}{batch}"


def state_of(row: Row) -> str:
    """How an edge ended, in one of four words."""
    verdict = row["verdict"]
    if verdict == Verdict.LISTED:
        return AS_BREAK
    if verdict in (Verdict.NOT_TOLD, Verdict.UNKNOWN_BATCH):
        return OPEN
    return BAD if verdict in FAILING or row["residual"] else FITS


def is_count(row: Row) -> bool:
    """Whether an edge compares numbers of rows; else it compares amounts."""
    return str(row["right_name"]).startswith("count")


def misfit(row: Row) -> Misfit:
    """One control total with both sides as a person reads them."""

    def shown(value: object) -> str:
        if not isinstance(value, int):
            return NOT_TOLD
        return f"{value:,}".replace("-", "−") if is_count(row) else money(value, str(row["settlement_currency"]))

    return Misfit(
        edge=str(row["edge"]),
        place=place(row),
        left_name=str(row["left_name"]),
        left=shown(row["left_value"]),
        right_name=str(row["right_name"]),
        right=shown(row["right_value"]),
        left_over=shown(row["residual"]),
        state=state_of(row),
    )
