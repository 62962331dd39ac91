"""The parser rules that survive wrong guesses, one small file each."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from recon.errors import ConfigurationError, MalformedReportError
from recon.money import allow_currencies
from recon.reports.kinds.fee import FEE_ROWS
from recon.reports.kinds.transaction_detail import TRANSACTION_ROWS
from recon.reports.layouts import ReportOptions
from recon.reports.names import ReportKind
from recon.reports.reader import read_report, refuse_impossible_sums
from recon.reports.rows import (
    BATCH_ROWS,
    QUARANTINE,
    SECTION_TOTALS,
)
from tests.support.report_text import DAY, DETAIL, name_of, read, totals_agree

HEADER = "transactionRequestId,transactionType,transactionTime,settlementAmountValue"


def detail(*rows: str, header: str = HEADER, total: str = "") -> str:
    """A Transaction Detail Report with these rows, and control totals if given."""
    summary = f"totalCount,netSettlementAmountValue\n{total}\n" if total else ""
    return summary + "\n".join((header, *rows)) + "\n"


def test_a_header_whose_first_names_are_unknown_opens_its_section() -> None:
    text = detail("a,b,c,REQ1,PAYMENT,2026-11-20T10:00:00Z,1000", header=f"batch,shop,till,{HEADER}", total="1,1000")
    assert totals_agree(read(text))
    assert read(text).quarantine.is_empty()


def test_fees_without_a_type_are_paid() -> None:
    report = read("totalCount,feeAmount\n2,7\ntransactionId,feeAmount\nPAY1,5\nPAY2,2\n", ReportKind.FEE)
    assert totals_agree(report)
    assert report.rows["sign"].to_list() == [1, 1]


def test_a_whole_report() -> None:
    report = read(DETAIL)
    assert report.rows.schema == TRANSACTION_ROWS
    assert report.totals.schema == SECTION_TOTALS
    assert report.quarantine.schema == QUARANTINE
    wanted = ["file_id", "line_number", "row_role", "request_id", "settlement_amount_minor", "sign"]
    file_id = "transactionItems_P1_USD_B1_A1_000.csv@v1"
    assert report.rows.select(wanted).rows() == [
        (file_id, 5, "PAYMENT", "REQ1", 1000, 1),
        (file_id, 6, "REFUND", "REQ2", 300, -1),
    ]
    assert report.rows["transaction_at"].to_list() == [
        datetime(2026, 11, 20, 2),  # noqa: DTZ001 - UTC without a zone, as in all tables
        datetime(2026, 11, 20, 3),  # noqa: DTZ001
    ]
    assert report.totals.select("line_number", "total_count", "net_amount_minor", "sign").rows() == [(2, 2, 700, 1)]
    assert (report.sign_rule, totals_agree(report), report.finding) == ("explicit", True, None)


def test_a_path_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text(DETAIL)
    name = name_of(ReportKind.TRANSACTION_DETAIL)
    assert read_report(path, name, 1, DAY).rows.equals(read(DETAIL).rows)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + DETAIL,
        DETAIL.replace("\n", "\r\n"),
        DETAIL.replace("\n", "\r\n").removesuffix("\r\n"),
        DETAIL.replace("<END>\n", ""),
        DETAIL.replace("<END>", "<END>,,,,,"),
        DETAIL.replace("<END>", "\n\n<END>\n\n"),
        DETAIL.replace("totalCount", "TOTAL_COUNT").replace("transactionType", "Transaction-type"),
        DETAIL.replace("PAYMENT", " PAYMENT\t").replace("1000", " 1000 "),
        DETAIL.replace("REQ1", '"REQ1"').replace("totalCount", '"totalCount"'),
        DETAIL.replace("PAYMENT", "Payment"),
    ],
    ids=[
        "byte order mark", "CRLF", "CRLF, no last line end", "no end mark", "end mark with cells",
        "blank lines at the end", "case and separators of names", "blanks around cells", "quotes",
        "type in another case",
    ],
)  # fmt: skip
def test_form_does_not_matter(text: str) -> None:
    expected, report = read(DETAIL), read(text)
    ids = ["request_id", "settlement_amount_minor", "sign", "row_role", "transaction_at"]
    assert report.rows.select(ids).equals(expected.rows.select(ids))
    assert (report.finding, report.quarantine.height) == (None, 0)


def test_sections_may_carry_labels() -> None:
    text = "Summary section\n" + DETAIL.replace("\n\n", "\n[Detail]\n")
    report = read(text)
    assert (report.rows.height, report.quarantine.height) == (2, 0)
    assert report.rows["line_number"].to_list() == [6, 7]


def test_sections_may_come_in_the_other_order() -> None:
    top, bottom = DETAIL.removesuffix("<END>\n").split("\n\n")
    report = read(f"{bottom}\n{top}\n")
    assert (report.rows.height, totals_agree(report), report.quarantine.height) == (2, True, 0)


def test_columns_may_come_in_any_order() -> None:
    header = "settlementAmountValue,transactionTime,transactionType,transactionRequestId"
    report = read(detail("1000,2026-11-20T10:00:00Z,PAYMENT,REQ1", header=header))
    assert report.rows.select("request_id", "settlement_amount_minor").rows() == [("REQ1", 1000)]


def test_unknown_columns_are_kept_as_json() -> None:
    header = f"{HEADER},walletTier,remark"
    row = "REQ1,PAYMENT,2026-11-20T10:00:00Z,1000"
    report = read(detail(f"{row},gold,", f"{row},,", header=header))
    assert report.unknown_columns == ("walletTier", "remark")
    assert json.loads(report.rows["extra"][0]) == {"walletTier": "gold", "remark": None}
    assert report.rows["extra"][1] is None


def test_ids_stay_text() -> None:
    report = read(detail("0020261120112233445566778899,PAYMENT,2026-11-20T10:00:00Z,1"))
    assert report.rows["request_id"].to_list() == ["0020261120112233445566778899"]


def test_own_and_original_ids_in_columns_of_their_own() -> None:
    header = "paymentRequestId,refundRequestId,transactionType,transactionTime,settlementAmountValue"
    report = read(
        detail(
            "REQ1,,PAYMENT,2026-11-20T10:00:00Z,1000",
            "REQ1,RFD1,REFUND,2026-11-20T10:00:00Z,300",
            header=header,
        )
    )
    assert report.rows.select("request_id", "original_request_id").rows() == [
        ("REQ1", None),
        ("RFD1", "REQ1"),
    ]


@pytest.mark.parametrize("text", ["10.00", "1,000", "1e3", "abc", "--1", "+", "0x1", "9" * 20])
def test_an_amount_is_a_whole_number_or_refused(text: str) -> None:
    row = f'REQ1,PAYMENT,2026-11-20T10:00:00Z,"{text}"' if "," in text else None
    report = read(detail(row or f"REQ1,PAYMENT,2026-11-20T10:00:00Z,{text}"))
    assert report.rows.height == 0
    assert report.quarantine.select("line_number", "field", "reason").rows() == [
        (2, "settlementAmountValue", "not a whole number of minor units")
    ]


@pytest.mark.parametrize(("text", "minor"), [("+5", 5), ("00012", 12), ("0", 0)])
def test_whole_numbers(text: str, minor: int) -> None:
    report = read(detail(f"REQ1,PAYMENT,2026-11-20T10:00:00Z,{text}"))
    assert report.rows["settlement_amount_minor"].to_list() == [minor]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("REQ1,PAYMENT,yesterday,1000", "transactionTime"),
        ("REQ1,PAYMENT,,1000", "transactionTime"),
        ("REQ1,,2026-11-20T10:00:00Z,1000", "transactionType"),
        (",PAYMENT,2026-11-20T10:00:00Z,1000", "transactionRequestId"),
        ("REQ1,PAYMENT,2026-11-20T10:00:00Z", "settlementAmountValue"),  # a short row is padded
        ("REQ1,PAYMENT,2026-11-20T10:00:00Z,1000,more", None),  # a long row
        ('"REQ1,PAYMENT,2026-11-20T10:00:00Z,1000', None),  # a quote that is never closed
    ],
)
def test_a_bad_row_is_put_aside_with_its_line_and_column(row: str, column: str | None) -> None:
    good = "REQ0,PAYMENT,2026-11-20T10:00:00Z,1000"
    report = read(detail(good, row, good))
    assert report.rows["line_number"].to_list() == [2, 4]
    assert report.quarantine.select("line_number", "field").rows() == [(3, column)]


@pytest.mark.parametrize(
    ("text", "hour", "assumed"),
    [
        ("2026-11-20T10:00:00+08:00", 2, 0),
        ("2026-11-20T10:00:00+0800", 2, 0),
        ("2026-11-20T10:00:00.000+08:00", 2, 0),
        ("2026-11-20T10:00:00-01:00", 11, 0),
        ("2026-11-20T10:00:00Z", 10, 0),
        ("2026-11-20T10:00:00", 2, 1),
        ("2026-11-20 10:00:00", 2, 1),
    ],
)
def test_times(text: str, hour: int, assumed: int) -> None:
    other = "REQ0,PAYMENT,2026-11-20T00:00:00+08:00,1"
    report = read(detail(other, f"REQ1,PAYMENT,{text},1000"))
    assert report.rows["transaction_at"][1] == datetime(2026, 11, 20, hour)  # noqa: DTZ001
    assert report.assumed_zone_count == assumed


def test_the_assumed_zone_is_configuration() -> None:
    text = detail("REQ1,PAYMENT,2026-11-20T10:00:00,1000")
    report = read(text, options=ReportOptions(assumed_zone="+09:00"))
    assert report.rows["transaction_at"][0] == datetime(2026, 11, 20, 1)  # noqa: DTZ001
    with pytest.raises(ConfigurationError, match="offset"):
        read(text, options=ReportOptions(assumed_zone="Tokyo"))


def test_an_unknown_type_is_kept_and_counted() -> None:
    report = read(
        detail(
            "REQ1,PAYMENT,2026-11-20T10:00:00Z,1000",
            "REQ2,ADJUSTMENT,2026-11-20T10:00:00Z,-5",
            total="2,995",
        )
    )
    assert report.rows["row_role"].to_list() == ["PAYMENT", "OTHER"]
    assert (report.unknown_type_count, totals_agree(report)) == (1, True)


def test_known_types_are_configuration() -> None:
    text = detail("REQ1,CAPTURE,2026-11-20T10:00:00Z,1000")
    options = ReportOptions(payment_types=("PAYMENT", "CAPTURE"))
    assert read(text, options=options).rows["row_role"].to_list() == ["PAYMENT"]


@pytest.mark.parametrize(
    "text",
    [
        DETAIL.split("\n\n")[0] + "\n",  # no detail section at all
        DETAIL.replace("2,700", "0,0").split("B1,PAY1")[0],  # both headers
        DETAIL.replace("2,700", "0,0").split("B1,PAY1")[0] + "<END>\n",
    ],
)
def test_an_empty_cycle_is_no_error(text: str) -> None:
    report = read(text.replace("2,700", "0,0"))
    assert (report.rows.height, totals_agree(report), report.finding) == (0, True, None)
    assert report.sign_rule == "none"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\ufeff\r\n\r\n", "the file is empty"),
        (
            "REQ1,PAYMENT,1000\nREQ2,PAYMENT,1000\n",
            "no header found; the first lines have 3, 3 cells",
        ),
        (DETAIL.removesuffix(":00+08:00,USD,-300\n<END>\n"), "ends in the middle of a line"),
        (DETAIL.replace("settlementAmountValue\nB1", "amt\nB1"), "unknown columns: amt"),
        (DETAIL.replace("clearingBatchId", "transactionId"), "there twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(MalformedReportError, match=message) as caught:
        read(text)
    assert caught.value.where.startswith("transactionItems_P1_USD_B1_A1_000.csv v1")
    assert caught.value.do
    assert "REQ1" not in str(caught.value)


@pytest.mark.parametrize("section", ["", "settlementAmountValue,valueDate\n\n"])
def test_a_settlement_that_does_not_say_what_it_pays_is_refused(section: str) -> None:
    with pytest.raises(MalformedReportError, match="its summary section is missing") as caught:
        read(f"{section}clearingBatchId,settlementAmountValue\nB1,700\n<END>\n", ReportKind.SETTLEMENT)
    assert caught.value.do


def test_text_that_is_not_utf8_names_the_line() -> None:
    content = DETAIL.replace("REQ2", "R\u00c9Q2").encode("latin-1")
    with pytest.raises(MalformedReportError, match="line 6: the text is not UTF-8"):
        read(content)
    report = read(content, options=ReportOptions(encoding="latin-1"))
    assert report.rows["request_id"].to_list() == ["REQ1", "R\u00c9Q2"]


def test_line_numbers_are_physical_with_blank_lines_and_quoted_line_ends() -> None:
    report = read(
        detail(
            "",
            'REQ1,PAYMENT,2026-11-20T10:00:00Z,1,"two\r\nlines, and ""quotes"""',
            "",
            "REQ2,PAYMENT,2026-11-20T10:00:00Z,2,",
            header=f"{HEADER},remark",
        )
    )
    assert report.rows["line_number"].to_list() == [3, 6]
    assert json.loads(report.rows["extra"][0]) == {"remark": 'two\nlines, and "quotes"'}


