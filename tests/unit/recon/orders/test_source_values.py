"""Money, times and statuses of a source, exact or refused."""

# ruff: noqa: DTZ001 - tables are read by the row, and databases store times without a zone

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from recon.errors import SourceContractError
from recon.identities import ONE_FINAL_STATE
from recon.orders import PAYMENT_SCHEMA
from recon.orders.canonical import canonical, payments_rule, refunds_rule
from recon.orders.source_money import to_minor_units
from recon.orders.source_times import to_utc
from recon.orders.source_values import SEPARATOR, series_of, unpacked


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        ("10.5", "EUR", 1050), ("10.50", "EUR", 1050), ("10.500000", "EUR", 1050), ("007.10", "EUR", 710),
        (".50", "EUR", 50), ("+.50", "EUR", 50), ("+1", "EUR", 100), ("+", "EUR", None), (".", "EUR", None),
        ("5.", "EUR", 500), (" 3 ", "EUR", 300), ("-1.50", "EUR", -150), ("-0.05", "EUR", -5),
        ("1200", "JPY", 1200), ("1200.00", "JPY", 1200), ("1200", "KRW", 1200), ("1.234", "KWD", 1234),
        ("1.2", "KWD", 1200), ("1.2345", "CLF", 12345), ("99999999999999.99", "EUR", 9_999_999_999_999_999),
        ("10.505", "EUR", None), ("0.5", "JPY", None), ("1.2345", "KWD", None), ("1e3", "EUR", None),
        ("1,50", "EUR", None), ("1.2.3", "EUR", None), ("5.+5", "EUR", None), ("abc", "EUR", None),
        ("NaN", "EUR", None), ("999999999999999999999", "EUR", None), ("1.00000000001", "EUR", None),
    ],
)  # fmt: skip
def test_major_units_become_exact_minor_units_or_are_refused(raw: str, currency: str, minor: int | None) -> None:
    read = to_minor_units(pl.Series([raw]), pl.Series([currency]), "major")
    assert read.minor.to_list() == [minor]
    assert read.inexact == (minor is None)


@pytest.mark.parametrize(
    ("raw", "minor"),
    [
        ("1050", 1050),
        ("1050.00", 1050),
        ("10.5", None),
        ("9999999999999999", 9_999_999_999_999_999),
        ("10000000000000000", None),
    ],
)
def test_minor_units_are_whole_numbers(raw: str, minor: int | None) -> None:
    assert to_minor_units(pl.Series([raw]), pl.Series(["EUR"]), "minor").minor.to_list() == [minor]


def test_an_unknown_currency_is_counted_even_beside_known_ones() -> None:
    read = to_minor_units(pl.Series(["1", "1", "1"]), pl.Series(["EUR", "ZZZ", None]), "major")
    assert (read.unknown_currencies, read.unknown_codes.to_list()) == (2, ["ZZZ", None])


PARIS, TAIPEI = "Europe/Paris", "Asia/Taipei"


