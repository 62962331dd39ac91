"""What the contract gives, computed one fee at a time: the twin of the SQL of `recon.fees.rules`."""

from __future__ import annotations

from datetime import date

from recon.fees import MILLION, FeeKind, FeeRate, Returned, Rounding
from recon.matching.agreements import ANY


def fits(rate: FeeRate, day: date, agreement: str, currency: str, psp: str | None, merchant: str | None) -> bool:
    """Whether a line of the contract is about a transaction."""
    return (
        rate.first_day <= day <= rate.last_day
        and rate.agreement in (ANY, agreement)
        and rate.currency in (ANY, currency)
        and rate.psp in (ANY, psp)
        and (ANY in rate.merchants or merchant in rate.merchants)
    )


def divided(numerator: int, denominator: int, rounding: Rounding, step: int = 1) -> int:
    """A quotient of numbers that are not negative, as a whole multiple of `step`; half-even: an even multiple."""
    quotient, rest = divmod(numerator, denominator * step)
    match rounding:
        case Rounding.UP:
            is_more = rest > 0
        case Rounding.DOWN:
            is_more = False
        case Rounding.HALF_EVEN:
            is_more = 2 * rest > denominator * step or (2 * rest == denominator * step and quotient % 2 == 1)
        case Rounding.HALF_UP:
            is_more = 2 * rest >= denominator * step
    return (quotient + is_more) * step


def fee_of(settled_minor: int, rate: FeeRate, rounding: Rounding, step: int = 1) -> int:
    """The fee of a payment: the share is rounded, then the fixed part, the minimum and the cap count. Zero for zero."""
    if settled_minor == 0:
        return 0
    fee = divided(settled_minor * rate.millionths, MILLION, rounding, step) + rate.fixed_minor
    fee = max(fee, rate.minimum_minor)
    return fee if rate.cap_minor is None else min(fee, rate.cap_minor)


def returned_fee(
    fee_minor: int, refunded_minor: int, settled_minor: int, kind: FeeKind, *, is_whole: bool, millionths: int = 0
) -> int:
    """What comes back of the fee of a payment with one of its refunds; amounts as settled, `millionths` of its line."""
    if kind.returned is Returned.NONE or settled_minor == 0:
        return 0
    if kind.returned is Returned.FULL:
        return fee_minor if is_whole else 0
    if kind.returned is Returned.OWN_RATE:
        return min(divided(refunded_minor * millionths, MILLION, kind.rounding, kind.step_minor), fee_minor)
    return divided(fee_minor * refunded_minor, settled_minor, kind.rounding, kind.step_minor)
