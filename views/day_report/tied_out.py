"""How the control totals of a day ended, in words: counted by kind, and one by one where something is left over.

Edges (`recon.tie_out.EDGE_SCHEMA`) in; amounts come out in major units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from recon.listing import counted
from recon.tie_out import Ending, Verdict, in_order, is_count
from views.wording import NOTHING, money, place_text

LISTED_EDGES = 40
LISTED_ROWS = 10  # behind one control total
WORST = tuple(Ending)  # the first that one edge has is that of the arrow
COLUMNS = WORST[::-1]
Row = Mapping[str, object]


@dataclass(frozen=True)
class EdgeLine:
    """One kind of control total, by its name: how many were compared, and how they ended (COLUMNS)."""

    name: str
    compared: int
    counts: list[int]

    def count(self, ending: Ending) -> int:
        """How many ended so."""
        return self.counts[COLUMNS.index(ending)]


@dataclass(frozen=True)
class Misfit:
    """One control total with both sides as a person reads them."""

    place: str
    left_name: str
    left: str
    right_name: str
    right: str
    left_over: str
    ending: Ending

    @property
    def is_failing(self) -> bool:
        """Whether the day is not proved because of it."""
        return self.ending is Ending.FAILS

    @property
    def sentence(self) -> str:
        """The whole of it in one line."""
        if self.left_over == Ending.NOT_REPORTED:
            return f"{self.place}: {self.left_name} {self.left}, and no summary section to compare them with"
        return f"{self.place}: {self.left_name} {self.left}, {self.right_name} {self.right}; {self.left_over} left over"


def edge_lines(edges: pl.DataFrame) -> list[EdgeLine]:
    """How each kind of control total ended."""
    found = []
    for (edge,), rows in in_order(edges).group_by("edge", maintain_order=True):
        tally = Counter(ending_of(row) for row in rows.iter_rows(named=True))
        found.append(EdgeLine(str(edge), rows.height, [tally[ending] for ending in COLUMNS]))
    return found


def misfits(edges: pl.DataFrame) -> list[Misfit]:
    """Every control total with something left over, the unexplained first."""
    found = [misfit(row) for row in edges.iter_rows(named=True)]
    return sorted((one for one in found if has_difference(one.ending)), key=lambda one: WORST.index(one.ending))


def behind(residuals: pl.DataFrame) -> list[dict[str, object]]:
    """Each control total that does not hold (`recon.tie_out.residuals.RESIDUAL_SCHEMA`), and the rows behind it.

    Of a row why, where, which id and the amount; and in words how many more there are.
    """
    key = ["edge", "participant_agreement_id", "settlement_currency", "batch_id", "total_file_id", "left_name"]
    found: list[dict[str, object]] = []
    for _, rows in residuals.group_by(key, maintain_order=True):
        first = rows.row(0, named=True)
        of_set = f"{place(first)}: " if first["participant_agreement_id"] else ""
        shown = tuple(_line_behind(row) for row in rows.head(LISTED_ROWS).iter_rows(named=True))
        left = int(rows.unique("cause")["row_count"].sum()) - len(shown)
        more = f"and {counted(left, 'more row')}: residuals.csv" if left > 0 else ""
        found.append({"total": f"{of_set}{first['left_name']}", "rows": shown, "more": more})
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


def ending_of(row: Row) -> Ending:
    """How an edge ended."""
    ending = Verdict(str(row["verdict"])).ending
    return Ending.FAILS if ending is Ending.TIES_OUT and row["residual"] else ending


def has_difference(ending: Ending) -> bool:
    """Whether the two sides are known, or one is missing that must be there, and they are not one."""
    return ending in (Ending.FAILS, Ending.LISTED)


def misfit(row: Row) -> Misfit:
    """One control total with both sides as a person reads them."""

    def shown(value: object) -> str:
        if not isinstance(value, int):
            return Ending.NOT_REPORTED.value
        return f"{value:,}".replace("-", "−") if is_count(row) else money(value, str(row["settlement_currency"]))

    return Misfit(
        place=place(row),
        left_name=str(row["left_name"]),
        left=shown(row["left_value"]),
        right_name=str(row["right_name"]),
        right=shown(row["right_value"]),
        left_over=shown(row["residual"]),
        ending=ending_of(row),
    )