@pytest.mark.parametrize(
    ("zone", "raw", "utc"),
    [
        ("UTC", "2026-11-20 15:59:59", "2026-11-20 15:59:59"),
        ("UTC", "2026-11-20 15:59:59.999999", "2026-11-20 15:59:59.999999"),
        ("UTC", "2026-11-20 16:00:00.5", "2026-11-20 16:00:00.500000"),
        ("UTC", "2026-11-20T16:00:00Z", "2026-11-20 16:00:00"),
        ("UTC", "2026-11-20T18:00:00.25+02:00", "2026-11-20 16:00:00.250000"),
        ("UTC", "2026-11-20 10:30:00-0530", "2026-11-20 16:00:00"),
        ("UTC", "2026-11-20 16:00:00+00", "2026-11-20 16:00:00"),
        ("UTC", "20261120 16:00:00", "2026-11-20 16:00:00"),
        (TAIPEI, "2026-11-21 00:00:00", "2026-11-20 16:00:00"),
        (TAIPEI, "2026-11-20T16:00:00Z", "2026-11-20 16:00:00"),
        (PARIS, "2026-07-01 18:00:00", "2026-07-01 16:00:00"),
        (PARIS, "2026-12-01 17:00:00", "2026-12-01 16:00:00"),
        (PARIS, "2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        (PARIS, "2026-03-29 03:00:00", "2026-03-29 01:00:00"),
        (PARIS, "2026-10-25 01:59:59", "2026-10-24 23:59:59"),
        (PARIS, "2026-10-25 02:30:00", "2026-10-25 00:30:00"),  # read twice by the clock: the earlier one
        (PARIS, "2026-10-25 03:00:00", "2026-10-25 02:00:00"),
        (PARIS, "2026-03-29 02:30:00", None),  # skipped by the clock
        ("UTC", "2026-02-30 10:00:00", None),
        ("UTC", "2026-11-20", None),
        ("UTC", "2026-1-11 10:00:00", None),  # as a text it would come after 2026-10-11
        ("UTC", "2026-11-20 9:05:00", None),
        ("UTC", "26-11-20 10:00:00", None),
        ("UTC", "2026-11-20 10:00:00+99:99", None),
        ("UTC", "2026111 10:00:00", None),  # 1 November, or 11 January?
        ("UTC", "\u00a02026-11-20T16:00:00Z\u200b", "2026-11-20 16:00:00"),
        ("UTC", "yesterday", None),
    ],
)  # fmt: skip
def test_a_local_time_is_one_instant_or_none(zone: str, raw: str, utc: str | None) -> None:
    instants, _ = to_utc(pl.Series([raw]), zone)
    assert instants.to_list() == [datetime.fromisoformat(utc) if utc else None]


def test_ambiguous_times_are_counted() -> None:
    raw = pl.Series(["2026-10-25 02:30:00", "2026-10-25 03:30:00", None])
    assert to_utc(raw, PARIS)[1] == 1


def test_times_in_one_batch_may_be_written_in_several_ways() -> None:
    raw = pl.Series(["2026-11-20 17:00:00", "2026-11-20T16:00:00Z", None, "20261120 17:00:00"])
    instant = datetime(2026, 11, 20, 16)
    assert to_utc(raw, PARIS)[0].to_list() == [instant, instant, None, instant]


def test_driver_values_keep_their_kind() -> None:
    taipei = datetime(2026, 11, 21, 0, 0, tzinfo=timezone(timedelta(hours=8)))
    assert series_of("created_at", [taipei, None]).to_list() == [
        datetime(2026, 11, 20, 16, tzinfo=UTC),
        None,
    ]
    assert series_of("amount", [Decimal("1E+2"), None, 7, "3.50"]).to_list() == [
        "100",
        None,
        "7",
        "3.50",
    ]
    assert series_of("attempts", [2**70]).to_list() == [str(2**70)]
    assert series_of("psp_id", [None, None]).dtype == pl.String


@pytest.mark.parametrize("values", [[1.5], [1.5, "2.00"], [None, 2.0]])
def test_a_float_is_not_money(values: list[Any]) -> None:
    with pytest.raises(SourceContractError, match="floating-point"):
        series_of("amount", values)


def test_packed_rows_say_what_the_columns_would() -> None:
    rows = pl.Series([SEPARATOR.join(["1", "", "x y"]), SEPARATOR.join(["2", "b", ""])])
    frame = unpacked(rows, ("one", "two", "three"))
    assert frame.rows() == [("1", "", "x y"), ("2", "b", "")]
    with pytest.raises(SourceContractError, match="control characters"):
        unpacked(pl.Series([SEPARATOR.join("abcd")]), ("one", "two", "three"))


FACETS = {
    "pay_state": {"INIT|R": "INIT", "S|Y": "SUCCESS", "C|N": "CLOSED"},
    "confirm_state": {"INIT|R": "NOT_CONFIRMED", "S|Y": "CONFIRMED", "C|N": "CANCELLED"},
}
CANCEL = {"REQ": "REQUESTED", "S": "SUCCESS", "F": "FAILED"}


def one_payment(**changes: Any) -> tuple[dict[str, Any], Any]:
    """A payment in canonical form, from a raw row with some values changed."""
    rule = payments_rule("shop", FACETS, cancel_map=CANCEL, **changes.pop("rule", {}))
    raw = {
        "order_key": "0012A", "merchant_id": "M1", "amount": "10.50", "currency": "eur",
        "raw_status_0": "S", "raw_status_1": "Y", "created_at": "2026-11-20 10:00:00",
        "updated_at": "2026-11-20 10:00:00",
    }  # fmt: skip
    frame = pl.DataFrame({key: [value] for key, value in (raw | changes).items() if value != "-"})
    batch = canonical(frame, rule)
    return batch.rows.row(0, named=True), batch


def test_a_row_has_exactly_the_canonical_columns() -> None:
    _, batch = one_payment()
    assert dict(batch.rows.schema) == {
        name: kind() if isinstance(kind, type) else kind for name, kind in PAYMENT_SCHEMA.items()
    }
    assert not batch.faults


@pytest.mark.parametrize(
    ("pay", "txn", "cancel", "states"),
    [
        ("INIT", "R", None, ("INIT", "NOT_CONFIRMED", "NONE")),
        ("S", "Y", None, ("SUCCESS", "CONFIRMED", "NONE")),
        (" S ", "Y  ", "", ("SUCCESS", "CONFIRMED", "NONE")),  # fixed-width columns are padded
        ("s", "Y", None, ("UNMAPPED", "UNMAPPED", "NONE")),
        ("S", "N", None, ("UNMAPPED", "UNMAPPED", "NONE")),
        ("S|Y", "", None, ("UNMAPPED", "UNMAPPED", "NONE")),
        (None, "Y", None, ("UNMAPPED", "UNMAPPED", "NONE")),
        ("S", "Y", "F", ("SUCCESS", "CONFIRMED", "FAILED")),
        ("S", "Y", "S", ("CLOSED", "CONFIRMED", "SUCCESS")),
        ("INIT", "R", "S", ("CLOSED", "NOT_CONFIRMED", "SUCCESS")),
        ("S", "Y", "??", ("SUCCESS", "CONFIRMED", "UNMAPPED")),
    ],
)
def test_statuses_are_mapped_as_exact_pairs_and_never_guessed(
    pay: str | None, txn: str, cancel: str | None, states: tuple[str, str, str]
) -> None:
    row, batch = one_payment(raw_status_0=pay, raw_status_1=txn, cancel_state=cancel)
    assert (row["pay_state"], row["confirm_state"], row["cancel_state"]) == states
    assert bool(batch.unmapped) == (states[0] == "UNMAPPED")


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ({"cancel_requested_at": "2026-11-21 00:15:01"}, "REQUESTED"),
        ({"cancel_code": "CANCEL_WINDOW_EXCEED"}, "REQUESTED"),
        ({"cancel_state": "F", "cancel_requested_at": "2026-11-21 00:15:01"}, "FAILED"),
        ({"cancel_requested_at": " ", "cancel_code": "0"}, "NONE"),
    ],
)
def test_a_cancel_without_a_word_was_asked_for_if_its_time_or_its_answer_says_so(
    cells: dict[str, str], state: str
) -> None:
    assert one_payment(**cells)[0]["cancel_state"] == state


