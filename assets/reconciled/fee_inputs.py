"""What the fee statements of a day read: fee rows of the day and before it, the contract, and what was open.

The statements are in `recon/matching/sql`, the contract is a `FeeContract` of `recon.fees`.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from recon.fees import FeeContract, kind_frame, rate_frame
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from resources.engine import Engine
from resources.parsed_rows import rows_between
from resources.warehouse import Warehouse

OPENING = ("opening_fees", "opening_fee_ids")


def create_fee_inputs(engine: Engine, warehouse: Warehouse, day: date, start_day: date, contract: FeeContract) -> None:
    """The relations `fee_rows_of_day`, `fee_rows_before`, `opening_fees`, `opening_fee_ids`, and the contract."""
    connection = engine.connection
    views = {
        "fee_rows_of_day": rows_between(connection, warehouse, ReportKind.FEE, day, day),
        "fee_rows_before": rows_between(connection, warehouse, ReportKind.FEE, start_day, day - timedelta(days=1)),
    }
    engine.add_views(views)
    for name in OPENING:
        engine.add_table(name, sql_text("assets.reconciled", name), {"day": day})
    engine.add_rows("fee_rates", rate_frame(contract))
    engine.add_rows("fee_kinds", kind_frame(contract.kinds))
    rules = {"tolerance_minor": [contract.tolerance_minor], "has_rates": [bool(contract.rates)]}
    schema = {"tolerance_minor": pl.Int64, "has_rates": pl.Boolean}
    engine.add_rows("fee_contract", pl.DataFrame(rules, schema=schema))
