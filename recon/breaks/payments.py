"""The payment decision: one outcome for every paymentRequestId, then flags.

Source: the break catalogue, section 6.2 (first match wins; enumeration proves that every combination of facts
gets exactly one outcome). The conditions speak over the columns of `sql/payment_facts.sql`.
"""

from __future__ import annotations

from recon.breaks.decision import Rule

PAYMENT_DECISION = (
    Rule("OK_ARCHIVED", "NOT has_order AND is_settled_earlier"),
    Rule("P10", "NOT has_order AND report_count >= 2"),
    Rule("P06", "NOT has_order"),
    Rule("OK_TEST", "is_test AND report_count = 0"),
    Rule("P16", "pay_state = 'UNMAPPED' OR confirm_state = 'UNMAPPED'"),
    Rule("P10", "report_count >= 2"),
    Rule("P01", "report_count = 1 AND pay_state = 'INIT'"),
    Rule("P02", "report_count = 1 AND pay_state = 'FAILED'"),
    Rule("P20", "report_count = 1 AND pay_state = 'CLOSED' AND is_netted"),
    Rule("P03", "report_count = 1 AND pay_state = 'CLOSED'"),
    Rule("OK_REFUNDED", "report_count = 1 AND confirm_state <> 'CONFIRMED' AND is_fully_refunded"),
    Rule("OK_AWAIT_CONFIRM", "report_count = 1 AND confirm_state = 'NOT_CONFIRMED' AND is_in_confirm_grace"),
    Rule("P04", "report_count = 1 AND confirm_state = 'NOT_CONFIRMED'"),
    Rule("P05", "report_count = 1 AND confirm_state = 'CANCELLED'"),
    Rule("P00", "report_count = 1"),
    Rule("OK_BEFORE_START", "is_before_start"),
    Rule("P19", "confirm_state = 'CONFIRMED' AND pay_state <> 'SUCCESS'"),
    Rule("T01", "pay_state = 'SUCCESS' AND NOT is_past_late_cycles"),
    Rule("P07", "pay_state = 'SUCCESS'"),
    Rule("P01", "pay_state = 'INIT' AND answer = 'PAID'"),
    Rule("OK_INFLIGHT", "pay_state = 'INIT' AND is_in_init_grace"),
    Rule("P17", "pay_state = 'INIT'"),
    Rule("OK_NO_MONEY", "pay_state IN ('FAILED', 'CLOSED')"),
)

# Gravest first: with primary P00, the first flag that is a code of the catalogue becomes the code of the break.
PAYMENT_FLAGS = (
    Rule("P08", "has_amount_diff"),
    Rule("P09", "has_currency_diff"),
    Rule("R14", "has_late_cancel"),
    Rule("P11", "is_duplicate_suspect"),
    Rule("P14", "has_agreement_diff"),
    Rule("P15", "has_environment_mix"),
    Rule("P18", "has_identity_diff"),
    Rule("P13", "has_settlement_diff"),
    Rule("P12", "has_cycle_shift"),
)
# Reading: what a full refund does not undo. With OK_REFUNDED the first of these becomes the code of the break.
LASTING_FLAGS = tuple(rule for rule in PAYMENT_FLAGS if rule.code in ("P14", "P15"))
PAYMENT_SUB_FLAGS = (
    Rule("SCALE", "has_amount_diff AND is_scaled"),
    Rule("SAME_TXN", "report_count >= 2 AND is_same_transaction"),
    Rule("REQUEST_ID", "has_other_request_id"),
    Rule("PAIRED_BY_PROVIDER_ID", "is_paired_by_provider_id AND NOT has_other_request_id"),
    Rule(
        "BEFORE_REPORT", "pay_state = 'INIT' AND report_count = 0 AND confirm_state <> 'CONFIRMED' AND answer = 'PAID'"
    ),
    Rule(
        "MONEY_BACK",
        "pay_state IN ('INIT', 'FAILED', 'CLOSED') AND report_count = 1 AND is_fully_refunded "
        "AND NOT (pay_state = 'CLOSED' AND is_netted)",
    ),
    Rule(
        "TEST_REFUNDED",
        "has_environment_mix AND is_test AND pay_state = 'SUCCESS' AND confirm_state <> 'UNMAPPED' "
        "AND report_count = 1 AND is_fully_refunded",
    ),
    Rule(
        "REFUND_SENT",
        "report_count = 1 AND is_refund_sent AND NOT is_fully_refunded "
        "AND (pay_state IN ('INIT', 'FAILED') OR (pay_state = 'CLOSED' AND NOT is_netted) "
        "OR (pay_state = 'SUCCESS' AND confirm_state <> 'UNMAPPED' "
        "AND (confirm_state <> 'CONFIRMED' OR has_late_cancel OR (has_environment_mix AND is_test))))",
    ),
    Rule("MONEY_AWAY", "pay_state = 'SUCCESS' AND confirm_state <> 'UNMAPPED' AND report_count = 0 AND has_row_away"),
)
