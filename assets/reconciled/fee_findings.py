"""What one cause explains of the fees that differ on a day, read from what was reconciled."""

from __future__ import annotations

from datetime import date

import duckdb

from recon.fees import FeeContract
from recon.fees.patterns import DIFFERING_SCHEMA, Pattern, find_patterns
from recon.sql_text import sql_text


def patterns_of_day(connection: duckdb.DuckDBPyConnection, day: date, contract: FeeContract) -> list[Pattern]:
    """The causes behind the differing fees of payments, those that are still open included."""
    if not contract.rates:
        return []
    statement = sql_text("assets.reconciled", "differing_fees").format(columns=", ".join(DIFFERING_SCHEMA))
    return find_patterns(connection.execute(statement, [day]).pl(), contract)
