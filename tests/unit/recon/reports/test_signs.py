"""Signs: the ladder explicit minus, direction, type, and its proof by the control totals."""

from __future__ import annotations

import pytest

from recon.reports.layouts import ReportOptions
from recon.reports.names import ReportKind
from recon.reports.reader import ParsedReport
from tests.support.report_text import read, totals_agree

TIME = "2026-11-20T10:00:00+08:00"


def report(rows: list[str], total: str | None, options: ReportOptions | None = None) -> ParsedReport:
    """Rows as `type,amount,direction`; the total as `count,net,direction`."""
    lines = ["transactionRequestId,transactionTime,transactionType,settlementAmountValue,direction"]
    lines += [f"REQ{i},{TIME},{row}" for i, row in enumerate(rows)]
    if total is not None:
        lines = ["totalCount,netSettlementAmountValue,direction", total, "", *lines]
    return read("\n".join(lines) + "\n", options=options or ReportOptions())


def signs(parsed: ParsedReport) -> list[int]:
    """The signs of the rows."""
    return parsed.rows["sign"].to_list()


@pytest.mark.parametrize(
    ("rows", "total", "rule", "expected"),
    [
        (["PAYMENT,100", "REFUND,-30"], "2,70", "explicit", [1, -1]),
        (["PAYMENT,100,C", "REFUND,30,D"], "2,70,C", "direction", [1, -1]),
        (["PAYMENT,100,Credit", "REFUND,30,debit"], "2,70", "direction", [1, -1]),
        (["PAYMENT,100", "REFUND,30"], "2,70", "type", [1, -1]),
        (["PAYMENT,100,C", "REFUND,-30,D"], "2,70", "explicit", [1, -1]),  # minus wins
        (["PAYMENT,10", "REFUND,30"], "2,20,D", "type", [1, -1]),  # a negative net, unsigned
        (["PAYMENT,10", "REFUND,30"], "2,-20", "type", [1, -1]),
        (["PAYMENT,10", "REFUND,30"], "2,20", "type", [1, -1]),
        (["PAYMENT,100,D", "REFUND,30,D"], "2,70", "type", [1, -1]),  # the only one that fits
        (["PAYMENT,100", "ADJUSTMENT,-5"], "2,95", "explicit", [1, -1]),
        (["PAYMENT,100,C", "ADJUSTMENT,5,D"], "2,95", "direction", [1, -1]),
    ],
)
def test_the_control_totals_prove_the_rule(rows: list[str], total: str, rule: str, expected: list[int]) -> None:
    parsed = report(rows, total)
    assert (parsed.sign_rule, totals_agree(parsed), parsed.finding) == (rule, True, None)
    assert signs(parsed) == expected


@pytest.mark.parametrize(
    ("rows", "totals", "expected"),
    [
        (["PAYMENT,100,C", "REFUND,30,D"], ["1,100,C", "1,30,D"], [100, -30]),
        (["PAYMENT,10,C", "REFUND,30,D"], ["1,10,C", "1,30,D"], [10, -30]),
        (["PAYMENT,30,C", "REFUND,30,D"], ["1,30,C", "1,30,D"], [30, -30]),
        (["PAYMENT,100,C", "REFUND,-30,D"], ["1,100,C", "1,-30,D"], [100, -30]),  # minus wins
        (["PAYMENT,100", "REFUND,-30"], ["1,100", "1,-30"], [100, -30]),
        (["PAYMENT,10", "REFUND,-30"], ["1,10", "1,-30"], [10, -30]),
        (["PAYMENT,100", "PAYMENT,30"], ["1,100,C", "1,30,C"], [100, 30]),
        (["PAYMENT,10", "REFUND,30"], ["2,20,D", "0,0,C"], [-20, 0]),
    ],
)
def test_several_lines_of_totals_keep_their_directions(rows: list[str], totals: list[str], expected: list[int]) -> None:
    parsed = report(rows, "\n".join(totals))
    assert (totals_agree(parsed), parsed.finding) == (True, None)
    signed = parsed.totals["sign"] * parsed.totals["net_amount_minor"]
    assert signed.to_list() == expected
    assert signed.sum() == (parsed.rows["sign"] * parsed.rows["settlement_amount_minor"]).sum()


