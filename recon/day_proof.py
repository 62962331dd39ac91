"""The proof of a day in one table: every identity with both sides and what is left over.

    K...  control totals of the reports, one line per edge of the tie-out graph (`recon.tie_out`)
    C...  conservation: what came in has exactly one outcome, per side
    R...  the register: opening and movements give the closing list, per code and currency

The day is proved if nothing is left over anywhere; else the first line that fails says where to look.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from recon.tie_out import EDGE_SCHEMA, SORT_KEY, Verdict

CONSERVATION = {"payments": "C1", "refunds": "C2", "rows": "C3", "fees": "C4", "charges": "C5"}
REGISTER = "R1"
FAILING = (Verdict.DIFFERENT, Verdict.NOT_COUNTED)


def identities(edges: pl.DataFrame, conservation: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """One table in the columns of EDGE_SCHEMA.

    `edges`: those of `tie_out`. `conservation`: side, outcome, row_count. `register`: `register_identity`.
    """
    days = edges["as_of_day"].to_list() + conservation["as_of_day"].to_list()
    rows = [*_conserved(conservation), *_registered(register)]
    more = pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row")
    if days:
        more = more.with_columns(as_of_day=pl.lit(days[0]))
    return pl.concat([edges.select(*EDGE_SCHEMA), more]).sort(SORT_KEY, nulls_last=True)


def first_failing(table: pl.DataFrame) -> str | None:
    """The first identity that does not hold, in words; None if the day is proved."""
    failing = table.filter(pl.col("verdict").is_in(list(FAILING)))
    if failing.is_empty():
        return None
    row = failing.row(0, named=True)
    place = " ".join(
        str(row[name]) for name in ("participant_agreement_id", "settlement_currency", "batch_id") if row[name]
    )
    where = f" ({place})" if place else ""
    if row["right_value"] is None or row["left_value"] is None:
        return f"{row['edge']}{where}: {row['left_name']} was not counted"
    return (
        f"{row['edge']}{where}: {row['left_name']} is {row['left_value']}, "
        f"{row['right_name']} is {row['right_value']}, {row['residual']} left over"
    )


def _conserved(conservation: pl.DataFrame) -> Iterator[dict[str, object]]:
    counted = dict(conservation.group_by("side").agg(pl.col("row_count").sum()).select("side", "row_count").iter_rows())
    for side, edge in CONSERVATION.items():
        if side in counted or f"input {side}" in counted:
            yield _line(
                edge, f"input {side}", counted.get(f"input {side}"), f"{side} with an outcome", counted.get(side, 0)
            )


def _registered(register: pl.DataFrame) -> Iterator[dict[str, object]]:
    for row in register.iter_rows(named=True):
        closing = row["closing"]
        name = f"opening and movements of {row['break_code']}"
        line = _line(REGISTER, name, row["residual"] + closing, f"closing list of {row['break_code']}", closing)
        yield line | {"settlement_currency": row["currency"]}


def _line(edge: str, left_name: str, left: int | None, right_name: str, right: int | None) -> dict[str, object]:
    verdict = Verdict.NOT_COUNTED
    residual = None
    if left is not None and right is not None:
        residual = left - right
        verdict = Verdict.DIFFERENT if residual else Verdict.EQUAL
    return dict.fromkeys(EDGE_SCHEMA) | {
        "edge": edge,
        "left_name": left_name,
        "left_value": left,
        "right_name": right_name,
        "right_value": right,
        "residual": residual,
        "verdict": str(verdict),
    }