def test_contents_that_contradict_the_file_name_are_a_finding() -> None:
    report = read(DETAIL.replace("B1,PAY1", "B9,PAY1"))
    assert report.totals_finding is None
    assert report.finding == ("clearingBatchId differs from the file name in 1 line, first in line 5: B9, not B1")
    (contradiction,) = report.contradictions.iter_rows(named=True)
    assert (contradiction["field"], contradiction["content_value"], contradiction["file_name_value"]) == (
        "clearingBatchId",
        "B9",
        "B1",
    )
    assert (contradiction["first_line"], contradiction["row_count"], contradiction["same_value_count"]) == (5, 1, 1)


@pytest.mark.parametrize(("kind", "line"), [(ReportKind.TRANSACTION_SUMMARY, 3), (ReportKind.SETTLEMENT, 6)])
def test_an_amount_in_another_currency_than_that_of_the_file_is_put_aside(kind: ReportKind, line: int) -> None:
    section = "settlementAmountValue,valueDate,settlementCurrency\n700,20261122,USD\n\n"
    lines = "clearingBatchId,totalCount,settlementAmountValue,settlementCurrency\nC1,2,700,usd\nC2,1,300,JPY\nC3,1,1,\n"
    report = read((section if kind is ReportKind.SETTLEMENT else "") + lines, kind)
    assert report.rows["clearing_batch_id"].to_list() == ["C1", "C3"]
    assert report.quarantine.select("line_number", "field", "reason").rows() == [
        (line, "settlementCurrency", "not the currency of the file")
    ]


