"""The partition of every asset: the clearing day in UTC+8. It begins on the first day of the
participant.
"""

from __future__ import annotations

from datetime import date

import dagster as dg

from recon.clearing_day import CLEARING_ZONE_NAME


def clearing_days(start_day: date) -> dg.DailyPartitionsDefinition:
    """One partition a day."""
    return dg.DailyPartitionsDefinition(start_date=start_day.isoformat(), timezone=CLEARING_ZONE_NAME)


def day_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The clearing day of a run."""
    return date.fromisoformat(context.partition_key)
