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
    lines = rows(_LINES, batch=batch, agreement=agreement, currency=currency)
    settled_by = {str(line["batch_id"]) for line in lines if line["kind"] == "settlement"}
    names = {"batches": sorted({batch, *settled_by}), "agreement": agreement, "currency": currency}
    return BatchRows(
        keys=sorted({key for line in lines for key in _keys(line, batch)}),
        files=rows(_FILES, **names),
        totals=[with_origin(row) for row in rows(_TOTALS, **names)],
        lines=[with_origin(line) for line in lines],
        edges=rows(_STANDING.format(table="edges", column="batch_id"), **names),
        batches=rows(_BATCHES, batch=batch, agreement=agreement, currency=currency),
        settlements=rows(_STANDING.format(table="settlements", column="settlement_batch_id"), **names),
    )


def _keys(line: Row, batch: str) -> list[str]:
    """Of the batch and of the settlement that pays it."""
    names = (batch, str(line["batch_id"]))
    return [f"{line['participant_agreement_id']}:{line['settlement_currency']}:{name}" for name in names]


def _parts(asked: str) -> tuple[str | None, str | None, str]:
    agreement, _, rest = asked.partition(":")
    currency, _, batch = rest.partition(":")
    return (agreement, currency, batch) if batch else (None, None, asked)


_OF_SET = (
    "x.participant_agreement_id = COALESCE($agreement, x.participant_agreement_id) "
    "AND x.settlement_currency = COALESCE($currency, x.settlement_currency)"
)
_IN = "IN (SELECT UNNEST($batches))"
_LINES = (
    "SELECT x.*, x.clearing_day AS as_of_day FROM parsed.batch_lines AS x "
    f"WHERE (x.clearing_batch_id = $batch OR x.batch_id = $batch) AND {_OF_SET} ORDER BY ALL"
)
_FILES = (
    f"SELECT x.*, x.clearing_day AS as_of_day FROM parsed.files AS x WHERE x.batch_id {_IN} AND {_OF_SET} ORDER BY ALL"
)
_TOTALS = (
    "SELECT x.*, x.clearing_day AS as_of_day FROM parsed.section_totals AS x "
    f"WHERE x.batch_id {_IN} AND {_OF_SET} ORDER BY ALL"
)
_STANDING = f"SELECT x.* FROM tied_out.{{table}} AS x WHERE x.{{column}} {_IN} AND {_OF_SET} ORDER BY ALL"
_BATCHES = (
    "SELECT x.* FROM tied_out.batches AS x WHERE (x.clearing_batch_id = $batch "
    "OR LIST_CONTAINS(STRING_SPLIT(x.settlement_batch_ids, ' '), $batch)) "
    f"AND {_OF_SET} ORDER BY ALL"
)