@pytest.mark.parametrize("totals", ["1,8,D\n1,3,C", "1,8\n1,-3", "1,-8\n1,3"])
def test_fees_that_are_paid_and_returned_may_have_a_line_of_totals_each(totals: str) -> None:
    rows = "transactionId,transactionType,feeAmount\nPAY1,PAYMENT,8\nRFD1,REFUND,3\n"
    parsed = read(f"totalCount,feeAmountValue,direction\n{totals}\n{rows}", ReportKind.FEE)
    assert (totals_agree(parsed), parsed.finding) == (True, None)
    assert (parsed.totals["sign"] * parsed.totals["net_amount_minor"]).to_list() == [8, -3]


def test_a_total_that_fits_no_rule_is_a_finding_and_the_rows_stay() -> None:
    parsed = report(["PAYMENT,100", "REFUND,30"], "2,71")
    assert totals_agree(parsed) is False
    assert parsed.finding == ("the rows sum up to 70 and the control total says 71 (minor units)")
    assert parsed.rows.height == 2


def test_a_missing_row_is_a_finding() -> None:
    parsed = report(["PAYMENT,100"], "2,100")
    assert parsed.finding == "1 detail row and the control total says 2"


def test_a_row_in_quarantine_counts_but_its_amount_is_missed() -> None:
    parsed = report(["PAYMENT,100", "PAYMENT,1.5"], "2,250")
    assert parsed.quarantine.height == 1
    assert parsed.finding is not None
    assert "detail rows" not in parsed.finding


def test_without_control_totals_nothing_is_proved() -> None:
    parsed = report(["PAYMENT,100", "REFUND,30"], None)
    assert (parsed.sign_rule, totals_agree(parsed), parsed.finding) == ("type", None, None)


def test_a_payment_that_gives_money_is_other_if_the_totals_prove_it() -> None:
    parsed = report(["PAYMENT,100", "PAYMENT,-30"], "2,70")
    assert parsed.rows["row_role"].to_list() == ["PAYMENT", "OTHER"]
    assert (parsed.unknown_type_count, totals_agree(parsed)) == (1, True)


def test_when_most_payments_give_money_one_cause_turned_them_and_the_file_proves_nothing() -> None:
    """The totals follow the turned rows: without this, each payment would be a break of its own."""
    for rows in (["PAYMENT,-100", "PAYMENT,-50", "PAYMENT,30"], ["PAYMENT,100,D", "PAYMENT,50,D", "PAYMENT,30,C"]):
        parsed = report(rows, "3,-120")
        assert totals_agree(parsed) is False
        assert "money goes the wrong way in 2 of 3 payments" in str(parsed.finding)


def test_a_payment_that_gives_money_is_put_aside_if_nothing_proves_it() -> None:
    parsed = report(["PAYMENT,100", "PAYMENT,-30"], "2,71")
    assert parsed.rows["row_role"].to_list() == ["PAYMENT"]
    assert parsed.quarantine["line_number"].to_list() == [6]


def test_the_polarity_is_configuration() -> None:
    rows, total = ["PAYMENT,100,D", "REFUND,30,C"], "2,70,D"
    wrong = report(rows, total)
    assert totals_agree(wrong) is False
    assert wrong.finding is not None
    assert "credit_is_positive" in wrong.finding
    right = report(rows, total, ReportOptions(credit_is_positive=False))
    assert (right.finding, signs(right)) == (None, [1, -1])


def test_an_unknown_direction_is_put_aside_and_its_codes_are_configuration() -> None:
    rows = ["PAYMENT,100,IN", "REFUND,30,OUT"]
    assert report(rows, "2,70").quarantine["field"].to_list() == ["direction", "direction"]
    options = ReportOptions(credit_codes=("IN",), debit_codes=("OUT",))
    assert report(rows, "2,70", options).sign_rule == "direction"


def test_sums_beyond_64_bits_stay_exact() -> None:
    big = 2**62
    parsed = report([f"PAYMENT,{big}"] * 4, "4,0")
    assert parsed.finding == (f"the rows sum up to {4 * big} and the control total says 0 (minor units)")


def test_a_control_total_that_cannot_be_read_is_a_finding() -> None:
    parsed = report(["PAYMENT,100"], "1,100.00")
    assert (totals_agree(parsed), parsed.finding) == (False, "a control total cannot be read")
    assert parsed.quarantine["line_number"].to_list() == [2]
