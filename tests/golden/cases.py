"""Which sandbox scenario stands for which code, and how many days it takes to show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
FIRST_DAY = date(2026, 11, 18)
MONDAY = date(2026, 11, 16)  # so that no weekend delays a settlement


@dataclass(frozen=True)
class Case:
    """One folder: `scenario` is played on the first day, in the company of a few honest sales."""

    code: str
    scenario: str
    day_count: int = 1
    mode: str = "standard"

    @property
    def family(self) -> str:
        """P, R, B or C; what waits belongs to the family that it turns into."""
        return {"T01": "P", "T02": "R"}.get(self.code, self.code[0])

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return HERE / f"{self.code}_{self.scenario}"

    @property
    def days(self) -> list[date]:
        """The clearing days that are run, in order."""
        first = MONDAY if self.family == "B" else FIRST_DAY
        return [first + timedelta(days=place) for place in range(self.day_count)]


CASES = (
    Case("P01", "notice_lost"),
    Case("P02", "timeout_stored_as_failure"),
    Case("P03", "cancel_raced_success"),
    Case("P04", "confirm_lost_then_confirmed", 2),
    Case("P05", "sale_dropped_and_half_refunded"),
    Case("P06", "order_rolled_back"),
    Case("P07", "false_success", 3),
    Case("P08", "amount_sent_hundredfold"),
    Case("P09", "default_currency_stored"),
    Case("P10", "captured_twice"),
    Case("P11", "resubmitted_after_silence"),
    Case("P12", "our_clock_is_fast"),
    Case("P13", "quote_replaced"),
    Case("P14", "cleared_under_other_agreement", mode="multi-batch"),
    Case("P15", "test_till_on_live_keys"),
    Case("P16", "new_payment_status"),
    Case("P17", "code_abandoned_then_closed", 2),
    Case("P18", "reference_cut"),
    Case("P19", "unpaid_but_confirmed"),
    Case("P20", "cancelled_and_netted", 2),
    Case("P21", "confirm_lost_then_purged", 3),
    Case("T01", "our_clock_is_slow", 2),
    Case("R01", "void_failed_with_alert"),
    Case("R01", "died_before_void"),
    Case("R02", "voided_by_hand"),
    Case("R03", "refund_unclear_then_repeated", 2),
    Case("R03s", "refund_flag_stale"),
    Case("R04", "refunded_in_workspace"),
    Case("R05", "refund_forgotten", 3),
    Case("R06", "refund_sent_in_wrong_unit"),
    Case("R07", "refunded_concurrently"),
    Case("R08", "original_archived"),
    Case("R09", "voids_merged_under_first_id"),
    Case("R10", "refunded_twice_by_provider"),
    Case("R11", "refunded_after_midnight", 2),
    Case("R12", "refund_after_deadline"),
    Case("R13", "refund_at_other_rate"),
    Case("R14", "till_closed_after_midnight"),
    Case("R15", "part_shown_as_full"),
    Case("R16", "new_refund_status"),
    Case("R17", "void_failed_then_purged", 3),
    Case("T02", "refund_forgotten"),
    Case("C01", "fee_forgotten"),
    Case("C02", "fee_of_unknown_kind"),
    Case("C03", "fee_twice"),
    Case("C04", "fee_a_cent_off"),
    Case("C05", "fee_in_other_currency"),
    Case("C06", "fee_kept_on_refund"),
    Case("B01", "not_settled_yet"),
    Case("B02", "report_not_delivered", 2),
    Case("B03", "settled_again", 3),
    Case("B04", "settled_amount_wrong", 2),
    Case("B05", "other_amount_settled", 2),
    Case("B06", "value_date_late", 2),
    Case("B07", "bank_received_less", 3),
)
