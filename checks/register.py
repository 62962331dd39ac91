"""The list of breaks follows from that of the day before: opening + new - resolved = closing, one
line per break.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.breaks.asset import BREAKS
from assets.states import day_of
from assets.tied_out.residuals import residuals_of_day
from checks.verdict import stops, verdict
from recon.identities import REGISTER
from recon.listing import counted
from recon.tie_out.proof import registered
from resources.register import identity_of_day
from resources.warehouse import Warehouse
from views.metadata import table

IDENTITY, LOOKED_AT, UNIQUE = "opening_and_movements_equal_closing", "resolved_by_data", "break_id_is_unique"
ITEMS, MOVEMENTS = (spec.key for spec in BREAKS)
ABOUT = f"Opening + new - resolved = closing, per code and currency ({REGISTER})."
SPECS = [
    stops(IDENTITY, MOVEMENTS, ABOUT, also=[ITEMS]),
    stops(LOOKED_AT, MOVEMENTS, "Of every resolved break, today's data says why."),
    stops(UNIQUE, ITEMS, "One line per break."),
]


@dg.multi_asset_check(name="register", specs=SPECS)
def register(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetCheckResult]:
    """Compute the identity from what is kept."""
    day = day_of(context)
    with warehouse.connect() as connection:
        identity = identity_of_day(connection, day)
        behind = residuals_of_day(connection, warehouse, day, registered(identity))
        unseen = connection.execute(
            "SELECT break_id FROM breaks.movements WHERE as_of_day = ? AND movement = 'RESOLVED' AND outcome IS NULL",
            [day],
        ).fetchall()
        repeated = connection.execute(
            "SELECT break_id FROM breaks.items WHERE as_of_day = ? GROUP BY break_id HAVING COUNT(*) > 1",
            [day],
        ).fetchall()
    residuals = identity.filter(pl.col("residual") != 0)
    problems = [
        f"{row['break_code']} in {row['currency']}: {counted(row['residual'], 'break')} not accounted for"
        for row in residuals.iter_rows(named=True)
    ]
    yield verdict(MOVEMENTS.path, IDENTITY, problems, identity=table(identity, most=60), behind=behind)
    yield verdict(MOVEMENTS.path, LOOKED_AT, [f"nothing says why {name} is resolved" for (name,) in sorted(unseen)])
    yield verdict(ITEMS.path, UNIQUE, [f"{name} is listed twice" for (name,) in sorted(repeated)])
