"""The one row of instants and thresholds that the SQL of a day compares with. UTC without a zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from recon.clearing_day import as_of, day_end, day_start, without_zone
from recon.fees import FeeContract
from recon.matching.agreements import AgreementRule
from recon.tolerance import Tolerance
from recon.valuation import Reporting


def day_parameters(
    day: date, start_day: date, tolerance: Tolerance, *, is_production: bool = True
) -> dict[str, object]:
    """Columns and values of the relation `parameters` for one clearing day.

    overdue_before_at: what was paid before it and is still unreported is a break now (section 6.1 of the catalogue's
    source: every day up to `late_cycles` later is done). Graces are written as the instant since which they run.
    """
    as_of_at = as_of(day, tolerance.arrival_grace)
    return {
        "as_of_day": day,
        "as_of_at": without_zone(as_of_at),
        "day_start_at": without_zone(day_start(day)),
        "day_end_at": without_zone(day_end(day)),
        "start_day": start_day,
        "first_day_at": without_zone(day_start(start_day)),
        "overdue_before_at": without_zone(day_end(day - timedelta(days=tolerance.late_cycles))),
        "confirm_since": without_zone(as_of_at - tolerance.confirm_grace),
        "init_since": without_zone(as_of_at - tolerance.init_grace),
        "duplicate_window": tolerance.duplicate_window,
        "settlement_minor": tolerance.settlement_minor,
        "refund_fx_minor": tolerance.refund_fx_minor,
        "is_production": is_production,
    }


@dataclass(frozen=True)
class DayRules:
    """What the reconciliation of a day needs to know besides the data."""

    start_day: date
    tolerance: Tolerance = field(default_factory=Tolerance)
    agreements: tuple[AgreementRule, ...] = ()
    is_production: bool = True
    fees: FeeContract = field(default_factory=FeeContract)
    reporting: Reporting = field(default_factory=Reporting)
