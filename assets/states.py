"""The data flow: its states in order, its partitions, and what Dagster shows of an asset because of its state.

The first part of an asset key is its state. Groups are numbered, because Dagster sorts them by name.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import dagster as dg

from recon.clearing_day import CLEARING_ZONE_NAME

STATES = ("landed", "parsed", "orders", "reconciled", "tied_out", "breaks", "inquiries", "exports")
SOURCES = {"landed", "orders", "inquiries"}  # what cannot be made again: all else follows from them
OWNERS = ["team:payments"]


def group_of(state: str) -> str:
    """The group of a state, such as `1_landed`."""
    return f"{STATES.index(state) + 1}_{state}"


def in_data_flow(spec: dg.AssetSpec, partitions: dg.PartitionsDefinition[Any]) -> dg.AssetSpec:
    """The same asset in its group, with its partitions, owners, and whether it needs a backup."""
    state = spec.key.path[0]
    return spec.replace_attributes(
        partitions_def=partitions,
        group_name=group_of(state),
        owners=OWNERS,
        tags={**spec.tags, "backup": "needed" if state in SOURCES else "rebuilt"},
    )


def clearing_days(start_day: date) -> dg.DailyPartitionsDefinition:
    """One partition a clearing day in UTC+8; the first is that of the participant."""
    return dg.DailyPartitionsDefinition(start_date=start_day.isoformat(), timezone=CLEARING_ZONE_NAME)


def day_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The clearing day of a run."""
    return date.fromisoformat(context.partition_key)
