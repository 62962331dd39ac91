"""Everything known about one id, however it is named, from the landed bytes to the verdict."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from recon.breaks.items import ITEM_SCHEMA
from recon.errors import ReconError
from recon.inquiry import Amount, Answered, Finding, Question, Result
from recon.inquiry.evidence import Exchange
from recon.inquiry.schedule import DueQuestion
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind
from resources.journals.inquiries import InquiryJournal
from resources.landing import Landing
from resources.warehouse import Warehouse, replace_day, transaction
from tests.golden.cases import CASES
from tests.golden.replay import replay
from tests.support.control_totals import DETAIL_AMOUNT, DETAIL_COUNT
from tests.support.parsed import parse_kind
from views.trail.batch_story import BatchRows, batch_events
from views.trail.event import Event
from views.trail.gather import gather, key_of, looked_in
from views.trail.story import as_json, as_text, events

DAY = date(2026, 11, 20)
NEXT_DAY = DAY + timedelta(days=1)
RECORDED = datetime(2026, 11, 21, 1, tzinfo=UTC).replace(tzinfo=None)
QUESTION = "633a5a0d90f1c2aa"
GRACE = timedelta(minutes=30)
FILE = "transactionItems_P1_USD_B1_A1_000.csv"
REPORT = """\
totalCount,netSettlementAmountValue
3,1700

clearingBatchId,transactionId,transactionRequestId,originalTransactionId,transactionType,transactionTime,settlementAmountValue
B1,PAY1,REQ1,,PAYMENT,2026-11-20T10:00:00+08:00,1000
B1,RFD1,REQ2,PAY1,REFUND,2026-11-20T11:00:00+08:00,-300
B1,PAY9,REQ9,,PAYMENT,2026-11-20T12:00:00+08:00,1000
B1,PAYX,REQX,,PAYMENT,2026-11-20T12:00:00+08:00,not a number
<END>
"""
CORRECTED = REPORT.replace("T10:00:00", "T10:00:01")


@pytest.fixture(scope="module")
def warehouse(recorded: Path) -> Warehouse:
    """What was recorded, for all who only read it."""
    return Warehouse(recorded, threads=1)


@pytest.fixture
def own_warehouse(recorded: Path, tmp_path: Path) -> Warehouse:
    """A copy of it, which a test may change."""
    return Warehouse(Path(shutil.copytree(recorded, tmp_path / "state")))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One report in two versions, one order with a refund, two days of judgement."""
    tmp_path = tmp_path_factory.mktemp("recorded")
    warehouse = Warehouse(tmp_path / "state")
    landing = Landing(
        warehouse.directory / "landed", participant_id="P1", agreement_ids=["A1"],
        now=lambda: datetime(2026, 11, 21, 0, 30, tzinfo=UTC),
    )  # fmt: skip
    folder = tmp_path / "20261121"
    folder.mkdir()
    with warehouse.connect() as connection:
        for content in (REPORT, CORRECTED):
            (folder / FILE).write_text(content)
            landing.land_from(folder)
            versions = landing.versions(NEXT_DAY)
            parse_kind(connection, warehouse, DAY, ReportKind.TRANSACTION_DETAIL, versions, DEFAULT)
        _judge(connection)
    for day, state in ((DAY, "INIT"), (NEXT_DAY, "SUCCESS")):
        _freeze(warehouse, day, state)
    return warehouse.directory


