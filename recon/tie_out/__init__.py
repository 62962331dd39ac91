"""The control totals of a day: detail = summary section, fee = its section, summary = detail (less
fees), settlement = the clearing batches that it lists. One line per edge, with both totals and the
residual.

With several files in a set it is not documented whether a section speaks of its own file or of the
whole set; and whether a summary is stated before or after fees. Both readings are tried, and the one
that ties out is written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby

import polars as pl

from recon.identities import (
    BANK,
    BATCH_AMOUNT,
    BATCH_COUNT,
    CLEARED,
    CONSERVATION,
    REGISTER,
    SUMMARY_AMOUNT,
    SUMMARY_COUNT,
)
from recon.money import MoneyError, format_money
from recon.reports.kinds import ReportKind

EDGE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
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
OF_BATCH, IN_SETTLEMENT = " of clearing batch ", " in the settlement"
_SECTIONS = [totals for kind in ReportKind if (totals := kind.definition.control_totals)]
WITHIN_FILES = tuple(edge for kind in ReportKind for edge in kind.definition.own_totals)
"""Rows against the section of the same file or set."""
SETTLED = (BATCH_COUNT, BATCH_AMOUNT, *(totals.amount for totals in _SECTIONS if totals.count is None))
"""A settlement against the clearing batches that it lists, and against its own section."""
CONTROL_TOTALS = (*WITHIN_FILES, SUMMARY_COUNT, SUMMARY_AMOUNT, *SETTLED, BANK, CLEARED)
IDENTITIES = (*CONSERVATION.values(), *CONTROL_TOTALS, REGISTER)
"""In the order of lists: what comes first is the cause of what fails after it."""
_AMOUNTS = {*(totals.amount for totals in _SECTIONS), SUMMARY_AMOUNT, BATCH_AMOUNT, BANK, CLEARED}
Row = dict[str, object]


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
    NOT_REPORTED = Ending.NOT_REPORTED.value
    UNKNOWN_BATCH = f"{Ending.NOT_REPORTED}, batch not known here"
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
    def set_key(self) -> tuple[str, str, str]:
        """Agreement, settlement currency and batch."""
        return self.participant_agreement_id, self.settlement_currency, self.batch_id

    @property
    def residual(self) -> int | None:
        """What is left over; null if one side is not reported."""
        if self.left_value is None or self.right_value is None:
            return None
        return self.left_value - self.right_value


def is_count(row: Mapping[str, object]) -> bool:
    """Whether an identity compares numbers of rows, keys or breaks; else it compares amounts."""
    return row["edge"] not in _AMOUNTS


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
    try:
        return format_money(value, str(row["settlement_currency"]))
    except MoneyError:
        return f"{value:,} of the smallest unit of {row['settlement_currency']}"


def tie_out(
    day: date,
    files: pl.DataFrame,
    sets: pl.DataFrame,
    batches: pl.DataFrame,
    more: Iterable[Edge] = (),
    listed: frozenset[tuple[str, str, str]] = frozenset(),
) -> pl.DataFrame:
    """All edges of a day (EDGE_SCHEMA) from the relations of `sql/tie_out_*.sql`.

    `more`: edges made elsewhere. `listed`: agreement, currency and id of the clearing batches and settlements whose
    difference is a break of its own.
    """
    edges = [*section_edges(files, listed), *_summary_edges(files, sets), *_settlement_edges(batches, listed), *more]
    rows = [asdict(edge) | {"as_of_day": day, "residual": edge.residual} for edge in edges]
    return in_order(pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row"))


def section_edges(files: pl.DataFrame, listed: frozenset[tuple[str, str, str]] = frozenset()) -> list[Edge]:
    """Rows against the summary sections, file by file or for the whole set."""
    edges: list[Edge] = []
    ordered = sorted(files.iter_rows(named=True), key=lambda row: (row["kind"], *_set_of(row), row["file_id"]))
    for (kind, *_), group in groupby(ordered, key=lambda row: (row["kind"], *_set_of(row))):
        members = list(group)
        of_kind = ReportKind(kind).definition.control_totals
        if of_kind is None:
            continue
        if of_kind.count:
            edges += _sections(of_kind.count, members, ("row_count", "total_count"), ("rows", "count of the section"))
        edges += _sections(
            of_kind.amount, members, ("net_minor", "total_net_minor"), ("sum of the rows", "amount of the section")
        )
    return [_as_listed(edge, edge.edge in SETTLED and edge.set_key in listed) for edge in edges]


def _sections(edge: str, members: Sequence[Row], columns: tuple[str, str], names: tuple[str, str]) -> Iterable[Edge]:
    left, right = columns
    is_whole = len(members) > 1 and not all(row[left] == row[right] for row in members)
    stated = {row[right] for row in members}
    if is_whole and len(stated) == 1 and None not in stated:
        total, value = sum(_int(row[left]) for row in members), _int(stated.pop())
        if total == value:
            return [
                Edge(
                    edge,
                    *_set_of(members[0]),
                    None,
                    names[0],
                    total,
                    names[1],
                    value,
                    Verdict.PER_SET,
                )
            ]
    return [
        Edge(
            edge,
            *_set_of(row),
            str(row["file_id"]),
            names[0],
            _int(row[left]),
            names[1],
            _maybe(row[right]),
            Verdict.NO_SECTION if row[right] is None else _judged(row[left], row[right], Verdict.PER_FILE),
        )
        for row in members
    ]


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
        yield Edge(
            SUMMARY_COUNT,
            *key,
            None,
            "rows",
            detail["row_count"],
            "count of the summary",
            summary["total_count"],
            _judged(detail["row_count"], summary["total_count"], Verdict.EQUAL),
        )
        yield _net_edge(key, detail["net_minor"], fees, summary["net_minor"])


def _net_edge(key: tuple[str, str, str], net: int, fees: int, stated: int) -> Edge:
    if net == stated and fees:
        return Edge(
            SUMMARY_AMOUNT,
            *key,
            None,
            "sum of the rows",
            net,
            "amount of the summary",
            stated,
            Verdict.BEFORE_FEES,
        )
    verdict = _judged(net - fees, stated, Verdict.AFTER_FEES if fees else Verdict.EQUAL)
    return Edge(
        SUMMARY_AMOUNT,
        *key,
        None,
        "sum of the rows less fees",
        net - fees,
        "amount of the summary",
        stated,
        verdict,
    )


def _settlement_edges(batches: pl.DataFrame, listed: frozenset[tuple[str, str, str]]) -> Iterable[Edge]:
    """Each batch that a settlement lists against the Summary Report of that batch."""
    for row in batches.iter_rows(named=True):
        batch = f"{OF_BATCH}{row['clearing_batch_id']}"
        for identity, name, settled, cleared in (
            (BATCH_COUNT, "count", row["settled_count"], row["cleared_count"]),
            (BATCH_AMOUNT, "amount", row["settled_minor"], row["cleared_minor"]),
        ):
            verdict = _judged(settled, cleared, Verdict.EQUAL)
            if row["cleared_minor"] is None:
                verdict = Verdict.UNKNOWN_BATCH
            edge = Edge(
                identity,
                *_set_of(row),
                row["file_id"],
                f"{name}{batch}{IN_SETTLEMENT}",
                settled,
                f"{name} in its summary",
                cleared,
                verdict,
            )
            yield _as_listed(edge, (*edge.set_key[:2], str(row["clearing_batch_id"])) in listed)


def _as_listed(edge: Edge, is_listed: bool) -> Edge:
    """A difference that a break carries is no failure of the proof."""
    return replace(edge, verdict=Verdict.LISTED) if is_listed and edge.verdict == Verdict.DIFFERENT else edge


def _judged(left: object, right: object, if_equal: Verdict) -> Verdict:
    if left is None or right is None:
        return Verdict.NOT_REPORTED
    return if_equal if left == right else Verdict.DIFFERENT


def _set_of(row: Row) -> tuple[str, str, str]:
    return (
        str(row["participant_agreement_id"]),
        str(row["settlement_currency"]),
        str(row["batch_id"]),
    )


def _int(value: object) -> int:
    return int(value)  # type: ignore[call-overload, no-any-return]


def _maybe(value: object) -> int | None:
    return None if value is None else _int(value)
