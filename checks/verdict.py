"""How a proof is told: passed, or a short list of problems in plain words, the first of which
becomes the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg
import polars as pl

from assets.shown import table

REASON = "reason"  # metadata key of a failed check; the day's reason is made of these
TOLD = 3


def verdict(
    key: Sequence[str],
    name: str,
    problems: Sequence[str],
    *,
    is_warning: bool = False,
    **metadata: dg.MetadataValue | int | str,
) -> dg.AssetCheckResult:
    """Passed if there is no problem."""
    shown: dict[str, dg.MetadataValue | int | str] = dict(metadata)
    if problems:
        shown[REASON] = told(problems)
        shown["problems"] = table(pl.DataFrame({"problem": list(problems)}))
    return dg.AssetCheckResult(
        asset_key=list(key),
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        metadata=shown,
    )


def told(problems: Sequence[str]) -> str:
    """The first problems in one line, and how many more there are."""
    more = len(problems) - TOLD
    return "; ".join(problems[:TOLD]) + (f"; and {more} more" if more > 0 else "")
