"""The rows of Ogloba's database as it is played here: `redemption` and `void`, with their past.

Both tables are system-versioned: a change keeps the old row with the time until which it was valid.
A version that lived less than a quarter of an hour is not kept: no snapshot could have shown it.
Names and codes are invented; a real database is plugged in by configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from sandbox.instants import FOREVER, MINUTE

HISTORY_GRAIN = 15 * MINUTE
NOT_A_COLUMN = ("valid_from", "past", "purged_at")


@dataclass(slots=True)
class Redemption:
    """One sale: its payment (PAY_STAT INIT S F C), and what the till said (TXN_STAT R Y N)."""

    ref_no: str
    store_id: str
    term_id: str
    till_txn_no: str
    amt: int  # minor units here, major units in the database
    cur: str
    crt_tm: int
    upd_tm: int
    pay_stat: str = "INIT"
    txn_stat: str = "R"
    pay_tm: int | None = None
    cfm_tm: int | None = None
    aps_payment_id: str | None = None
    psp_id: str | None = None
    settle_amt: int | None = None
    settle_cur: str | None = None
    rslt_chnl: str | None = None
    rslt_code: str | None = None
    cncl_stat: str = "N"  # N none, Q requested, S, F, U
    cncl_req_tm: int | None = None
    cncl_code: str | None = None
    void_full: int | None = None
    valid_from: int = 0
    past: list[tuple[Any, ...]] = field(default_factory=list)
    purged_at: int = FOREVER


@dataclass(slots=True)
class Void:
    """One refund request: Alipay+'s side (RFD_STAT N I U S F), the database's (VOID_STAT P V X)."""

    void_no: str
    orig_ref_no: str
    rfd_req_id: str | None
    amt: int
    cur: str
    req_tm: int
    upd_tm: int
    rfd_stat: str = "I"
    void_stat: str = "P"
    rfd_tm: int | None = None
    void_tm: int | None = None
    aps_refund_id: str | None = None
    settle_amt: int | None = None
    settle_cur: str | None = None
    initiator: str = "MERCHANT"
    attempts: int = 1
    alert_tm: int | None = None
    valid_from: int = 0
    past: list[tuple[Any, ...]] = field(default_factory=list)
    purged_at: int = FOREVER


Row = Redemption | Void


def columns_of(kind: type[Row]) -> tuple[str, ...]:
    """The columns of a table, without its validity."""
    return tuple(name for name in kind.__dataclass_fields__ if name not in NOT_A_COLUMN)


REDEMPTION_COLUMNS = columns_of(Redemption)
VOID_COLUMNS = columns_of(Void)


def table_schema(kind: type[Row]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Column types of a table, validity included; instants are microseconds."""
    fields = kind.__dataclass_fields__
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        name: pl.Int64 if str(fields[name].type).startswith("int") else pl.String for name in columns_of(kind)
    }
    return schema | {"valid_from": pl.Int64, "valid_to": pl.Int64}


def write(row: Row, at: int, **changes: Any) -> None:
    """Changes a row at an instant; what it said before goes to its past."""
    if at - row.valid_from >= HISTORY_GRAIN:
        row.past.append((*_values(row), row.valid_from, at))
        row.valid_from = at
    for name, value in changes.items():
        setattr(row, name, value)
    row.upd_tm = max(at, row.upd_tm)


def versions(row: Row, now: int) -> list[tuple[Any, ...]]:
    """What the database holds of a row when the play ends; later changes have not happened."""
    known = [*row.past, (*_values(row), row.valid_from, row.purged_at)]
    seen = [version for version in known if version[-2] <= now]
    if seen and now < seen[-1][-1]:
        seen[-1] = (*seen[-1][:-1], FOREVER)
    return seen


def _values(row: Row) -> tuple[Any, ...]:
    names = REDEMPTION_COLUMNS if isinstance(row, Redemption) else VOID_COLUMNS
    return tuple(getattr(row, name) for name in names)
