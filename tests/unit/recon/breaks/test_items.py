"""From what was found to what a clerk reads: deadline, severity, amount at risk, sentence, evidence, identity."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from recon.breaks.catalogue import STEP_OF_FLAG
from recon.breaks.items import ITEM_SCHEMA, build_items
from recon.tolerance import Tolerance

DAY = date(2026, 11, 20)
FILES = pl.DataFrame(
    {"file_id": ["ab.csv@v2"], "file_name": ["ab.csv"], "version": [2], "sha256": ["f" * 64]},
)
FOUND: dict[str, object] = {
    "family": "P",
    "key_kind": "order",
    "source_id": "shop",
    "order_key": "O1",
    "refund_key": None,
    "provider_transaction_id": "PAY-1",
    "payment_request_id": "O1",
    "refund_request_id": None,
    "code": "P08",
    "flags": "",
    "noted_day": DAY,
    "ref_day": DAY,
    "created_at": datetime(2026, 11, 20, 4),  # noqa: DTZ001
    "order_amount_minor": 1000,
    "report_amount_minor": 900,
    "order_currency": "EUR",
    "report_currency": "EUR",
    "refunded_minor": 0,
    "excess_minor": 0,
    "cancel_state": None,
    "is_unsure": False,
    "partner_key": None,
    "lines": "ab.csv@v2:7",
    "situation": "SUCCESS/1",
    "own_payment_id": "PAY-1",
}


def built(*found: dict[str, object], day: date = DAY, is_shifted: bool = False) -> list[dict[str, object]]:
    frame = pl.DataFrame([FOUND | row for row in found], infer_schema_length=None)
    return build_items(
        frame,
        FILES,
        day,
        Tolerance(),
        is_systematic_shift=is_shifted,
        answers=pl.DataFrame(),
        gone=pl.DataFrame(),
        opening=pl.DataFrame(schema=ITEM_SCHEMA),
    )


def one(**changes: object) -> dict[str, object]:
    (item,) = built(changes)
    return item


def test_both_values_and_their_difference() -> None:
    item = one()
    assert (item["order_amount_minor"], item["report_amount_minor"]) == (1000, 900)
    assert (item["difference_minor"], item["amount_at_risk_minor"]) == (-100, 100)
    assert item["explanation"] == "Our order says 10.00 EUR, the report says 9.00 EUR: 1.00 EUR apart."
    assert item.keys() <= set(ITEM_SCHEMA)


@pytest.mark.parametrize(
    ("code", "due", "charged", "sentence"),
    [
        ("C02", None, 92, "Alipay+ charged a fee of 0.92 EUR: its transaction is not in its set"),
        ("C02", None, -92, "Alipay+ returned a fee of 0.92 EUR: its transaction is not in its set"),
        ("C04", -92, -90, "By contract a fee of 0.92 EUR comes back; Alipay+ returned 0.90 EUR: 0.02 EUR apart."),
        ("C04", 0, -90, "By contract a fee of 0.00 EUR comes back; Alipay+ returned 0.90 EUR: 0.90 EUR apart."),
        ("C04", 92, -90, "By contract the fee is 0.92 EUR; Alipay+ charged -0.90 EUR: 1.82 EUR apart."),
        ("C05", -92, -90, "The returned fee of 0.90 EUR is not in the currency"),
    ],
)
def test_a_fee_that_came_back_is_not_said_to_be_charged(
    code: str, due: int | None, charged: int, sentence: str
) -> None:
    item = one(
        family="C", key_kind="fee", code=code, order_amount_minor=due, report_amount_minor=charged, partner_key="x"
    )
    assert str(item["explanation"]).startswith(sentence)
    assert item["report_amount_minor"] == charged


def test_no_difference_between_two_currencies() -> None:
    item = one(code="P09", report_currency="JPY")
    assert item["difference_minor"] is None
    assert item["currency"] == "EUR"
    assert "10.00 EUR" in str(item["explanation"])
    assert "900 JPY" in str(item["explanation"])


@pytest.mark.parametrize(
    ("code", "changes", "at_risk"),
    [
        ("P01", {}, 900),
        ("P01", {"refunded_minor": 400}, 500),
        ("P01", {"refunded_minor": 950}, 0),
        ("P05", {"refunded_minor": 400}, 500),
        ("P07", {"report_amount_minor": None, "refunded_minor": 300}, 700),
        ("P10", {"excess_minor": 900}, 900),
        ("P19", {"report_amount_minor": None}, 1000),
        ("P12", {}, 0),
        ("T01", {"report_amount_minor": None}, 0),
        ("P06", {"order_amount_minor": None, "order_currency": None}, 900),
    ],
)
def test_amount_at_risk(code: str, changes: dict[str, object], at_risk: int) -> None:
    assert one(code=code, **changes)["amount_at_risk_minor"] == at_risk


def test_money_back_is_one_step_less_bad() -> None:
    assert one(code="P01")["severity"] == "S1"
    assert one(code="P01", flags="MONEY_BACK")["severity"] == "S2"


@pytest.mark.parametrize("code", ["P01", "P02", "P03"])
def test_money_that_is_back_is_never_to_be_refunded_again(code: str) -> None:
    assert "efund it" in str(one(code=code)["what_to_do"]) or "is refunded" in str(one(code=code)["what_to_do"])
    assert one(code=code, flags="MONEY_BACK")["what_to_do"] == STEP_OF_FLAG["MONEY_BACK"]


def test_who_acts() -> None:
    assert one()["who_acts"] == "FIN"
    assert one(flags="SCALE")["who_acts"] == "DEV"
    assert one(code="P03", cancel_state="FAILED")["who_acts"] == "OPS"
    assert one(code="P03", cancel_state="SUCCESS")["who_acts"] == "A+"


def test_an_unsure_duplicate_is_worse_and_names_the_other() -> None:
    item = one(code="P11", partner_key="O0", is_unsure=True)
    assert item["severity"] == "S1"
    assert "The earlier order is O0." in str(item["explanation"])
    assert one(code="P11", partner_key="O0")["severity"] == "S2"


def test_a_shift_of_many_is_one_cause() -> None:
    (item,) = built({"code": "P12"}, is_shifted=True)
    assert (item["severity"], item["flags"]) == ("S3", "SYSTEMATIC")


def test_deadlines() -> None:
    later = datetime(2026, 11, 20, 16)  # noqa: DTZ001
    assert one(code="P01")["deadline_at"] == datetime(2027, 11, 20, 4)  # noqa: DTZ001
    assert one(code="P01", created_at=later)["deadline_at"] == datetime(2026, 11, 21, 16, 15)  # noqa: DTZ001
    assert one(code="P18")["deadline_at"] is None
    waiting = one(code="T01")
    assert waiting["turns_real_day"] == DAY + timedelta(days=2)
    assert waiting["deadline_at"] == datetime(2026, 11, 23, 0, 30)  # noqa: DTZ001
    assert "It becomes a break on 2026-11-22." in str(waiting["explanation"])


def test_a_note_only_on_its_day() -> None:
    assert built({"code": "P12", "noted_day": DAY})
    assert not built({"code": "P12", "noted_day": DAY - timedelta(days=1)})
    assert built({"code": "P08", "noted_day": DAY - timedelta(days=1)})


def test_evidence_names_file_version_and_line() -> None:
    item = one()
    assert json.loads(str(item["evidence"])) == {
        "report": [{"file": "ab.csv", "version": 2, "sha256": "f" * 64, "line": 7}],
        "ours": {"source_id": "shop", "order_key": "O1"},
    }


@pytest.mark.parametrize(
    ("changes", "identity"),
    [
        ({}, "P/shop/order/O1"),
        ({"family": "R", "key_kind": "refund", "refund_key": "V1", "code": "R01"}, "R/shop/refund/V1"),
        ({"family": "R", "code": "R15"}, "R/shop/order/O1"),
        ({"key_kind": "provider", "code": "P06"}, "P/alipayplus/provider/PAY-1"),
    ],
)
def test_identity(changes: dict[str, object], identity: str) -> None:
    assert one(**changes)["break_id"] == identity


def test_identities_are_reported_apart() -> None:
    unknown = {"key_kind": "provider", "code": "P06"}
    items = built(unknown | {"payment_request_id": "X1"}, unknown | {"payment_request_id": "X2"})
    assert [item["break_id"] for item in items] == ["P/alipayplus/provider/PAY-1/X1", "P/alipayplus/provider/PAY-1/X2"]


def test_flags_are_explained() -> None:
    text = str(one(code="P04", flags="P08 PAIRED_BY_PROVIDER_ID")["explanation"])
    assert "It also shows P08, amount diff." in text
    assert "Paired by Alipay+'s own id; the report carries no request id." in text
