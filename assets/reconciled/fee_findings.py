"""What one cause explains of the fees that differ on a day, read from what was reconciled."""

from __future__ import annotations

from datetime import date

import duckdb

from recon.fees import FeeContract
from recon.fees.patterns import DIFFERING_SCHEMA, Pattern, find_patterns


def patterns_of_day(connection: duckdb.DuckDBPyConnection, day: date, contract: FeeContract) -> list[Pattern]:
    """The causes behind the differing fees of payments, those that are still open included."""
    differing = connection.execute(
        f"SELECT {', '.join(DIFFERING_SCHEMA)} FROM reconciled.fees "
        "WHERE as_of_day = ? AND code = 'C04' AND NOT is_refund AND transaction_count = 1 AND fee_count = 1 "
        "ORDER BY transaction_id, fee_kind",
        [day],
    ).pl()
    return find_patterns(differing, contract) if contract.rates else []