def test_a_control_total_in_another_currency_proves_nothing() -> None:
    report = read(DETAIL.replace("totalCount,", "currency,totalCount,", 1).replace("2,700", "JPY,2,700", 1))
    assert (report.rows.height, report.quarantine.height, totals_agree(report)) == (2, 1, False)


def test_a_summary_report() -> None:
    text = "clearingBatchId,totalCount,settlementAmountValue,direction\nB1,2,700,C\n"
    report = read(text, ReportKind.TRANSACTION_SUMMARY)
    assert report.rows.schema == BATCH_ROWS
    columns = ["clearing_batch_id", "total_count", "settlement_amount_minor", "sign"]
    assert report.rows.select(columns).rows() == [("B1", 2, 700, 1)]
    assert (totals_agree(report), report.totals.height) == (None, 0)


def test_a_settlement_report() -> None:
    text = """\
settlementBatchId,settlementAmountValue,settlementCurrency,valueDate
B1,650,USD,20261122

clearingBatchId,settlementAmountValue,feeAmountValue
C1,700,30
C2,-50,0
<END>
"""
    report = read(text, ReportKind.SETTLEMENT)
    columns = ["clearing_batch_id", "settlement_amount_minor", "fee_amount_minor", "sign"]
    assert report.rows.select(columns).rows() == [("C1", 700, 30, 1), ("C2", 50, 0, -1)]
    assert report.totals["value_date"].to_list()[0].isoformat() == "2026-11-22"
    assert (totals_agree(report), report.finding) == (True, None)