def _judge(connection: object) -> None:
    item = {
        "as_of_day": DAY, "break_id": "P/shop/order/ORDER1", "family": "P", "break_code": "P01",
        "break_name": "PAID_STILL_INIT", "severity": "S1", "state": "OPEN", "opened_day": DAY,
        "payment_request_id": "REQ1", "provider_transaction_id": "PAY1", "order_key": "ORDER1",
        "currency": "USD", "amount_at_risk_minor": 1000, "who_acts": "OPS",
        "explanation": "The customer paid 10.00 USD, but our order is still INIT.",
    }  # fmt: skip
    moved = {
        "as_of_day": NEXT_DAY, "break_id": item["break_id"], "movement": "RESOLVED",
        "code_before": "P01", "outcome": "P00", "resolved_by": "PERSON",
    }  # fmt: skip
    rerun = {
        "as_of_day": DAY, "revision": 2, "recorded_at": RECORDED, "what": "BREAK",
        "name": item["break_id"], "change": "CHANGED", "before": "P17 OPEN", "after": "P01 OPEN",
        "currency": "USD", "amount_before_minor": 0, "amount_after_minor": 1000,
    }  # fmt: skip
    with transaction(connection):  # type: ignore[arg-type]
        frame = pl.DataFrame([item], schema=ITEM_SCHEMA)
        replace_day(connection, "breaks.items", DAY, frame)  # type: ignore[arg-type]
        replace_day(connection, "breaks.corrections", DAY, pl.DataFrame([rerun]))  # type: ignore[arg-type]
        replace_day(connection, "breaks.movements", NEXT_DAY, pl.DataFrame([moved]))  # type: ignore[arg-type]
        for table, key in (("payments", "ORDER1"), ("refunds", "VOID1")):
            column = "order_key" if table == "payments" else "refund_key"
            outcome = {"as_of_day": DAY, column: key, "code": "P01" if key == "ORDER1" else "R00"}
            replace_day(connection, f"reconciled.{table}", DAY, pl.DataFrame([outcome]))  # type: ignore[arg-type]


def _freeze(warehouse: Warehouse, day: date, state: str) -> None:
    order = {
        "source_id": "shop", "order_key": "ORDER1", "payment_request_id": "REQ1",
        "amount_minor": 1000, "currency": "USD", "pay_state": state,
        "confirm_state": "NOT_CONFIRMED", "status_raw": state[0],
        "created_at": datetime(2026, 11, 20, 1, 59, tzinfo=UTC).replace(tzinfo=None),
        "provider_payment_id": "PAY1" if state == "SUCCESS" else None,
    }  # fmt: skip
    refund = {
        "source_id": "shop", "refund_key": "VOID1", "order_key": "ORDER1",
        "refund_request_id": "REQ2", "provider_refund_id": "RFD1", "amount_minor": 300,
        "currency": "USD", "provider_state": "SUCCESS", "local_state": "VOIDED",
        "status_raw": "S|V",
        "requested_at": datetime(2026, 11, 20, 2, 59, tzinfo=UTC).replace(tzinfo=None),
    }  # fmt: skip
    payments = pl.DataFrame([order], schema=PAYMENT_SCHEMA)
    refunds = pl.DataFrame([refund], schema=REFUND_SCHEMA)
    warehouse.write_parquet(payments, warehouse.orders_path("payments", day))
    warehouse.write_parquet(refunds, warehouse.orders_path("refunds", day))


@cache
def known(warehouse: Warehouse, asked: str) -> tuple[list[str], list[Event]]:
    """Gathered once for all tests that look at the same story."""
    ids, found = gather(warehouse, asked)
    return ids, events(found, GRACE)


@pytest.mark.parametrize("asked", ["REQ1", "REQ2", "ORDER1", "VOID1", "PAY1", "RFD1"])
def test_every_name_of_a_payment_and_its_refund_leads_to_the_whole(warehouse: Warehouse, asked: str) -> None:
    ids, found = known(warehouse, asked)
    assert ids[0] == asked
    assert set(ids) == {"REQ1", "REQ2", "ORDER1", "VOID1", "PAY1", "RFD1"}
    assert {event.kind for event in found} == {
        "order", "refund", "report", "orders", "outcome", "break", "movement", "revision",
    }  # fmt: skip


def test_events_stand_in_the_order_of_time(warehouse: Warehouse) -> None:
    _, found = known(warehouse, "REQ1")
    assert [event.at for event in found] == sorted(event.at for event in found)
    kinds = [event.kind for event in found]
    assert kinds.index("order") < kinds.index("report") < kinds.index("break")
    assert kinds[-1] == "movement"