def test_a_cancelled_success_is_a_finding() -> None:
    assert one_payment(cancel_state="S")[1].notes[ONE_FINAL_STATE] == 1
    assert one_payment(cancel_state="S", raw_status_0="C", raw_status_1="N")[1].notes[ONE_FINAL_STATE] == 0


@pytest.mark.parametrize("key", ["000123", "12A", "X" * 40, "a b", "1E5"])
def test_keys_stay_as_they_are(key: str) -> None:
    row, _ = one_payment(order_key=key)
    assert (row["order_key"], row["payment_request_id"]) == (key, key)


def test_keys_are_trimmed_and_lose_a_prefix_only_if_configured() -> None:
    stripped, _ = one_payment(order_key=" FR-1 ", rule={"remove_prefix": "FR-"})
    assert (stripped["order_key"], stripped["payment_request_id"]) == ("1", "1")
    sent, _ = one_payment(order_key="FR-1", payment_request_id="FR-1", rule={"remove_prefix": "FR-"})
    assert (sent["order_key"], sent["payment_request_id"]) == ("1", "FR-1")
    verbatim, _ = one_payment(order_key=" 1 ", rule={"strip": False})
    assert verbatim["order_key"] == " 1 "


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff"])
def test_blanks_are_those_of_the_reports(blank: str) -> None:
    row, batch = one_payment(order_key=f"{blank}A1{blank}", amount=f"{blank}10.00", provider_payment_id=blank)
    assert (row["order_key"], row["amount_minor"], row["provider_payment_id"]) == ("A1", 1000, None)
    assert not batch.faults