@pytest.mark.parametrize("rows", ["-50|25", "50|-25", "50,D|25,C"])
def test_a_fee_report_tells_paid_from_returned(rows: str) -> None:
    paid, returned = rows.split("|")
    text = f"""\
totalCount,feeAmountValue
2,25

transactionRequestId,transactionType,feeType,feeAmountValue,direction
REQ1,PAYMENT,SERVICE,{paid}
REQ2,REFUND,SERVICE,{returned}
"""
    report = read(text, ReportKind.FEE)
    assert report.rows.schema == FEE_ROWS
    assert report.rows.select("fee_amount_minor", "sign").rows() == [(50, 1), (25, -1)]
    assert (totals_agree(report), report.quarantine.height) == (True, 0)


@pytest.mark.parametrize(("amount", "rule"), [("-25", "explicit"), ("25", "type")])
def test_a_fee_that_comes_back_alone_comes_back(amount: str, rule: str) -> None:
    """No fee of a payment shows what a minus means."""
    head = "transactionRequestId,transactionType,feeType,feeAmountValue"
    text = f"totalCount,feeAmountValue\n1,{amount}\n{head}\nR1,REFUND,SERVICE,{amount}\n"
    report = read(text, ReportKind.FEE)
    assert (report.sign_rule, report.rows["sign"].to_list(), report.finding) == (rule, [-1], None)


