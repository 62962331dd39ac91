"""The refund decision: one outcome for every refundRequestId, then flags.

Source: the break catalogue, section 6.3 (same verification as the payment decision). The conditions speak over the
columns of `sql/refund_facts.sql`.
"""

from __future__ import annotations

from recon.breaks.decision import Rule

REFUND_DECISION = (
    Rule("NETTED", "NOT has_local AND is_opposite_of_netted"),
    Rule("OTHER", "is_other_type"),
    Rule("R10", "NOT has_local AND report_count >= 2"),
    Rule("R04", "NOT has_local"),
    Rule("OK_ARCHIVED", "is_settled_earlier"),
    Rule("OK_TEST", "is_test AND report_count = 0"),
    Rule("R16", "provider_state = 'UNMAPPED' OR local_state = 'UNMAPPED'"),
    Rule("R10", "report_count >= 2"),
    Rule("R00", "report_count = 1 AND local_state = 'VOIDED'"),
    Rule("R01", "report_count = 1"),
    Rule("OK_BEFORE_START", "is_before_start AND (local_state = 'VOIDED' OR provider_state <> 'SUCCESS')"),
    Rule("R02", "local_state = 'VOIDED' AND provider_state <> 'SUCCESS'"),
    Rule("R01", "provider_state = 'SUCCESS' AND local_state <> 'VOIDED'"),
    Rule("T02", "provider_state = 'SUCCESS' AND NOT is_past_late_cycles"),
    Rule("R05", "provider_state = 'SUCCESS'"),
    Rule("R03", "provider_state IN ('INIT', 'UNKNOWN')"),
    Rule("OK_REFUSED", "provider_state IN ('FAILED', 'NEVER_SENT')"),
)

# Gravest first: with primary R00, the first flag that is a code of the catalogue becomes the code of the break.
# Reading: R03s is a flag, so that a double refund (R10) with an outdated record of ours is not listed as a note.
REFUND_FLAGS = (
    Rule("R06", "has_amount_diff"),
    Rule("R10", "is_repeated"),
    Rule("R07", "is_over_refund"),
    Rule("R08", "is_orphan"),
    Rule("R13", "has_rate_diff"),
    Rule("R03s", "report_count = 1 AND local_state = 'VOIDED' AND provider_state NOT IN ('SUCCESS', 'UNMAPPED')"),
    Rule("R11", "is_late_cycle"),
)
REFUND_SUB_FLAGS = (
    Rule("OTHER_PAYMENT", "other_key IS NOT NULL"),
    Rule("SCALE", "has_amount_diff AND is_scaled"),
    Rule("SAME_TXN", "report_count >= 2 AND is_same_transaction"),
    Rule("REQUEST_ID", "has_other_request_id"),
    Rule("PAIRED_BY_PROVIDER_ID", "is_paired_by_provider_id AND NOT has_other_request_id"),
)

# Reading: after the refund deadline these codes become R12: only a payment by hand can still repay the customer.
# R01 is not among them: there the customer has the money, and a payment by hand would be a second refund.
OUT_OF_WINDOW_CODES = ("R02", "R03", "R05")
# Reading: what one R09 on the order explains; R04 is the other half of a void that was split.
GROUP_CODES = ("R04", "R05", "R06", "T02")
# Reading: what it does not explain. A member that shows one of these is listed under the first of them.
UNEXPLAINED_FLAGS = tuple(rule for rule in REFUND_FLAGS if rule.code in ("R10", "R07", "R08", "R13"))
