"""The fee decision: one outcome for every transaction and kind of fee.

The conditions speak over the columns of `sql/fee_facts.sql`. Decided here, since no document says it:

- A fee row belongs to the transaction of its Alipay+ id, else to that of its request id, else to none (C02).
- A fee row in another set than every row of its transaction is C02: that set is not owed it.
- A fee row that another one takes back, with the same amount in the same set, no longer counts, nor does that one.
- Several rows that together are the contracted fee are that fee; together less than it, they differ (C04).
- Without contracted rates nothing is recomputed and nothing is missing: belonging, number and currency are judged.
- A fee that comes back though nothing was due is C02, one that comes back with another amount is C04.
- A refund whose payment no report of ours holds (it is older than the first day) can lack its return (C06), but the
  amount is not judged unless the contract returns nothing, or a fee is charged: no contract charges one for a refund.
- A wallet or merchant that the row does not name is that of our order. If neither is known and the rate depends
  on it, no amount is judged; a fee that every such rate asks for is still missing if it is not there.
- A row of a type that the layout does not know may carry any fee.
"""

from __future__ import annotations

from recon.breaks.decision import Rule
from recon.fees import MILLION
from recon.sql_text import sql_text

FEE_DECISION = (
    Rule("C02", "fee_count > 0 AND NOT has_transaction"),
    Rule("C02", "fee_count > 0 AND has_rates AND NOT is_known_kind"),
    Rule("C03", "fee_count > transaction_count AND (has_currency_diff OR is_in_excess)"),
    Rule("C05", "fee_count > 0 AND has_currency_diff"),
    Rule("C02", "fee_count > 0 AND is_elsewhere"),
    Rule("C02", "fee_count > 0 AND is_computed AND due_minor = 0 AND has_amount_diff"),
    Rule("C02", "is_refund AND has_rates AND NOT is_computed AND charged_minor > 0 AND has_amount_diff"),
    Rule("C06", "fee_count < due_count AND is_refund"),
    Rule("C01", "fee_count < due_count"),
    Rule("C04", "fee_count > 0 AND is_computed AND has_amount_diff"),
    Rule("FEE_RATE_UNKNOWN", "NOT is_rate_known"),
    Rule("FEE_NOT_DUE", "fee_count = 0"),
    Rule("FEE_NOT_COMPUTED", "NOT is_computed"),
    Rule("C00", "is_computed"),
)


def rounded(numerator: str, denominator: str, rounding: str, step: str) -> str:
    """A quotient of SQL expressions that are not negative, as a whole multiple of a step, half-even an even one."""
    denominator = f"({denominator} * {step})"  # the product may need more than 64 bits, the quotient does not
    quotient, rest = f"({numerator}) // {denominator}", f"({numerator}) % {denominator}"
    return (
        f"CAST((({quotient}) + CASE {rounding} WHEN 'UP' THEN CASE WHEN {rest} > 0 THEN 1 ELSE 0 END "
        f"WHEN 'DOWN' THEN 0 "
        f"WHEN 'HALF_EVEN' THEN CASE WHEN 2 * ({rest}) > {denominator} "
        f"OR (2 * ({rest}) = {denominator} AND ({quotient}) % 2 = 1) THEN 1 ELSE 0 END "
        f"ELSE CASE WHEN 2 * ({rest}) >= {denominator} THEN 1 ELSE 0 END END) * {step} AS BIGINT)"
    )


def fee(amount: str, term: str, integer: str = "HUGEINT") -> str:
    """The fee of an amount under a line of terms, as SQL: zero for zero, null without a rate.

    The share is rounded, then the fixed part, the minimum and the cap count.
    `integer`: the type to compute in. 64 bits (BIGINT) are fast, and a product that does not fit is an error.
    """
    share = rounded(
        f"CAST({amount} AS {integer}) * {term}.millionths", str(MILLION), f"{term}.rounding", f"{term}.step_minor"
    )
    least = f"GREATEST({share} + {term}.fixed_minor, {term}.minimum_minor)"
    return (
        f"CASE WHEN {term}.millionths IS NULL THEN NULL WHEN {amount} = 0 THEN 0 "
        f"WHEN {term}.cap_minor IS NULL THEN {least} ELSE LEAST({least}, {term}.cap_minor) END"
    )


def returned_fee(refund: str, charged: str) -> str:
    """What the contract returns of a fee with a refund, as SQL: zero or negative, minor units.

    `refund`: alias of the relation with its settlement_amount_minor. `charged`: of that with the fee of its payment
    (paid_fee, paid_minor, is_whole) and the line of the contract.
    """
    amount = f"CAST({refund}.settlement_amount_minor AS HUGEINT) * "
    scale = f"{charged}.rounding", f"{charged}.step_minor"
    own_rate = rounded(f"{amount}{charged}.millionths", str(MILLION), *scale)
    share = rounded(
        f"CAST({charged}.paid_fee AS HUGEINT) * {refund}.settlement_amount_minor", f"{charged}.paid_minor", *scale
    )
    return (
        f"CASE WHEN {charged}.returned = 'none' OR {charged}.paid_minor = 0 THEN 0 "
        f"WHEN {charged}.returned = 'full' THEN CASE WHEN {charged}.is_whole THEN -{charged}.paid_fee ELSE 0 END "
        f"WHEN {charged}.returned = 'own_rate' THEN -LEAST({own_rate}, {charged}.paid_fee) "
        f"ELSE -({share}) END"
    )


# One line of the contract for each party and kind of fee: see the head of the file.
TERMS = sql_text("recon.fees", "terms")
