"""The control totals of a day: detail = summary section, fee = its section, summary = detail (less
fees), settlement = the clearing batches that it lists. One line per edge, with both totals and the
residual.

With several files in a set it is not documented whether a section is about its own file or the
whole set, nor whether then each file has it; and whether a summary is stated before or after fees.
Both readings are tried, and the one that ties out is written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Any

import polars as pl

from recon.identities import CONSERVATION, REGISTER
from recon.money import format_any_money
from recon.reports.control_totals import BATCH, ControlTotal, Proof
from recon.reports.kinds import ReportKind
from recon.reports.kinds.settlement import BATCH_AMOUNT, BATCH_COUNT
from recon.reports.kinds.transaction_summary import SUMMARY_AMOUNT, SUMMARY_COUNT
from recon.schema import Schema

EDGE_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "edge": pl.String,
    "participant_agreement_id": pl.String,
    "settlement_currency": pl.String,
    "batch_id": pl.String,
    "file_id": pl.String,  # null: the whole set
    "left_name": pl.String,
    "left_value": pl.Int64,
    "right_name": pl.String,
    "right_value": pl.Int64,
    "residual": pl.Int64,  # left minus right
    "verdict": pl.String,
}
_SORT_KEY = (
    "settlement_currency",
    "participant_agreement_id",
    "batch_id",
    "left_name",
    "file_id",
)
_DECLARED = [total for kind in ReportKind for total in kind.definition.control_totals]
CONTROL_TOTALS = {total.name: total for total in sorted(_DECLARED, key=lambda total: total.proof)}
IDENTITIES = (*CONSERVATION.values(), *CONTROL_TOTALS, REGISTER)
"""In the order of lists: what comes first is the cause of what fails after it."""
Row = dict[str, Any]
SetKey = tuple[str, str, str]  # agreement, settlement currency, batch
NO_PARTS: Mapping[SetKey, int] = MappingProxyType({})


class Ending(StrEnum):
    """How an identity ended, as every list and page says it; the worst first."""

    FAILS = "does not tie out"
    LISTED = "listed as a break"
    NOT_REPORTED = "not reported"
    TIES_OUT = "ties out"


class Verdict(StrEnum):
    """How an identity ended, and by which reading or for want of what."""

    PER_FILE = f"{Ending.TIES_OUT}, file by file"
    PER_SET = f"{Ending.TIES_OUT}, for the whole set"
    AFTER_FEES = f"{Ending.TIES_OUT}, after fees"
    BEFORE_FEES = f"{Ending.TIES_OUT}, before fees"
    EQUAL = Ending.TIES_OUT.value
    IN_PARTS = f"{Ending.TIES_OUT}, settled in parts"
    NOT_REPORTED = Ending.NOT_REPORTED.value
    UNKNOWN_BATCH = f"{Ending.NOT_REPORTED}, batch not known here"
    COUNT_OF_PART = f"{Ending.NOT_REPORTED}, count of a part"
    LISTED = f"{Ending.LISTED}, the sides differ"
    NO_SECTION = f"{Ending.FAILS}, summary section is missing"
    NOT_COUNTED = f"{Ending.FAILS}, one side was not counted"
    DIFFERENT = Ending.FAILS.value

    @property
    def ending(self) -> Ending:
        """The words that it begins with."""
        return next(ending for ending in Ending if self.startswith(ending))


FAILING = tuple(verdict for verdict in Verdict if verdict.ending is Ending.FAILS)


@dataclass(frozen=True)
class Edge:
    """Two totals that should be one."""

    edge: str
    participant_agreement_id: str
    settlement_currency: str
    batch_id: str
    file_id: str | None
    left_name: str
    left_value: int | None
    right_name: str
    right_value: int | None
    verdict: str

    @property
    def set_key(self) -> SetKey:
        """Which set of reports."""
        return self.participant_agreement_id, self.settlement_currency, self.batch_id

    @property
    def residual(self) -> int | None:
        """What is left over; null if one side is not reported."""
        if self.left_value is None or self.right_value is None:
            return None
        return self.left_value - self.right_value


def is_count(row: Mapping[str, object]) -> bool:
    """Whether an identity compares numbers of rows, keys or breaks; else it compares amounts."""
    total = CONTROL_TOTALS.get(str(row["edge"]))
    return total is None or total.is_count


def names_of(*proofs: Proof) -> tuple[str, ...]:
    """The control totals that prove this, by name."""
    return tuple(name for name, total in CONTROL_TOTALS.items() if total.proof in proofs)


def in_order(table: pl.DataFrame) -> pl.DataFrame:
    """Lines of identities (a column `edge`, and those of EDGE_SCHEMA that are there) as lists show them."""
    place = pl.col("edge").cast(pl.Enum(IDENTITIES), strict=False)
    return table.sort(place, *(name for name in _SORT_KEY if name in table.columns), nulls_last=True)


def figure(row: Mapping[str, object], value: object) -> str:
    """A side of an identity, or what is left over, as a person reads it: `1,204`, `1,234.50 EUR`."""
    if not isinstance(value, int):
        return Ending.NOT_REPORTED.value
    if is_count(row):
        return f"{value:,}"
    return format_any_money(value, str(row["settlement_currency"]))


def tie_out(
    day: date,
    files: pl.DataFrame,
    sets: pl.DataFrame,
    batches: pl.DataFrame,
    more: Iterable[Edge] = (),
    listed: frozenset[SetKey] = frozenset(),
    in_parts: Mapping[SetKey, int] = NO_PARTS,
) -> pl.DataFrame:
    """All edges of a day (EDGE_SCHEMA) from the relations of `sql/tie_out_*.sql`.

    `more`: edges made elsewhere. `listed`: agreement, currency and id of the clearing batches and settlements whose
    difference is a break of its own. `in_parts`: what several lines together settle of a clearing batch, minor units.
    """
    settled = _settlement_edges(batches, listed, in_parts)
    edges = [*section_edges(files, listed), *_summary_edges(files, sets), *settled, *more]
    rows = [asdict(edge) | {"as_of_day": day, "residual": edge.residual} for edge in edges]
    return in_order(pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row"))


def edge_of(
    total: ControlTotal,
    set_key: SetKey,
    left: int | None,
    right: int | None,
    verdict: Verdict,
    file_id: str | None = None,
    batch: object = "",
) -> Edge:
    """A control total of one set or file. `batch`: the clearing batch that the left side is of, if its name has one."""
    left_name = total.left.replace(BATCH, str(batch))
    return Edge(total.name, *set_key, file_id, left_name, left, total.right, right, verdict)


def section_edges(files: pl.DataFrame, listed: frozenset[SetKey] = frozenset()) -> list[Edge]:
    """Rows against the summary sections, file by file or for the whole set."""
    ordered = sorted(files.iter_rows(named=True), key=lambda row: (row["kind"], *_set_of(row), row["file_id"]))
    edges: list[Edge] = []
    for (kind, *_), group in groupby(ordered, key=lambda row: (row["kind"], *_set_of(row))):
        members = list(group)
        for total in ReportKind(kind).definition.section_totals:
            found = _sections(total, members)
            edges += (_as_listed(edge, total.proof is Proof.SETTLEMENT and edge.set_key in listed) for edge in found)
    return edges


def _sections(total: ControlTotal, members: Sequence[Row]) -> list[Edge]:
    left, right = ("row_count", "total_count") if total.is_count else ("net_minor", "total_net_minor")
    is_whole = len(members) > 1 and not all(row[left] == row[right] for row in members)
    stated = {row[right] for row in members} - {None}
    if is_whole and len(stated) == 1:
        counted, value = sum(row[left] for row in members), stated.pop()
        if counted == value:
            return [edge_of(total, _set_of(members[0]), counted, value, Verdict.PER_SET)]
    return [_section(total, row, row[left], row[right]) for row in members]


def _section(total: ControlTotal, row: Row, left: int, right: int | None) -> Edge:
    verdict = Verdict.NO_SECTION if right is None else _judged(left, right, Verdict.PER_FILE)
    return edge_of(total, _set_of(row), left, right, verdict, str(row["file_id"]))


def _summary_edges(files: pl.DataFrame, sets: pl.DataFrame) -> Iterable[Edge]:
    """The Summary Report against the rows of its set."""
    sums = files.group_by("kind", "participant_agreement_id", "settlement_currency", "batch_id").agg(
        pl.col("row_count").sum(), pl.col("net_minor").sum()
    )
    by_set = {(row["kind"], *_set_of(row)): row for row in sums.iter_rows(named=True)}
    for summary in sets.iter_rows(named=True):
        key = _set_of(summary)
        detail = by_set.get(("transaction_detail", *key), {"row_count": 0, "net_minor": 0})
        fees = int(by_set.get(("fee", *key), {"net_minor": 0})["net_minor"])
        rows, stated = detail["row_count"], summary["total_count"]
        yield edge_of(SUMMARY_COUNT, key, rows, stated, _judged(rows, stated, Verdict.EQUAL))
        yield _net_edge(key, detail["net_minor"], fees, summary["net_minor"])


def _net_edge(key: SetKey, net: int, fees: int, stated: int) -> Edge:
    if net == stated and fees:
        return replace(edge_of(SUMMARY_AMOUNT, key, net, stated, Verdict.BEFORE_FEES), left_name="sum of the rows")
    verdict = _judged(net - fees, stated, Verdict.AFTER_FEES if fees else Verdict.EQUAL)
    return edge_of(SUMMARY_AMOUNT, key, net - fees, stated, verdict)


def _settlement_edges(
    batches: pl.DataFrame, listed: frozenset[SetKey], in_parts: Mapping[SetKey, int]
) -> Iterable[Edge]:
    """Each batch that a settlement lists against the Summary Report of that batch."""
    for row in batches.iter_rows(named=True):
        batch = (*_set_of(row)[:2], str(row["clearing_batch_id"]))
        settled, if_equal = row["settled_minor"], Verdict.EQUAL
        if batch in in_parts:
            settled, if_equal = in_parts[batch], Verdict.IN_PARTS
        for total, left, right in (
            (BATCH_COUNT, row["settled_count"], row["cleared_count"]),
            (BATCH_AMOUNT, settled, row["cleared_minor"]),
        ):
            verdict = _judged(left, right, if_equal)
            if row["cleared_minor"] is None:
                verdict = Verdict.UNKNOWN_BATCH
            elif batch in in_parts and total is BATCH_COUNT and left != right:
                right, verdict = None, Verdict.COUNT_OF_PART  # no report says what a part counts
            edge = edge_of(total, _set_of(row), left, right, verdict, row["file_id"], row["clearing_batch_id"])
            yield _as_listed(edge, batch in listed)


def _as_listed(edge: Edge, is_listed: bool) -> Edge:
    """A difference that a break carries is no failure of the proof."""
    return replace(edge, verdict=Verdict.LISTED) if is_listed and edge.verdict == Verdict.DIFFERENT else edge


def _judged(left: object, right: object, if_equal: Verdict) -> Verdict:
    if left is None or right is None:
        return Verdict.NOT_REPORTED
    return if_equal if left == right else Verdict.DIFFERENT


def _set_of(row: Row) -> SetKey:
    return row["participant_agreement_id"], row["settlement_currency"], row["batch_id"]
