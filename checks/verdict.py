"""How a proof is declared, and reported: passed, or a short list of problems in plain words, the first of which
becomes the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg
import polars as pl

from views.metadata import table, with_money

REASON = "reason"  # metadata key of a failed check; the day's reason is made of these
ROWS_BEHIND = "rows_behind"
MOST_SHOWN = 3
SHOWN = ("edge", "batch_id", "left_name", "file_id", "line_number", "id", "amount", "why", "row_count")


def stops(name: str, asset: dg.AssetKey, description: str, *, also: Sequence[dg.AssetKey] = ()) -> dg.AssetCheckSpec:
    """A check that stops the day if it fails. `also`: other assets that it looks at."""
    return dg.AssetCheckSpec(name, asset=asset, description=description, blocking=True, additional_deps=also)


def warns(name: str, asset: dg.AssetKey, description: str) -> dg.AssetCheckSpec:
    """A check that stops nothing."""
    return dg.AssetCheckSpec(name, asset=asset, description=description)


def verdict(
    key: Sequence[str],
    name: str,
    problems: Sequence[str],
    *,
    is_warning: bool = False,
    behind: pl.DataFrame | None = None,
    **metadata: dg.MetadataValue | int | str,
) -> dg.AssetCheckResult:
    """Passed if there is no problem. `behind`: the rows behind what is left over (`recon.tie_out.residuals`)."""
    shown: dict[str, dg.MetadataValue | int | str] = dict(metadata)
    if problems:
        shown[REASON] = in_one_line(problems)
        shown["problems"] = table(pl.DataFrame({"problem": list(problems)}))
        if behind is not None and behind.height:
            shown[ROWS_BEHIND] = table(with_money(behind, "amount_minor", "currency").select(SHOWN), most=60)
    return dg.AssetCheckResult(
        asset_key=list(key),
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        metadata=shown,
    )


def reason_of(result: dg.AssetCheckResult | dg.AssetCheckEvaluation) -> str | None:
    """Why a proof stops the day, in one line; None if it holds or only warns."""
    if result.passed or result.severity is not dg.AssetCheckSeverity.ERROR:
        return None
    reason = result.metadata.get(REASON)
    name = f"{result.asset_key.to_user_string()}:{result.check_name}" if result.asset_key else result.check_name
    return str(getattr(reason, "value", reason)) if reason is not None else f"{name} failed"


def in_one_line(problems: Sequence[str]) -> str:
    """The first problems in one line, and how many more there are."""
    more = len(problems) - MOST_SHOWN
    return "; ".join(problems[:MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")
