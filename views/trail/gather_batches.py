"""Gathers what the warehouse knows of a clearing batch or a settlement, over all days."""

from __future__ import annotations

from collections.abc import Callable

from views.trail.batch_story import BatchRows
from views.trail.event import Row

Query = Callable[..., list[Row]]


def batch_rows(rows: Query, with_origin: Callable[[Row], Row], asked: str) -> BatchRows:
    """All rows of a batch named by its id, or by `<agreement>:<currency>:<id>`; of a clearing batch also the totals of
    the settlements that pay it.

    `rows` runs a query; `with_origin` adds the file of a row and its raw line.
    """
    agreement, currency, batch = _parts(asked)

    def of_set(table: str, where: str, **values: object) -> list[Row]:
        found = rows(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL", **values)
        return [
            {"as_of_day": row.get("clearing_day")} | row for row in found
            if agreement in (None, row["participant_agreement_id"]) and currency in (None, row["settlement_currency"])
        ]  # fmt: skip

    lines = of_set("parsed.batch_lines", "$batch IN (clearing_batch_id, batch_id)", batch=batch)
    settled_by = {str(line["batch_id"]) for line in lines if line["kind"] == "settlement"}
    batches = sorted({batch, *settled_by})
    totals = of_set("parsed.section_totals", "LIST_CONTAINS($batches, batch_id)", batches=batches)
    pays = "LIST_CONTAINS(STRING_SPLIT(settlement_batch_ids, ' '), $batch)"
    return BatchRows(
        keys=sorted({key for line in lines for key in _keys(line, batch)}),
        files=of_set("parsed.files", "LIST_CONTAINS($batches, batch_id)", batches=batches),
        totals=[with_origin(row) for row in totals],
        lines=[with_origin(line) for line in lines],
        edges=of_set("tied_out.edges", "LIST_CONTAINS($batches, batch_id)", batches=batches),
        batches=of_set("tied_out.batches", f"clearing_batch_id = $batch OR {pays}", batch=batch),
        settlements=of_set("tied_out.settlements", "LIST_CONTAINS($batches, settlement_batch_id)", batches=batches),
    )


def _keys(line: Row, batch: str) -> list[str]:
    """Of the batch and of the settlement that pays it."""
    names = (batch, str(line["batch_id"]))
    return [f"{line['participant_agreement_id']}:{line['settlement_currency']}:{name}" for name in names]


def _parts(asked: str) -> tuple[str | None, str | None, str]:
    agreement, _, rest = asked.partition(":")
    currency, _, batch = rest.partition(":")
    return (agreement, currency, batch) if batch else (None, None, asked)