@pytest.mark.parametrize("shift", [timedelta(hours=-9), timedelta(days=3_652_058, hours=20)])
def test_a_stored_time_that_no_calendar_shows_is_left_out(own_warehouse: Warehouse, shift: timedelta) -> None:
    """Older versions froze what a database held, such as 0001-01-01 moved to UTC."""
    path = own_warehouse.orders_path("payments", DAY)
    beyond = pl.lit(datetime(1, 1, 1)) + shift  # noqa: DTZ001 - as in a table
    own_warehouse.write_parquet(pl.read_parquet(path).with_columns(paid_at=beyond, confirmed_at=beyond), path)
    ids, found = known(own_warehouse, "REQ1")
    text = as_text("REQ1", ids, found)
    assert "order created" in text
    assert json.loads(as_json("REQ1", ids, found))["ids"] == ids


def test_a_report_line_comes_with_file_version_line_and_its_bytes(warehouse: Warehouse) -> None:
    _, found = known(warehouse, "REQ1")
    current = [event.facts for event in found if event.kind == "report" and event.facts["is_current"]]
    place = [(line["file_name"], line["version"], line["line_number"]) for line in current]
    assert place == [(FILE, 2, 5), (FILE, 2, 6)]
    assert current[0]["raw"] == CORRECTED.splitlines()[4]
    assert current[1]["raw"] == CORRECTED.splitlines()[5]


def test_a_superseded_version_is_shown_as_such(warehouse: Warehouse) -> None:
    text = as_text("REQ1", *known(warehouse, "REQ1"))
    assert f"{FILE} version 1, superseded, line 5" in text
    sha256 = hashlib.sha256(REPORT.encode()).hexdigest()
    assert f"file: landed/{NEXT_DAY}/{FILE}.v1, sha256 {sha256}\n" in text


def test_the_order_is_shown_as_it_stood_day_by_day(warehouse: Warehouse) -> None:
    _, found = known(warehouse, "ORDER1")
    stood = [event.text for event in found if event.kind == "orders" and "ORDER1" in event.text]
    assert ["INIT" in text for text in stood] == [True, False]


def test_judgements_are_reported_with_their_day(warehouse: Warehouse) -> None:
    _, found = known(warehouse, "ORDER1")
    judged = {(event.kind, event.day, event.text.split()[0]) for event in found if event.day}
    assert ("break", DAY, "P01") in judged
    assert ("outcome", DAY, "R00") in judged
    assert ("movement", NEXT_DAY, "P01") in judged
    text = as_text("ORDER1", [], found)
    assert "P01 resolved by a change on our side, the data now says P00" in text
    assert "list run again: P17 OPEN -> P01 OPEN, at risk 0.00 USD -> 10.00 USD" in text


def test_a_line_that_was_not_understood_is_found_by_its_text(warehouse: Warehouse) -> None:
    _, found = known(warehouse, "REQX")
    assert [event.kind for event in found] == ["quarantine"]
    assert found[0].facts["raw"] == CORRECTED.splitlines()[7]


@pytest.mark.parametrize("separator", [",", ";"])
def test_so_is_one_of_a_file_with_other_line_ends_and_marks(tmp_path: Path, separator: str) -> None:
    warehouse = Warehouse(tmp_path / "state")
    landing = Landing(
        warehouse.directory / "landed", participant_id="P1", agreement_ids=["A1"], now=lambda: datetime.now(UTC)
    )
    text = REPORT.replace("REQX", "`REQX").replace(",", separator)
    (tmp_path / "20261121").mkdir()
    (tmp_path / "20261121" / FILE).write_bytes(text.replace("\n", "\r").encode())
    with warehouse.connect() as connection:
        landing.land_from(tmp_path / "20261121")
        parse_kind(connection, warehouse, DAY, ReportKind.TRANSACTION_DETAIL, landing.versions(NEXT_DAY), DEFAULT)
    _, (event,) = known(warehouse, "REQX")
    assert (event.kind, event.facts["raw"]) == ("quarantine", text.splitlines()[7])


