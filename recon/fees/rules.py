"""The fee decision: one outcome for every transaction and kind of fee.

The conditions speak over the columns of `sql/fee_facts.sql`. Decided here, since no document says it:

- A fee row belongs to the transaction of its Alipay+ id, else to that of its request id, else to none (C02).
- A fee row in another set than every row of its transaction is C02: that set is not owed it.
- Without contracted rates nothing is recomputed and nothing is missing: belonging, number and currency are judged.
- A fee that comes back though nothing was due is C02, one that comes back with another amount is C04.
- A refund whose payment no report of ours holds (it is older than the first day) can lack its return (C06), but the
  amount is not judged unless the contract returns nothing.
- A row of a type that the layout does not know may carry any fee.
"""

from __future__ import annotations

from recon.breaks.decision import Rule
from recon.fees import MILLION

FEE_DECISION = (
    Rule("C02", "fee_count > 0 AND NOT has_transaction"),
    Rule("C02", "fee_count > 0 AND has_rates AND NOT is_known_kind"),
    Rule("C03", "fee_count > transaction_count"),
    Rule("C05", "fee_count > 0 AND has_currency_diff"),
    Rule("C02", "fee_count > 0 AND is_elsewhere"),
    Rule("C02", "fee_count > 0 AND is_computed AND due_count = 0 AND has_amount_diff"),
    Rule("C06", "fee_count < due_count AND is_refund"),
    Rule("C01", "fee_count < due_count"),
    Rule("C04", "fee_count > 0 AND is_computed AND has_amount_diff"),
    Rule("FEE_NOT_DUE", "fee_count = 0"),
    Rule("FEE_NOT_COMPUTED", "NOT is_computed"),
    Rule("C00", "is_computed"),
)


def rounded(numerator: str, denominator: str, rounding: str, step: str) -> str:
    """A quotient of SQL expressions that are not negative, as a multiple of a step; see `recon.fees.divided`."""
    denominator = f"({denominator} * {step})"  # the product may need more than 64 bits, the quotient does not
    quotient, rest = f"({numerator}) // {denominator}", f"({numerator}) % {denominator}"
    return (
        f"CAST((({quotient}) + CASE {rounding} WHEN 'UP' THEN CASE WHEN {rest} > 0 THEN 1 ELSE 0 END "
        f"WHEN 'DOWN' THEN 0 "
        f"WHEN 'HALF_EVEN' THEN CASE WHEN 2 * ({rest}) > {denominator} "
        f"OR (2 * ({rest}) = {denominator} AND ({quotient}) % 2 = 1) THEN 1 ELSE 0 END "
        f"ELSE CASE WHEN 2 * ({rest}) >= {denominator} THEN 1 ELSE 0 END END) * {step} AS BIGINT)"
    )


def fee(amount: str, term: str) -> str:
    """The fee of an amount under a line of terms, as SQL; null without a rate. See `recon.fees.fee_of`."""
    share = rounded(
        f"CAST({amount} AS HUGEINT) * {term}.millionths", str(MILLION), f"{term}.rounding", f"{term}.step_minor"
    )
    least = f"GREATEST({share} + {term}.fixed_minor, {term}.minimum_minor)"
    return (
        f"CASE WHEN {term}.millionths IS NULL THEN NULL WHEN {amount} = 0 THEN 0 "
        f"WHEN {term}.cap_minor IS NULL THEN {least} ELSE LEAST({least}, {term}.cap_minor) END"
    )


# From `parties` (a clearing day, agreement, settlement currency, wallet and merchant) to one line for each kind of fee
# that the contract knows for them: the line with the largest weight, the first among equals.
_LINE = """SELECT
    p.clearing_day, p.participant_agreement_id, p.settlement_currency, p.psp_id, p.merchant_id,
    t.fee_kind, t.millionths, t.fixed_minor, t.minimum_minor, t.cap_minor, t.rounding, t.step_minor, t.returned,
    t.weight, t.rate_number
  FROM parties AS p
  JOIN fee_rates AS t ON {merchant}
    AND t.participant_agreement_id IN ('*', p.participant_agreement_id)
    AND t.settlement_currency IN ('*', p.settlement_currency)
    AND t.psp_id IN ('*', p.psp_id)
    AND p.clearing_day >= t.first_day AND p.clearing_day <= t.last_day"""
TERMS = f"""fitting AS (
  {_LINE.format(merchant="t.merchant_id = p.merchant_id")}
  UNION ALL
  {_LINE.format(merchant="t.merchant_id = '*'")}
),
ranked AS (
  SELECT
    f.*,
    ROW_NUMBER() OVER (
      PARTITION BY f.clearing_day, f.participant_agreement_id, f.settlement_currency, f.psp_id, f.merchant_id,
        f.fee_kind
      ORDER BY f.weight DESC, f.rate_number
    ) AS place
  FROM fitting AS f
)
SELECT
  k.clearing_day, k.participant_agreement_id, k.settlement_currency, k.psp_id, k.merchant_id, k.fee_kind,
  k.rate_number, k.millionths, k.fixed_minor, k.minimum_minor, k.cap_minor, k.rounding, k.step_minor, k.returned
FROM ranked AS k
WHERE k.place = 1"""
