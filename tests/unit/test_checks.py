"""What the proofs look for, each on the smallest input that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from checks.arrival import missing_files, stray_batches, surplus_files
from checks.conservation import lost
from checks.parsed_files import not_understood, unreadable
from checks.shape import expectation_result
from checks.source_contract import consistent, wallets_unknown
from checks.validation import Outcome, validate
from checks.verdict import in_one_line, reason_of, verdict
from recon.identities import CONFIRMED_IS_PAID, TIMES_IN_SEQUENCE
from recon.reports.kinds import CLEARING_REPORTS
from recon.reports.kinds.transaction_detail import TRANSACTION_ROWS
from recon.reports.names import ReportKind, ReportName
from recon.runbook import act_of, section_of
from resources.warehouse import Warehouse, parquet_relation

pytestmark = pytest.mark.filterwarnings(  # an import of Great Expectations, on Python 3.11
    "ignore:module 'sre_:DeprecationWarning"
)
DAY = date(2026, 11, 20)
DETAIL = ReportKind.TRANSACTION_DETAIL
EXPECTED = (("A1", "EUR"), ("A2", "USD"))
OF_B1, DETAIL_OF = "came for batch B1 of agreement", "transactionItems_P1_USD_B1"


def name(agreement: str, currency: str, seq: int = 0, kind: ReportKind = DETAIL) -> ReportName:
    return ReportName(kind, "P1", currency, "B1", agreement, seq)


def whole(agreement: str, currency: str, batch_id: str = "B1") -> list[ReportName]:
    """The three clearing reports of a batch."""
    return [replace(name(agreement, currency, kind=kind), batch_id=batch_id) for kind in CLEARING_REPORTS]


def messages_of(names: list[ReportName], came_before: dict[tuple[str, str, str], date] | None = None) -> list[str]:
    """All that is missing, then all that is too much, of every kind."""
    names = sorted(names)
    strays = stray_batches(names, came_before or {})
    missing = [problem for kind in ReportKind for problem in missing_files(kind, names, EXPECTED, strays)]
    return missing + [problem for kind in ReportKind for problem in surplus_files(kind, names, EXPECTED, strays)]


def test_every_expected_set_came() -> None:
    assert messages_of([*whole("A1", "EUR"), name("A1", "EUR", 1), *whole("A2", "USD")]) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            whole("A1", "EUR"),
            [f"no {kind.prefix} file came for agreement A2 in USD (F01)" for kind in CLEARING_REPORTS],
        ),
        (
            [*whole("A1", "EUR"), *whole("A2", "USD")[:2]],
            [f"no feeItems file {OF_B1} A2 in USD: feeItems_P1_USD_B1_A2_000.csv is missing (F01)"],
        ),
        (
            [*whole("A1", "EUR"), *whole("A2", "USD"), name("A2", "USD", 2)],
            [f"transactionItems batch B1 of agreement A2 lacks seq 001: {DETAIL_OF}_A2_001.csv is missing (F06)"],
        ),
        (
            [*whole("A1", "EUR"), *whole("A2", "USD")[1:], name("A2", "USD", 1)],
            [f"transactionItems batch B1 of agreement A2 lacks seq 000: {DETAIL_OF}_A2_000.csv is missing (F06)"],
        ),
        (
            [*whole("A1", "EUR"), *whole("A2", "USD"), *whole("A1", "USD")[:1]],
            [
                f"no summary file {OF_B1} A1 in USD: summary_P1_USD_B1_A1_000.csv is missing (F01)",
                f"no feeItems file {OF_B1} A1 in USD: feeItems_P1_USD_B1_A1_000.csv is missing (F01)",
                f"transactionItems files of agreement A1 in USD are not expected (F07): {DETAIL_OF}_A1_000.csv",
            ],
        ),
    ],
)
def test_a_missing_report_a_gap_and_a_stranger_are_named_by_file(names: list[ReportName], expected: list[str]) -> None:
    assert messages_of(names) == expected


@pytest.mark.parametrize("number", ["2026112000000001", "2026112100000001", "0000000000000001", "20261399"])
@pytest.mark.parametrize("kind", CLEARING_REPORTS)
def test_only_the_missing_report_is_named_however_batches_are_numbered(kind: ReportKind, number: str) -> None:
    """What the number of a batch says of its day is not documented: the report date, the clearing day, nothing."""
    names = [*(one for one in whole("A1", "EUR", number) if one.kind is not kind), *whole("A2", "USD", number)]
    (problem,) = messages_of(names)
    missing = replace(name("A1", "EUR", kind=kind), batch_id=number).file_name
    assert (
        problem == f"no {kind.prefix} file came for batch {number} of agreement A1 in EUR: {missing} is missing (F01)"
    )
    assert section_of(problem) == "Reason: a report has not come"


def test_a_file_of_another_day_is_named_after_what_is_missing() -> None:
    stray = replace(name("A1", "EUR", kind=ReportKind.FEE), batch_id="2026111900000001")
    own = whole("A1", "EUR", "2026112000000001")
    (problem,) = messages_of([*own, stray, *whole("A2", "USD")])
    assert problem == (
        f"{stray.file_name} holds a batch of another day, 2026111900000001: "
        "the other reports of its set are of 2026112000000001 (F08)"
    )
    assert section_of(problem) == "Reason: a file of another day"
    first, second = messages_of([*own[:2], stray, *whole("A2", "USD")])
    assert "feeItems_P1_EUR_2026112000000001_A1_000.csv is missing (F01)" in first
    assert second == problem


def test_a_file_whose_batch_came_on_another_day_is_known_whatever_its_number() -> None:
    batch = ("A1", "EUR", "77")
    stray = replace(name("A1", "EUR"), batch_id="77")
    names = [*whole("A1", "EUR"), stray, *whole("A2", "USD")]
    (problem,) = messages_of(names, {batch: date(2026, 11, 19)})
    assert problem.startswith(
        f"{stray.file_name} holds a batch of another day, 77: its other reports came for 2026-11-19"
    )
    assert (
        messages_of([*names, *whole("A1", "EUR", "77")], {batch: date(2026, 11, 19)}) == []
    )  # delivered again as a whole


def test_no_settlement_on_a_holiday_is_fine_but_a_gap_in_one_is_not() -> None:
    kind, clearing = ReportKind.SETTLEMENT, [*whole("A1", "EUR"), *whole("A2", "USD")]
    assert messages_of(clearing) == []
    assert "settlement_P1_EUR_B1_A1_000.csv is missing (F06)" in messages_of([*clearing, name("A1", "EUR", 1, kind)])[0]


def test_a_batch_that_only_some_reports_have_is_reported() -> None:
    (problem,) = messages_of([*whole("A1", "EUR"), *whole("A2", "USD"), *whole("A1", "EUR", "B2")[:2]])
    assert "feeItems_P1_EUR_B2_A1_000.csv is missing (F01)" in problem


def test_an_unreadable_newest_version_is_reported_though_an_older_one_is_used() -> None:
    files = pl.DataFrame(
        {
            "file_name": ["a", "a", "b"],
            "version": [1, 2, 1],
            "is_valid": [True, False, True],
            "finding": [None, "a v2: the file is empty", None],
        }
    )
    assert unreadable(files) == ["a v2: the file is empty"]


def test_outcomes_add_up_to_inputs() -> None:
    counted = pl.DataFrame(
        {
            "side": ["rows", "rows", "input rows"],
            "outcome": ["P00", "P06", "ALL"],
            "row_count": [8, 1, 10],
        }
    )
    assert lost(counted, "rows") == ["rows: 10 came in and 9 got an outcome"]
    assert lost(counted, "payments") == ["the inputs of payments were not counted"]


def test_orders_that_contradict_themselves_are_a_warning_with_a_line_for_each_identity() -> None:
    result = consistent("payments", {CONFIRMED_IS_PAID: 3, TIMES_IN_SEQUENCE: 0})
    assert (result.passed, reason_of(result)) == (False, None)
    assert result.metadata["reason"] == dg.MetadataValue.text(f"{CONFIRMED_IS_PAID}: not so in 3 rows")
    lines = result.metadata["identities"]
    assert isinstance(lines, dg.TableMetadataValue)
    assert [record.data for record in lines.records] == [
        {"identity": CONFIRMED_IS_PAID, "rows": "3"},
        {"identity": TIMES_IN_SEQUENCE, "rows": "0"},
    ]
    assert consistent("payments", {CONFIRMED_IS_PAID: 0}).passed


def test_a_known_type_that_goes_the_wrong_way_is_not_called_unknown() -> None:
    known = ("PAYMENT", "REFUND")
    assert not_understood("Payment", 1, known) == (
        "type Payment goes the wrong way, and is taken for no payment or refund: 1 row (F04)"
    )
    assert not_understood("DISPUTE", 2, known) == "type DISPUTE is counted, but not understood: 2 rows (F04)"


def test_paid_orders_without_a_wallet_are_counted() -> None:
    assert wallets_unknown(0) == []
    assert wallets_unknown(3) == [
        "no psp_id in 3 rows of what is paid: where the wallet decides the agreement, it is not compared (P14)"
    ]


def test_the_reason_names_the_first_problems_and_counts_the_rest() -> None:
    assert in_one_line(["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more"
    assert verdict(("parsed", "fee"), "some_proof", []).passed


def rows(**columns: object) -> pl.DataFrame:
    good = {
        "file_id": "f@v1",
        "line_number": 4,
        "clearing_day": DAY,
        "participant_agreement_id": "A1",
        "settlement_currency": "EUR",
        "batch_id": "B1",
        "row_role": "PAYMENT",
        "transaction_type": "PAYMENT",
        "request_id": "R1",
        "provider_transaction_id": "T1",
        "transaction_at": datetime(2026, 11, 20),  # noqa: DTZ001
        "amount_minor": 100,
        "currency": "JPY",
        "settlement_amount_minor": 70,
        "sign": 1,
    }
    cells = [
        dict.fromkeys(TRANSACTION_ROWS) | good | columns,
        dict.fromkeys(TRANSACTION_ROWS) | good,
    ]
    return pl.DataFrame(cells, schema=TRANSACTION_ROWS)


def outcomes(frames: list[pl.DataFrame], folder: Path) -> list[Outcome]:
    paths = [folder / f"{place}.parquet" for place in range(len(frames))]
    for frame, path in zip(frames, paths, strict=True):
        frame.write_parquet(path)
    relation = parquet_relation(paths, DETAIL.definition.rows)
    return validate(DETAIL.definition.expectations, relation, Warehouse(folder))


def failed(frames: list[pl.DataFrame], folder: Path) -> dict[str, Outcome]:
    found = zip(DETAIL.definition.expectations, outcomes(frames, folder), strict=True)
    return {f"{line.column}_{line.what}": outcome for line, outcome in found if not outcome.is_met}


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"sign": 2}, "sign_is_plus_or_minus_one"),
        ({"currency": "XQQ"}, "currency_is_a_currency"),
        ({"transaction_at": None}, "transaction_at_is_filled"),
        ({"settlement_amount_minor": None}, "settlement_amount_minor_is_filled"),
        ({"settlement_amount_minor": -(2**53) - 1}, "settlement_amount_minor_is_not_negative"),
        ({"amount_minor": -1}, "amount_minor_is_not_negative"),
        ({"row_role": "SALE"}, "row_role_is_known"),
        ({"row_role": ""}, "row_role_is_known"),
        ({"provider_transaction_id": None}, "provider_transaction_id_is_filled"),
        ({"request_id": None}, "request_id_is_filled"),
        ({"request_id": "R 1"}, "request_id_looks_like_an_id"),
        ({"request_id": "R1\n"}, "request_id_looks_like_an_id"),
        ({"request_id": "支付1"}, "request_id_looks_like_an_id"),
        ({"request_id": "R" * 65}, "request_id_looks_like_an_id"),
    ],
)
def test_great_expectations_sees_every_row_of_every_file(wrong: dict[str, object], check: str, tmp_path: Path) -> None:
    planted = rows(file_id="g@v1", **wrong)
    (value,) = wrong.values()
    assert failed([rows(), rows(), planted], tmp_path) == {check: Outcome(1, (str(value),), "g@v1, line 4")}


def test_of_many_rows_that_do_not_fit_all_are_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    """In the order of files and lines, however many threads read them."""
    negative = rows(amount_minor=-1)[:1]
    many = [
        pl.concat([negative.with_columns(line_number=pl.lit(line, pl.Int64), amount_minor=-line) for line in lines])
        for lines in (range(7, 47), range(3, 43))
    ]
    files = [rows(), *(frame.with_columns(file_id=pl.lit(f"f{place}@v1")) for place, frame in enumerate(many))]
    (found,) = failed(files, tmp_path).values()
    assert found == Outcome(80, ("-7", "-8", "-9", "-10", "-11"), "f0@v1, line 7")


def test_several_expectations_that_are_not_met_are_each_reported(tmp_path: Path) -> None:
    found = failed([rows(sign=0, amount_minor=-5, request_id=None)], tmp_path)
    assert {name: (one.unexpected, one.values) for name, one in found.items()} == {
        "sign_is_plus_or_minus_one": (1, ("0",)),
        "amount_minor_is_not_negative": (1, ("-5",)),
        "request_id_is_filled": (1, ("None",)),
    }


def test_what_is_not_as_expected_is_named_with_file_line_and_what_to_do(tmp_path: Path) -> None:
    found = outcomes([rows(amount_minor=-1)], tmp_path)
    result = expectation_result(dg.AssetKey(["parsed", "transaction_detail"]), DETAIL, found, 2)
    reason = reason_of(result)
    assert reason == "f@v1, line 4: 1 row of transactionItems against the rule: amount_minor is not negative"
    assert act_of(reason).startswith("A damaged file")


def test_what_only_warns_stops_no_day(tmp_path: Path) -> None:
    found = outcomes([rows(request_id="R 1")], tmp_path)
    result = expectation_result(dg.AssetKey(["parsed", "transaction_detail"]), DETAIL, found, 2)
    assert (result.passed, reason_of(result)) == (False, None)
    assert result.severity is dg.AssetCheckSeverity.WARN


def test_good_rows_and_no_rows_pass(tmp_path: Path) -> None:
    assert failed([rows()], tmp_path) == {}
    assert failed([rows().clear()], tmp_path) == {}


def test_a_column_that_is_not_there_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    rows().write_parquet(tmp_path / "rows.parquet")
    relation = f"(SELECT * RENAME (sign AS direction) FROM '{tmp_path / 'rows.parquet'}')"
    with pytest.raises(Exception, match="sign"):
        validate(DETAIL.definition.expectations, relation, Warehouse(tmp_path))