def test_other_payments_stay_out(warehouse: Warehouse) -> None:
    assert "PAY9" not in as_text("REQ1", *known(warehouse, "REQ1"))


def test_json_says_the_same(warehouse: Warehouse) -> None:
    ids, found = known(warehouse, "REQ1")
    document = json.loads(as_json("REQ1", ids, found))
    assert [event["text"] for event in document["events"]] == [event.text for event in found]
    assert all(event["at"].endswith("Z") for event in document["events"])


def test_an_unknown_id_is_known_by_nobody(warehouse: Warehouse) -> None:
    assert known(warehouse, "REQ1' OR 1=1 --") == (["REQ1' OR 1=1 --"], [])


def test_control_characters_do_not_reach_the_terminal(warehouse: Warehouse) -> None:
    assert "\x1b" not in as_text("\x1b[2J", *known(warehouse, "\x1b[2J"))


def test_landed_bytes_that_are_gone_do_not_hide_the_rest(own_warehouse: Warehouse) -> None:
    for path in (own_warehouse.directory / "landed").rglob(f"{FILE}.v*"):
        path.unlink()
    _, found = known(own_warehouse, "REQ1")
    assert any(event.kind == "report" for event in found)


def test_joined_rows_tell_the_same_and_may_be_removed_meanwhile(
    own_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = known(own_warehouse, "REQ1")
    removed = own_warehouse.directory / "removed.parquet"
    monkeypatch.setattr("views.trail.gather.fewest_paths", lambda *_: [removed])
    assert known(own_warehouse, "REQ1") == plain, "a run removed the joined file, and each file is read by itself"
    with own_warehouse.connect() as connection:
        for kind in (ReportKind.TRANSACTION_DETAIL, ReportKind.FEE):
            paths = connection.execute("SELECT file_id FROM parsed.files WHERE kind = ? AND is_current", [kind.value])
            rows = [pl.read_parquet(own_warehouse.parsed_path(kind, DAY, name)) for (name,) in paths.fetchall()]
            pl.concat([pl.DataFrame(schema=kind.definition.rows), *rows]).write_parquet(removed.with_stem(kind.value))
    monkeypatch.setattr("views.trail.gather.fewest_paths", lambda _, kind, __: [removed.with_stem(kind.value)])
    assert known(own_warehouse, "REQ1") == plain


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReconError, match="no day has been run yet"):
        gather(Warehouse(tmp_path), "REQ1")


def test_questions_and_answers_stand_in_the_story(own_warehouse: Warehouse) -> None:
    """What was asked, what came back word for word, and what was stored because of it."""
    asked_at = datetime(2026, 11, 21, 0, 35, tzinfo=UTC)
    question = DueQuestion(
        QUESTION, "P/shop/order/ORDER1", "P01", "INIT/1", 1, DAY, "shop", "ORDER1", "INIT",
        Question(payment_request_id="REQ1", expected=Amount(1000, "USD")),
    )  # fmt: skip
    exchange = Exchange("/path", "{}", asked_at=asked_at, reply_body='{"result":"as it came"}', http_status=200)
    answer = Answered(
        exchange=exchange, finding=Finding.PAID, result=Result("S", "SUCCESS"),
        amount=Amount(1000, "USD"),
    )  # fmt: skip
    with InquiryJournal(own_warehouse.directory) as journal:
        assert journal.claim([question], "worker", asked_at, timedelta(minutes=1)) == [question]
        journal.record(question, answer, asked_at)
        journal.intend_write(QUESTION, {"pay_state": "INIT"}, asked_at)
        journal.record_write(QUESTION, "STORED", {"pay_state": "SUCCESS"}, asked_at)
    _, found = known(own_warehouse, "PAY1")
    expected_events = [event for event in found if event.kind in ("inquiry", "stored")]
    assert [event.text for event in expected_events] == [
        "asked about paymentRequestId REQ1 for P01, question 1: ANSWERED, PAID, 10.00 USD",
        "result for order ORDER1: STORED",
    ]
    assert "as it came" in as_json("PAY1", ["PAY1"], expected_events)
    for name in (QUESTION, QUESTION[:6]):
        ids, by_question = known(own_warehouse, name)
        assert (ids[0], [event for event in by_question if event.kind == "inquiry"]) == (name, expected_events[:1])
    assert known(own_warehouse, QUESTION[:5]) == ([QUESTION[:5]], [])