class TestOverrides:
    """What is assumed can be changed by configuration."""

    def test_a_further_alias(self) -> None:
        text = detail("REQ1,PAYMENT,2026-11-20T10:00:00Z,1000").replace("settlementAmountValue", "amountInCents")
        kind = ReportKind.TRANSACTION_DETAIL
        aliases = {kind: {"settlement_amount_minor": ["amount_in_cents"]}}
        report = read(text, options=ReportOptions(aliases=aliases))
        assert report.rows["settlement_amount_minor"].to_list() == [1000]

    def test_an_unknown_column_is_refused(self) -> None:
        options = ReportOptions(aliases={ReportKind.FEE: {"fee": ["x"]}})
        with pytest.raises(ConfigurationError, match="has no column 'fee'"):
            read("", ReportKind.FEE, options)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z"])
def test_a_time_that_no_calendar_shows_is_set_aside_with_its_line(time: str) -> None:
    report = read(detail(f"REQ1,PAYMENT,{time},1000", "REQ2,PAYMENT,2026-11-20T10:00:00Z,1000"))
    assert report.rows["request_id"].to_list() == ["REQ2"]
    (row,) = report.quarantine.iter_rows(named=True)
    reason = "not a time such as 2026-11-20T10:00:00+08:00"
    assert (row["line_number"], row["field"], row["reason"]) == (2, "transactionTime", reason)


