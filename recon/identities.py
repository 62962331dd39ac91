"""The identities, which must hold on every day. Each has a name in words, `group: what holds`, declared here only;
those of the reports are declared with the kinds of report (`recon.reports.control_totals`).

The warehouse keeps the names, and days are compared by them: a change of a name needs a migration.
"""

from __future__ import annotations

CONSERVATION = {  # side -> name: each of these inputs has exactly one outcome
    "payments": "conservation: payments",
    "refunds": "conservation: refunds",
    "rows": "conservation: report rows",
    "fees": "conservation: fee rows",
    "charges": "conservation: fees due by contract",
}
REGISTER = "register: opening + movements = closing"
CONTENT = "file: content agrees with name"
CONFIRMED_IS_PAID = "order: confirmed implies paid"
PAID_IS_COMPLETE = "order: paid implies paid time and Alipay+ id"
TIMES_IN_SEQUENCE = "order: created, paid, confirmed in sequence"
ONE_FINAL_STATE = "order: not cancelled and paid at once"
REFUND_HAS_ORDER = "refund: has its order, in the same currency"
REFUNDS_WITHIN_PAYMENT = "refund: sum within the payment"
VOIDED_IS_REFUNDED = "refund: voided implies refunded"
REFUND_AFTER_PAYMENT = "refund: not before its payment"
