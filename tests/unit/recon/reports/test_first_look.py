"""`recon doctor --first-file`: a report that nobody has read yet, in layouts that nobody foresaw."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from recon.reports.first_look import FirstLook, configuration, first_look, sample, short
from recon.reports.layouts import DEFAULT, ReportOptions
from recon.reports.names import ReportKind
from recon.reports.reader import read_report
from resources.settings import Reports, load_settings
from resources.settings.rules import report_options
from tests.support.ogloba_tables import CONFIG
from tests.support.report_text import DAY, DETAIL, name_of, totals_agree

DETAIL_KIND = ReportKind.TRANSACTION_DETAIL
STRANGE = """\
Summary
Total Number,Net Settle Amount
2,700

Details
Clearing Batch,Txn No,Request No,Txn Type,Transaction Date Time,Settle Amount,Ccy
B1,2026112019074101000000000031,REQ1,PAYMENT,2026-11-20T01:00:00+08:00,1000,USD
B1,2026112019074101000000000032,REQ2,REFUND,2026-11-20T23:00:00+08:00,300,USD
<END>
"""
OTHERS = {
    ReportKind.TRANSACTION_SUMMARY: "Clearing Batch ID,Total,Settle Amount,Fee\nB1,2,700,3\n",
    ReportKind.FEE: "Total,Total Fee\n2,7\n\nTransaction ID,Fee Class,Fee Amt\nPAY1,SERVICE,5\nPAY2,SERVICE,2\n",
    ReportKind.SETTLEMENT: "Settle Amount,Value Day\n700,20261123\n\nClearing Batch,Settle Amount\nB1,700\n",
}


def look(text: str | bytes, kind: ReportKind = DETAIL_KIND, options: ReportOptions = DEFAULT) -> FirstLook:
    return first_look(text if isinstance(text, bytes) else text.encode(), name_of(kind), options)


def pasted(seen: FirstLook) -> ReportOptions:
    """The proposed lines as the configuration reads them."""
    example = load_settings(CONFIG / "recon.toml", {})
    configured = Reports.model_validate(tomllib.loads("\n".join(configuration(seen)))["reports"])
    return report_options(example.model_copy(update={"reports": configured}))


def test_a_file_as_expected_needs_nothing() -> None:
    seen = look(DETAIL)
    assert seen.reads
    assert [(header.section.title, header.line, header.row_count) for header in seen.headers] == [
        ("summary", 1, 1),
        ("detail", 4, 2),
    ]
    assert pasted(seen) == DEFAULT
    assert [(rule.rule, rule.net, rule.fits) for rule in seen.hypotheses] == [
        ("explicit", 700, True),
        ("type", 700, True),
    ]


def test_a_strange_layout_reads_with_the_lines_that_are_proposed() -> None:
    seen = look(STRANGE)
    assert [(each.line, each.field) for each in seen.before] == [(2, "file")]
    assert seen.after == ()
    assert seen.guessed == {
        "net_amount_minor": "Net Settle Amount",
        "provider_transaction_id": "Txn No",
        "request_id": "Request No",
        "transaction_type": "Txn Type",
        "transaction_at": "Transaction Date Time",
        "settlement_amount_minor": "Settle Amount",
    }
    report = read_report(STRANGE.encode(), name_of(DETAIL_KIND), 1, DAY, pasted(seen))
    assert totals_agree(report)
    assert report.rows["request_id"].to_list() == ["REQ1", "REQ2"]


def test_the_id_of_the_original_is_not_taken_for_our_own() -> None:
    text = DETAIL.replace("transactionRequestId", "Original Request No,Request No").replace("PAY1,", "PAY1,,")
    seen = look(text.replace("RFD1,", "RFD1,REQ1,"))
    assert seen.guessed == {"original_request_id": "Original Request No", "request_id": "Request No"}
    assert seen.report is not None
    assert seen.report.rows.select("request_id", "original_request_id").rows() == [("REQ1", None), ("REQ2", "REQ1")]
    assert seen.doubts == ()


def test_no_id_of_ours_on_any_payment_is_a_doubt() -> None:
    (doubt,) = look(DETAIL.replace("transactionRequestId", "Orig. Request Num")).doubts
    assert "No payment has a request id" in doubt


def test_a_report_whose_amounts_nothing_can_compare_with_ours_is_a_doubt() -> None:
    seen = look(DETAIL.replace("transactionCurrency", "Curr. of Sale"))
    assert seen.reads
    (doubt,) = seen.doubts
    assert doubt.startswith("2 of 2 payments and refunds without a transaction amount or transaction currency: ")


@pytest.mark.parametrize("kind", OTHERS)
def test_so_do_the_other_reports(kind: ReportKind) -> None:
    seen = look(OTHERS[kind], kind)
    assert seen.before, "not as expected"
    assert seen.after == ()
    report = read_report(OTHERS[kind].encode(), name_of(kind), 1, DAY, pasted(seen))
    assert report.finding is None
    assert report.quarantine.is_empty()


def test_lines_that_cannot_be_read_are_reported_by_line_and_field() -> None:
    text = DETAIL.replace("-300\n", "-300\nB1,PAY3,REQ3,PAYMENT,yesterday,5\nB1,PAY4,REQ4,PAYMENT,later,5\n")
    obstacle, totals = look(text).before
    assert (obstacle.line, obstacle.field, obstacle.count) == (7, "transactionTime", 2)
    assert (totals.line, totals.field) == (0, "control totals")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (gzip.compress(DETAIL.encode()), "a gzip archive"),
        ("", "the file is empty"),
        ("only,words\nand,more words\n", "no header found"),
        (DETAIL.replace("totalCount", '"totalCount').replace("clearingBatchId", '"clearingBatchId'), "no header found"),
    ],
)
def test_a_file_that_does_not_parse_says_why(text: str | bytes, reason: str) -> None:
    seen = look(text)
    assert not seen.reads
    assert reason in seen.before[0].reason
    assert seen.report is None


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_found_in_a_layout_that_nobody_knows(separator: str) -> None:
    seen = look(STRANGE.replace(",", separator).replace("Total Number", "Number Total"))
    assert seen.after == ()
    assert seen.report is not None
    assert seen.report.rows["request_id"].to_list() == ["REQ1", "REQ2"]


def test_another_encoding_is_found() -> None:
    seen = look(DETAIL.replace("PAYMENT,2026", "PAYMENT,2026").replace("REQ1", "支付1").encode("gb18030"))
    assert pasted(seen).encoding == "gb18030"
    assert seen.before
    assert seen.after == ()


def test_another_polarity_is_found_by_the_types() -> None:
    text = DETAIL.replace("AmountValue\n", "AmountValue,direction\n").replace("2,700", "2,700,D")
    text = text.replace(",1000", ",1000,D").replace(",-300", ",300,C")
    seen = look(text)
    assert "control totals" in [each.field for each in seen.before]
    assert (pasted(seen).credit_is_positive, seen.after) == (False, ())


def test_times_without_a_zone_are_laid_into_one_clearing_day() -> None:
    text = DETAIL.replace("T10:00:00+08:00", "T17:00:00").replace("2026-11-20T11:00:00+08:00", "2026-11-21T02:00:00")
    seen = look(text)
    assert seen.days == {"+08:00": 2, "+00:00": 1}
    assert pasted(seen).assumed_zone == "+00:00"


def test_types_that_nobody_knows_are_a_doubt_and_their_words_are_proposed() -> None:
    text = DETAIL.replace(",PAYMENT,", ",PAY,").replace(",REFUND,", ",RETURN,")
    seen = look(text)
    assert seen.unknown_types == {"PAY": 1, "RETURN": 1}
    assert "2 of 2 rows" in seen.doubts[0]
    assert "PAY (1), RETURN (1)" in seen.doubts[0]
    again = look(text, options=pasted(seen))
    assert (again.reads, again.doubts, again.unknown_types) == (True, (), {})
    assert again.report is not None
    assert again.report.rows["row_role"].to_list() == ["PAYMENT", "REFUND"]


def test_refunds_by_another_word_are_a_doubt_even_if_they_are_few() -> None:
    seen = look(DETAIL.replace(",REFUND,", ",RETURN,"))
    assert seen.reads
    assert "1 of 2 rows" in seen.doubts[0]
    assert pasted(seen).refund_types == ("REFUND", "RETURN")


def test_a_word_that_tells_nothing_is_a_doubt_without_a_proposal() -> None:
    seen = look(DETAIL.replace(",PAYMENT,", ",01,").replace(",REFUND,", ",02,"))
    assert "01 (1), 02 (1)" in seen.doubts[0]
    assert pasted(seen) == DEFAULT


def test_no_whole_id_is_shown() -> None:
    seen = look(STRANGE)
    assert seen.report is not None
    assert "2026112019074101000000000031" not in str(sample(seen.report))
    assert short("2026112019074101000000000031") == "2026..0031"
    assert short("2026-11-20 10:00:00") == "2026-11-20 10:00:00"


# -- the command -------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECON_CONFIG", raising=False)
    return tmp_path


def test_the_command_works_before_there_is_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / name_of(DETAIL_KIND).file_name).write_text(DETAIL)
    assert run_cli(["doctor", "--first-file", name_of(DETAIL_KIND).file_name]) == 0
    printed = capsys.readouterr().out
    assert "Read with the defaults" in printed
    assert "The file reads as configured" in printed
    assert "[reports]" in printed


def test_a_file_without_a_known_payment_does_not_pass(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / name_of(DETAIL_KIND).file_name
    file.write_text(DETAIL.replace(",PAYMENT,", ",PAY,").replace(",REFUND,", ",RETURN,"))
    assert run_cli(["doctor", "--first-file", file.name]) == 1
    printed = capsys.readouterr().out
    assert 'payment_types = ["PAYMENT", "PAY"]' in printed
    assert 'refund_types = ["REFUND", "RETURN"]' in printed


def test_a_strange_file_is_shown_with_the_lines_to_paste(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "from_mail.csv").write_text(STRANGE)
    assert run_cli(["doctor", "--first-file", "from_mail.csv"]) == 1
    assert "Give --kind: transaction_detail" in capsys.readouterr().err
    assert run_cli(["doctor", "--first-file", "from_mail.csv", "--kind", "transaction_detail"]) == 1
    printed = capsys.readouterr().out
    assert 'request_id = ["Request No"]' in printed
    assert "Ccy" in printed
    assert "The file reads with these lines" in printed
    assert run_cli(["doctor", "--first-file", "from_mail.csv", "--kind", "transaction_detail", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["guessed"]["transaction_at"] == "Transaction Date Time"
    assert answer["obstacles_left"] == []


def test_a_total_that_differs_is_not_told_as_a_file_that_cannot_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / name_of(ReportKind.SETTLEMENT).file_name
    text = "settlementAmountValue,valueDate\n701,20261123\n\nclearingBatchId,settlementAmountValue\nB1,700\n"
    file.write_text(text)
    assert run_cli(["doctor", "--first-file", file.name]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "its control total does not agree: a sign, or a real difference" in printed
    assert 'See "What stands in the way" above' in printed
    file.write_text(text.replace("clearingBatchId", "Clearing Batch"))
    assert run_cli(["doctor", "--first-file", file.name]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert 'real difference. See "What is left with the proposed configuration" above' in printed


def test_another_participant_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "recon.toml").write_text((CONFIG / "recon.toml").read_text())
    (folder / name_of(DETAIL_KIND).file_name).write_text(DETAIL)
    assert run_cli(["doctor", "--first-file", name_of(DETAIL_KIND).file_name]) == 1
    assert "participant.id is 1022172000000000001, the file says P1" in capsys.readouterr().out
