"""The data flow: its states in order, and what Dagster shows of an asset because of its state.

The first part of an asset key is its state. Groups are numbered, because Dagster sorts them by name.
"""

from __future__ import annotations

from typing import Any

import dagster as dg

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