def test_two_keys_that_share_their_first_twenty_characters_stay_two() -> None:
    first, second = "A" * 20 + "1", "A" * 20 + "2"
    assert one_payment(order_key=first)[0]["order_key"] != one_payment(order_key=second)[0]["order_key"]


def test_constants_fill_what_the_source_does_not_have() -> None:
    assert one_payment(currency="-", rule={"constants": {"currency": "JPY"}}, amount="5")[0]["amount_minor"] == 5
    row, batch = one_payment(currency=None, rule={"constants": {"currency": "KWD"}})
    assert (row["currency"], row["amount_minor"], bool(batch.faults)) == ("KWD", 10500, False)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"amount": "10.505"}, ("amount", "is not an exact amount in its currency")),
        ({"amount": "0"}, ("amount", "is not above zero")),
        ({"amount": None}, ("amount", "is empty")),
        ({"currency": "EURO"}, ("currency", "is not an ISO 4217 currency")),
        ({"currency": None}, ("currency", "is empty, though the amount is there")),
        ({"settlement_amount": "950"}, ("settlement_currency", "is empty, though the amount is there")),
        ({"order_key": "  "}, ("order_key", "is empty")),
        ({"merchant_id": None}, ("merchant_id", "is empty")),
        ({"created_at": "2026-13-01 00:00:00"}, ("created_at", "is not a time that exists in UTC")),
        ({"paid_at": "soon"}, ("paid_at", "is not a time that exists in UTC")),
        ({"settlement_amount": "1.5", "settlement_currency": "EUR"},
         ("settlement_amount", "is not an exact amount in its currency")),
    ],
)  # fmt: skip
def test_what_cannot_be_told_exactly_is_a_fault(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert one_payment(**changes)[1].faults[fault] == 1


def test_small_columns() -> None:
    row, _ = one_payment(voided_in_full=1, rule={"test_merchants": ("M1",)})
    assert (row["voided_in_full"], row["is_test"]) == (True, True)
    assert one_payment()[0]["is_test"] is False


@pytest.mark.parametrize(
    ("word", "configured", "flag"),
    [
        (1, {}, True), (0, {}, False), (True, {}, True), (False, {}, False), ("Y", {}, True), (" n ", {}, False),
        ("true", {}, True), ("False", {}, False), ("", {}, None), (None, {}, None),
        ("F", {"F": True, "P": False}, True), ("P", {"F": True, "P": False}, False),
    ],
)  # fmt: skip
def test_a_flag_is_read_by_its_map(word: Any, configured: dict[str, bool], flag: bool | None) -> None:
    row, batch = one_payment(voided_in_full=word, rule={"voided_in_full_map": configured} if configured else {})
    assert row["voided_in_full"] is flag
    assert not batch.faults


@pytest.mark.parametrize(
    ("word", "configured"), [("F", {}), ("T", {}), ("YES", {}), ("no", {}), ("2", {}), ("Y", {"F": True, "P": False})]
)
def test_a_word_that_is_no_flag_is_a_fault_and_never_silent(word: str, configured: dict[str, bool]) -> None:
    row, batch = one_payment(voided_in_full=word, rule={"voided_in_full_map": configured} if configured else {})
    fault = ("voided_in_full", "has a word that voided_in_full_map does not know")
    assert row["voided_in_full"] is None
    assert batch.faults == {fault: 1}
    assert batch.examples == {fault: (word,)}


def test_words_without_a_meaning_are_unmapped_and_counted() -> None:
    row, batch = one_payment(result_channel="CRON", cancel_state="??")
    assert (row["result_channel"], row["cancel_state"]) == ("UNMAPPED", "UNMAPPED")
    assert batch.unmapped_words == {"result_channel = CRON": 1, "cancel_state = ??": 1}
    row, batch = one_payment(result_channel="CRON", rule={"result_channel_map": {"CRON": "INQUIRY"}})
    assert (row["result_channel"], bool(batch.unmapped_words)) == ("INQUIRY", False)
    assert one_payment(result_channel="SYNC")[0]["result_channel"] == "SYNC"
    row, batch = one_payment(result_channel=" ", cancel_state=None)
    assert (row["result_channel"], row["cancel_state"], bool(batch.unmapped_words)) == (None, "NONE", False)


@pytest.mark.parametrize(
    "value",
    ["0000-00-00 00:00:00", "0001-01-01T00:00:00+09:00", "9999-12-31 23:59:59", "2026-02-30 10:00:00", "infinity"],
)
def test_an_impossible_time_is_a_fault_that_shows_its_value(value: str) -> None:
    row, batch = one_payment(paid_at=value)
    fault = ("paid_at", "is not a time that exists in UTC")
    assert row["paid_at"] is None
    assert batch.faults == {fault: 1}
    assert batch.examples == {fault: (value,)}


def test_times_of_a_driver_beyond_the_years_of_python_are_faults_row_by_row() -> None:
    east = timezone(timedelta(hours=9))
    raw = series_of("paid_at", [datetime(1, 1, 1, tzinfo=east), datetime(2026, 11, 20, 9, tzinfo=east)])
    assert to_utc(raw, "UTC")[0].to_list() == [None, datetime(2026, 11, 20)]
    mixed = series_of(
        "paid_at", ["0000-00-00 00:00:00", datetime(2026, 11, 20, 9), datetime(2026, 11, 20, 9, tzinfo=east)]
    )
    assert to_utc(mixed, PARIS)[0].to_list() == [None, datetime(2026, 11, 20, 8), datetime(2026, 11, 20)]


def test_a_time_means_the_same_in_every_batch() -> None:
    raw = [
        "2026-11-20 17:00:00", "2026-11-20T16:00:00Z", "2026-11-20 16:00:00+00", "20261120 17:00:00", "2026-11-20",
        "2026-11-20 17:00:00.1234567", "2026-11-20T17:00:00.5+0900", "2026-11-20 16:00:00Z+00", "2026-11-20 17:00",
    ]  # fmt: skip
    alone = [to_utc(pl.Series([text]), PARIS)[0].item() for text in raw]
    assert to_utc(pl.Series(raw), PARIS)[0].to_list() == alone
    assert to_utc(pl.Series(raw[::-1]), PARIS)[0].to_list() == alone[::-1]


@pytest.mark.parametrize("name", ["order_key", "psp_id", "attempts"])
def test_a_float_is_a_whole_number_or_refused(name: str) -> None:
    whole = [100000000000001.0, Decimal("77.00"), None, 7, "07", -5.0]
    assert series_of(name, whole).to_list() == ["100000000000001", "77", None, "7", "07", "-5"]
    for lost in (2.0**53, 7.5, float("nan"), float("inf")):
        with pytest.raises(SourceContractError, match="floating-point"):
            series_of(name, [1.0, lost])


def test_a_refund_that_was_never_sent_has_no_request_id() -> None:
    facets = {"provider_state": {"N": "NEVER_SENT"}, "local_state": {"N": "PENDING"}}
    raw = pl.DataFrame(
        {
            "refund_key": ["V1"], "order_key": ["1"], "refund_request_id": [""], "amount": ["1"], "currency": ["EUR"],
            "raw_status_0": ["N"], "requested_at": ["2026-11-20 10:00:00"], "updated_at": ["2026-11-20 10:00:00"],
            "attempts": ["2"],
        }
    )  # fmt: skip
    batch = canonical(raw, refunds_rule("shop", facets))
    row = batch.rows.row(0, named=True)
    assert (row["refund_request_id"], row["provider_state"], row["attempts"]) == (
        None,
        "NEVER_SENT",
        2,
    )
    assert not batch.faults
    strange = canonical(
        raw.with_columns(initiator=pl.lit("ROBOT"), attempts=pl.lit("many")), refunds_rule("shop", facets)
    )
    assert strange.rows["initiator"].to_list() == ["UNMAPPED"]
    assert strange.unmapped_words == {"initiator = ROBOT": 1}
    assert strange.examples == {("attempts", "is not a whole number"): ("many",)}
