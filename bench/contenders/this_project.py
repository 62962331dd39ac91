"""All statements of the day: pairing ladder, refunds, flags, decision tables, evidence, and what they found kept."""

from __future__ import annotations

from assets.reconciled.step import match_day
from bench.inputs import Inputs
from resources.engine import Engine
from resources.settings.rules import day_rules
from resources.warehouse import Warehouse


def match(inputs: Inputs) -> int:
    """Breaks found."""
    warehouse = Warehouse(inputs.state)
    with warehouse.connect() as connection:
        match_day(Engine(connection), warehouse, inputs.day, day_rules(inputs.settings()))
        return int(connection.execute("SELECT COUNT(*) FROM found").fetchall()[0][0])