@pytest.mark.parametrize(
    ("break_id", "key"),
    [
        ("P/shop/order/A/12", "A/12"),
        ("C/alipayplus/fee/2026PAY1:service", "2026PAY1"),
        ("B/alipayplus/batch/A1:EUR:B1", "A1:EUR:B1"),
        ("REQ/1", "REQ/1"),
    ],
)
def test_a_break_is_found_by_its_name(break_id: str, key: str) -> None:
    assert key_of(break_id) == key


def test_what_was_looked_in_is_reported(warehouse: Warehouse) -> None:
    assert looked_in(warehouse).startswith("2 report files of 1 day, 2 days of orders and refunds of 2026-11-20 to")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A batch of 16 November that the settlement of the 18th pays with another amount."""
    warehouse = Warehouse(tmp_path_factory.mktemp("settled"))
    list(replay(next(case for case in CASES if case.code == "B04"), warehouse))
    return warehouse


BATCH, SETTLEMENT, SET = "2026111600000001", "2026111890000001", "2188EU0001:EUR"


@pytest.mark.parametrize("asked", [BATCH, f"{SET}:{BATCH}"])
def test_a_clearing_batch_has_a_story(settled: Warehouse, asked: str) -> None:
    """Its files and totals, the settlement that pays it, how it stood day by day, and its breaks."""
    ids, found = known(settled, asked)
    assert {asked, f"{SET}:{BATCH}", f"{SET}:{SETTLEMENT}"} <= set(ids)
    story = [f"{event.kind} {event.text}" for event in found]
    for begins in (
        f"file transaction_detail transactionItems_1022188000000123_EUR_{BATCH}_",
        f"file fee feeItems_1022188000000123_EUR_{BATCH}_",
        f"report settlement {SETTLEMENT} pays batch {BATCH} with ",
        f"batch batch {BATCH}: B01, cleared ",
        f"batch batch {BATCH}: B04, cleared ",
        f"settlement settlement {SETTLEMENT}: ",
        "break B04 ",
    ):
        assert any(line.startswith(begins) for line in story), begins
    cleared = next(event for event in found if "summary clears batch" in event.text)
    assert str(cleared.facts["raw"]).startswith(BATCH)


@pytest.mark.parametrize(
    ("edge", "names", "sentence"),
    [
        (DETAIL_COUNT, ("rows", "count of the section"), "rows 1,021,954, count of the section 1,021,954"),
        (DETAIL_AMOUNT, ("sum of the rows", "amount of the section"),
         "sum of the rows 10,219.54 EUR, amount of the section 10,219.54 EUR"),
    ],
)  # fmt: skip
def test_both_sides_of_a_control_total_read_as_what_they_are(edge: str, names: tuple[str, str], sentence: str) -> None:
    row: dict[str, object] = {
        "as_of_day": DAY, "edge": edge, "verdict": "ties out", "settlement_currency": "EUR",
        "left_name": names[0], "left_value": 1021954, "right_name": names[1], "right_value": 1021954,
    }  # fmt: skip
    assert [event.text for event in batch_events(BatchRows(edges=[row]), GRACE)] == [f"{edge}, ties out: {sentence}"]


def test_a_settlement_has_a_story(settled: Warehouse) -> None:
    _, found = known(settled, SETTLEMENT)
    text = as_text(SETTLEMENT, [SETTLEMENT], found)
    assert f"settlement {SETTLEMENT} pays batch {BATCH} with" in text
    assert "no line of the bank yet" in text or "the bank received" in text
    assert BATCH in as_json(SETTLEMENT, [], found)
