"""What one cause explains of the fees that differ on a day, read from what was reconciled."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from recon.fees import FeeContract
from recon.fees.patterns import DIFFERING_SCHEMA, Pattern, find_patterns


def patterns_of_day(connection: duckdb.DuckDBPyConnection, day: date, contract: FeeContract) -> list[Pattern]:
    """The causes behind the differing fees of payments, those that are still open included."""
    listed = "SELECT * FROM reconciled.fees WHERE as_of_day = ? AND code = 'C04' ORDER BY transaction_id, fee_kind"
    fees = connection.execute(listed, [day]).pl()
    differing = fees.filter(~pl.col("is_refund"), transaction_count=1, fee_count=1).select(*DIFFERING_SCHEMA)
    return find_patterns(differing, contract) if contract.rates else []
