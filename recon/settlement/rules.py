"""The settlement decision: one outcome for every clearing batch, every settlement, and every line without a batch.

The conditions speak over the facts that `settlement.py` lays out.
"""

from __future__ import annotations

from recon.breaks.decision import Rule

# A cleared batch. `line_count`: settlement lines that name it; `full_count`: those of the whole cleared amount;
# `is_equal`: their sum is the cleared amount; `is_more`: it is more than that; `is_due`: its settlement day has come.
BATCH_DECISION = (
    Rule("B03", "line_count >= 2 AND full_count >= 1 AND is_more"),
    Rule("B04", "line_count >= 1 AND NOT is_equal"),
    Rule("SETTLED", "line_count >= 1"),
    Rule("NOTHING_TO_PAY", "cleared_minor = 0"),
    Rule("B02", "is_due"),
    Rule("B01", "NOT is_due"),
)
BATCH_FLAGS = (
    Rule("CARRIED_OVER", "line_count = 0 AND cleared_minor <> 0 AND is_carried"),
    Rule("NO_REPORT", "line_count = 0 AND cleared_minor <> 0 AND is_due AND NOT has_report"),
    Rule("SPLIT", "line_count >= 2 AND is_equal"),
)

# A settlement line whose clearing batch no report of its set brought; one of another set is not from before.
UNKNOWN_DECISION = (
    Rule("BEFORE_FIRST_DAY", "is_before_start AND NOT is_of_other_set"),
    Rule("B05", "NOT is_before_start OR is_of_other_set"),
)
UNKNOWN_FLAGS = (Rule("OTHER_SET", "is_of_other_set"),)

# A settlement. `other_minor`: its total less its lines; `is_bank_equal`: the bank received the total; `is_overdue`: the
# bank has no line of it, although the days that a line may take are over.
SETTLEMENT_DECISION = (
    Rule("B07", "has_bank AND NOT is_bank_equal"),
    Rule("B08", "is_overdue"),
    Rule("B05", "other_minor <> 0"),
    Rule("B06", "has_other_value_date OR is_bank_late"),
    Rule("RECEIVED", "has_bank"),
    Rule("OPEN_AT_BANK", "NOT has_bank"),
)
_NOT_RECEIVED = "((has_bank AND NOT is_bank_equal) OR is_overdue)"  # B07 or B08
SETTLEMENT_FLAGS = (
    Rule("B05", f"{_NOT_RECEIVED} AND other_minor <> 0"),
    Rule("B06", f"({_NOT_RECEIVED} OR other_minor <> 0) AND (has_other_value_date OR is_bank_late)"),
    Rule("BANK_LATE", "is_bank_late"),
)
