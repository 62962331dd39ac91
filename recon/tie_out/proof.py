"""The proof of a day in one table: every identity with both sides and what is left over.

    conservation   what came in has exactly one outcome, per side
    control total  totals of the reports, one line per edge of the tie-out graph (`recon.tie_out`)
    register       opening and movements give the closing list, per code and currency

The day is proved if nothing is left over anywhere; else the first line that fails says where to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from recon.identities import CONSERVATION, REGISTER
from recon.tie_out import EDGE_SCHEMA, FAILING, Verdict, figure, in_order
from recon.tie_out.residuals import NOTHING


def identities(edges: pl.DataFrame, conservation: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """One table in the columns of EDGE_SCHEMA.

    `edges`: those of `tie_out`. `conservation`: side, outcome, row_count. `register`: `register_identity`.
    """
    days = edges["as_of_day"].to_list() + conservation["as_of_day"].to_list()
    counted = set(conservation["side"])
    sides = [side for side in CONSERVATION if counted & {side, f"input {side}"}]
    more = pl.concat([conserved(conservation, sides), registered(register)])
    if days:
        more = more.with_columns(as_of_day=pl.lit(days[0]))
    return in_order(pl.concat([edges.select(*EDGE_SCHEMA), more]))


def failing(table: pl.DataFrame) -> pl.DataFrame:
    """The identities that do not hold."""
    return table.filter(pl.col("verdict").is_in(list(FAILING)))


def first_failing(table: pl.DataFrame, behind: pl.DataFrame | None = None) -> str | None:
    """The first identity that does not hold, in words; None if the day is proved.

    `behind`: the rows behind what is left over (`recon.tie_out.residuals`), if they are known.
    """
    wrong = failing(table)
    if wrong.is_empty():
        return None
    row = wrong.row(0, named=True)
    place = " ".join(
        str(row[name]) for name in ("participant_agreement_id", "settlement_currency", "batch_id") if row[name]
    )
    where = f" ({place})" if place else ""
    if row["verdict"] == Verdict.NO_SECTION:
        return f"{row['edge']}{where}: {row['file_id']} has no summary section that says what its rows must amount to"
    if row["right_value"] is None or row["left_value"] is None:
        return f"{row['edge']}{where}: {row['left_name']} was not counted"
    left, right, residual = (figure(row, row[name]) for name in ("left_value", "right_value", "residual"))
    sentence = (
        f"{row['edge']}{where}: {row['left_name']} is {left}, {row['right_name']} is {right}, {residual} left over"
    )
    return sentence if behind is None else f"{sentence}, {_how_many(row, behind)}"


def _how_many(row: Mapping[str, object], behind: pl.DataFrame) -> str:
    named = ("edge", "participant_agreement_id", "settlement_currency", "batch_id", "left_name")
    own = behind.filter(pl.all_horizontal(pl.col(name).eq_missing(pl.lit(row[name])) for name in named))
    if row["file_id"] is not None:
        own = own.filter(pl.col("total_file_id") == row["file_id"])
    count = own.filter(pl.col("cause") != NOTHING).unique("cause")["row_count"].sum()
    if not count:
        return "no single row explains it"
    return f"{count:,} {'row' if count == 1 else 'rows'} behind it"


def conserved(conservation: pl.DataFrame, sides: Iterable[str] = CONSERVATION) -> pl.DataFrame:
    """A line for each of these sides: how many came in, and how many have an outcome (EDGE_SCHEMA)."""
    counted = dict(conservation.group_by("side").agg(pl.col("row_count").sum()).select("side", "row_count").iter_rows())
    rows = [
        _line(
            CONSERVATION[side],
            f"input {side}",
            counted.get(f"input {side}"),
            f"{side} with an outcome",
            counted.get(side, 0),
        )
        for side in sides
    ]
    return pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row")


def registered(register: pl.DataFrame) -> pl.DataFrame:
    """A line for each code and currency: what opening and movements give, and the closing list (EDGE_SCHEMA)."""
    rows = [
        _line(
            REGISTER, f"opening and movements of {row['break_code']}", row["residual"] + row["closing"],
            closing_list(row["break_code"]), row["closing"],
        )
        | {"settlement_currency": row["currency"]}
        for row in register.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row")


def closing_list(break_code: str) -> str:
    """How the register calls the list of a code."""
    return f"closing list of {break_code}"


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


PROVED, INCOMPLETE = "proved", "incomplete"