def test_an_id_that_a_spreadsheet_rounded_is_named_by_its_field_also_if_the_totals_come_last() -> None:
    rows = [f"20261120190741{n}0000000000,PAYMENT,2026-11-20T10:00:00Z,1000" for n in range(3)]
    report = read(detail(*rows) + "totalCount,netSettlementAmountValue\n3,3000\n")
    assert report.quarantine["field"].unique().to_list() == ["transactionRequestId"]


CURRENCIES = detail(
    "REQ1,PAYMENT,2026-11-20T10:00:00Z,1000,7200,CNH",
    "REQ2,PAYMENT,2026-11-20T10:00:00Z,1000,7200,cny",
    "REQ3,PAYMENT,2026-11-20T10:00:00Z,1000,7200,RMB",
    header=f"{HEADER},transactionAmountValue,transactionCurrency",
    total="3,3000",
)


def test_a_line_in_a_currency_that_is_none_is_put_aside_by_its_code_and_the_others_go_on() -> None:
    report = read(CURRENCIES)
    assert report.rows.select("request_id", "currency").rows() == [("REQ2", "CNY")]
    assert report.quarantine.select("line_number", "field", "reason").rows() == [
        (
            4,
            "transactionCurrency",
            "'CNH' is not a currency of ISO 4217; allow it with its decimals under [currencies]",
        ),
        (
            6,
            "transactionCurrency",
            "'RMB' is not a currency of ISO 4217; allow it with its decimals under [currencies]",
        ),
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("1000,", (1000, "USD")),
        ("-1000,", (1000, "USD")),
        (",usd", (1000, "USD")),
        ("7200,", (7200, None)),
        (",JPY", (None, "JPY")),
        (",", (None, None)),
    ],
)
def test_the_settlement_says_the_amount_or_the_currency_where_the_other_one_is_the_same(
    cells: str, expected: tuple[int | None, str | None]
) -> None:
    row = f"REQ1,PAYMENT,2026-11-20T10:00:00Z,1000,{cells}"
    report = read(detail(row, header=f"{HEADER},transactionAmountValue,transactionCurrency", total="1,1000"))
    assert report.rows.select("amount_minor", "currency").rows() == [expected]


def test_a_fee_in_a_currency_that_is_none_is_put_aside_too() -> None:
    text = "totalCount,feeAmount\n2,7\ntransactionId,feeAmount,feeCurrency\nPAY1,5,HRK\nPAY2,2,EUR\n"
    report = read(text, ReportKind.FEE)
    assert (report.rows.height, report.quarantine["field"].to_list()) == (1, ["feeCurrency"])


def test_what_the_configuration_allows_is_read() -> None:
    allow_currencies({"CNH": 2, "RMB": 2})
    try:
        report = read(CURRENCIES)
    finally:
        allow_currencies({})
    assert (report.rows.height, report.quarantine.height, totals_agree(report)) == (3, 0, True)


@pytest.mark.parametrize("amounts", [(2**62, 2**62), (10**16, 1), (9 * 10**15, 9 * 10**15)])
def test_amounts_that_no_sum_could_hold_refuse_the_report_by_the_line_of_the_largest(amounts: tuple[int, int]) -> None:
    rows = [f"REQ{place},PAYMENT,2026-11-20T10:00:00Z,{amount}" for place, amount in enumerate(amounts)]
    report = read(detail(*rows, total=f"2,{min(sum(amounts), 2**63 - 1)}"))
    with pytest.raises(MalformedReportError, match=r"v1, line 4: the column settlement_amount_minor sums up to"):
        refuse_impossible_sums(report)


def test_one_amount_beyond_64_bits_is_put_aside_by_line_and_field() -> None:
    report = read(detail(f"REQ1,PAYMENT,2026-11-20T10:00:00Z,{2**63}", "REQ2,PAYMENT,2026-11-20T10:00:00Z,5"))
    assert report.quarantine.select("line_number", "field").rows() == [(2, "settlementAmountValue")]
    refuse_impossible_sums(report)
