"""A check of a clearing day is of that partition: a backfill of an old day does not hide the result of the newest."""

from __future__ import annotations

import warnings

import dagster as dg


def of_each_day(checks: dg.AssetChecksDefinition, days: dg.PartitionsDefinition[str]) -> dg.AssetChecksDefinition:
    """The same checks, with one result for each partition of `days`, which are those of their assets."""
    specs = {name: _of_each_day(spec, days) for name, spec in checks.node_check_specs_by_output_name.items()}
    made: dg.AssetChecksDefinition = dg.AssetChecksDefinition.create(
        keys_by_input_name=checks.node_keys_by_input_name,
        node_def=checks.op,
        check_specs_by_output_name=specs,
        can_subset=checks.can_subset,
        resource_defs=checks.resource_defs,
    )
    return made


def _of_each_day(spec: dg.AssetCheckSpec, days: dg.PartitionsDefinition[str]) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # the pinned version has it, and a test holds it
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=spec.description,
            additional_deps=list(spec.additional_deps),
            blocking=spec.blocking,
            metadata=spec.metadata,
            partitions_def=days,
        )
