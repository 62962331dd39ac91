"""The inputs that conservation lost or counted twice: found while the relations of the reconciliation are still there,
and kept. On a day that conserves its inputs nothing is looked for.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from recon.matching.plan import LOST_INPUTS
from recon.sql_text import sql_text
from recon.tie_out.proof import conserved, failing
from resources.engine import Engine

_OUTCOMES = sql_text("assets.reconciled", "outcome_lines")


def keep_lost_inputs(engine: Engine, day: date) -> None:
    """Replaces `reconciled.lost_inputs` of a day. Call inside `transaction`, after the statements of PROVE."""
    connection = engine.connection
    connection.execute("DELETE FROM reconciled.lost_inputs WHERE as_of_day = ?", [day])
    counted = connection.execute("SELECT side, row_count FROM conservation").pl()
    if failing(conserved(counted)).is_empty():
        return
    named = connection.execute(_OUTCOMES).pl()
    places = named.select("side", place=pl.col("lines").str.split(" ")).explode("place").drop_nulls()
    engine.add_rows("outcome_places", places)
    engine.run(LOST_INPUTS)
    engine.hand_over(LOST_INPUTS.name)
    connection.execute("INSERT INTO reconciled.lost_inputs SELECT CAST(? AS DATE), * FROM lost_inputs", [day])
