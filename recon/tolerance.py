"""Every threshold of the reconciliation, in one frozen value. No number of this kind is anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Tolerance:
    """Graces are lengths of time, amounts are minor units, shares are between 0 and 1."""

    arrival_grace: timedelta = timedelta(minutes=30)  # after 08:00 UTC+8, before a report counts as late
    confirm_grace: timedelta = timedelta(minutes=15)  # for the merchant to confirm a paid sale
    init_grace: timedelta = timedelta(minutes=30)  # for an order to get a final answer
    late_cycles: int = 2  # clearing days until a missing row becomes a break
    duplicate_window: timedelta = timedelta(minutes=10)  # two charges of one till that may be one sale
    refund_warning: timedelta = timedelta(days=35)  # before the refund deadline
    settlement_minor: int = 0  # amount of the notification against reported settlement amount
    refund_fx_minor: int = 1  # settlement of a refund against the payment's own rate
    systematic_shift_share: float = 0.01  # P12 beyond this share of the day is one cause
    flood_rows: int = 100  # breaks of one cause from which on they are one incident
