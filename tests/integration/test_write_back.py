"""Answers stored in each kind of database alike: once, only while INIT, nothing else touched."""

# ruff: noqa: DTZ001 - databases store times without a zone

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assets.inquiries.write_back import store_results
from recon.errors import ConfigurationError, OrdersError
from recon.inquiry import Amount, Finding
from recon.inquiry.write_back import WriteResult
from resources.journals.inquiries import InquiryJournal
from tests.support.databases import DATABASES, new_database
from tests.support.ogloba_tables import DAY, NOON, example_source
from tests.support.stored_answers import NOW, UNGUARDED, WRITE_VARIABLE, Answers, Shop, storing


@pytest.fixture(params=DATABASES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    return Shop(new_database(request.param, tmp_path)).audited()


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path / "state")


class Interfering(InquiryJournal):
    """Somebody commits a change after the order was looked at, and before it is changed."""

    def __init__(self, directory: Path, shop: Shop, statement: str) -> None:
        super().__init__(directory)
        self._shop, self._statement, self.error = shop.impatient(), statement, ""

    def intend_write(self, question_id: str, before: Any, told_at: datetime) -> bool:
        try:
            self._shop.run(self._statement)
        except sa.exc.OperationalError as error:
            self.error = str(error)
        return super().intend_write(question_id, before, told_at)


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_a_paid_answer_is_stored_once_with_a_record_of_before_and_after(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    shop.waiting("2")
    question = answers.tell("1", settlement_amount=Amount(1040, "USD"), psp_id="TNG")
    before = shop.row("1")
    receipt = answers.store(shop)
    assert receipt.rows.rows() == [("ogloba", "1", question, "INIT", "SUCCESS", "STORED", "")]
    row = shop.row("1")
    assert (row["pay_stat"], row["txn_stat"], row["aps_payment_id"]) == ("S", "R", "PAY-1")
    assert row["pay_tm"] == (NOON + timedelta(seconds=30)).replace(tzinfo=None)
    assert (row["settle_amt"], row["settle_cur"], row["rslt_chnl"]) == (1040, "USD", "INQUIRY")
    assert row["psp_id"] == "TNG"
    assert changed(before, row) == {
        "pay_stat", "aps_payment_id", "pay_tm", "settle_amt", "settle_cur", "rslt_chnl", "rslt_code", "upd_tm",
        "psp_id",
    }  # fmt: skip
    (kept,) = answers.journal.writes().rows(named=True)
    assert kept["result"] == "STORED"
    assert json.loads(kept["before"])["pay_state"] == "INIT"
    assert json.loads(kept["after"])["provider_payment_id"] == "PAY-1"
    again = answers.store(shop)
    assert again.rows.is_empty()
    assert shop.changes() == [("1", "INIT", "S")]
    assert shop.row("2")["pay_stat"] == "INIT"


@pytest.mark.parametrize(("finding", "word"), [(Finding.CLOSED, "C"), (Finding.FAILED, "F")])
def test_closed_and_failed_are_stored_as_such(shop: Shop, answers: Answers, finding: Finding, word: str) -> None:
    shop.waiting("1", txn_stat="Y")
    answers.tell("1", finding)
    assert answers.store(shop).count(WriteResult.STORED) == 1
    row = shop.row("1")
    assert (row["pay_stat"], row["txn_stat"], row["pay_tm"], row["rslt_code"]) == (word, "Y", None, finding.name)


@pytest.mark.parametrize("finding", [Finding.NOT_EXIST, Finding.IN_PROCESS, Finding.UNCLEAR, Finding.REVIEW])
def test_what_is_not_final_is_never_stored(shop: Shop, answers: Answers, finding: Finding) -> None:
    shop.waiting("1")
    differences = ("paymentAmount.value differs",) if finding is Finding.REVIEW else ()
    answers.tell("1", finding, differences=differences)
    assert answers.store(shop).rows.is_empty()
    assert shop.changes() == []
    assert answers.written() == {}


def test_an_answer_about_an_order_that_was_not_init_is_never_stored(shop: Shop, answers: Answers) -> None:
    shop.order("1", pay_stat="F", pay_tm=None)
    answers.tell("1", situation="FAILED/1")
    assert answers.store(shop).rows.is_empty()
    assert shop.changes() == []


def test_an_order_that_left_init_after_the_answer_is_not_touched(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    question = answers.tell("1", Finding.CLOSED)
    shop.run("update redemption set pay_stat = 'S', rslt_chnl = 'NOTIFY' where ref_no = '1'")
    before = shop.row("1")
    receipt = answers.store(shop)
    assert (receipt.count(WriteResult.NOT_INIT), receipt.rows["after"].to_list()) == (1, ["SUCCESS"])
    assert shop.row("1") == before
    assert answers.written() == {question: "NOT_INIT"}
    assert answers.store(shop).rows.is_empty()


@pytest.mark.parametrize("statement", [None, UNGUARDED], ids=["guarded", "unguarded"])
def test_an_order_that_leaves_init_within_the_run_is_not_touched(
    shop: Shop, answers: Answers, statement: str | None
) -> None:
    """A server lets the other one commit and refuses us; SQLite lets no other writer in between."""
    shop.waiting("1")
    answers.tell("1")
    notify = "update redemption set pay_stat = 'F', rslt_chnl = 'NOTIFY' where ref_no = '1' and pay_stat = 'INIT'"
    source = storing(statement=statement) if statement else storing()
    with Interfering(answers.folder, shop, notify) as journal:
        receipt = answers.store(shop, source, journal=journal)
    if shop.engine.dialect.name == "sqlite":
        assert "locked" in journal.error
        assert receipt.count(WriteResult.STORED) == 1
        assert shop.changes() == [("1", "INIT", "S")]
    else:
        assert receipt.count(WriteResult.NOT_INIT) == 1
        assert shop.changes() == [("1", "INIT", "F")]
        assert shop.row("1")["rslt_chnl"] == "NOTIFY"


def test_an_unguarded_statement_cannot_overwrite_a_result(shop: Shop, answers: Answers) -> None:
    shop.order("1", pay_stat="F")
    answers.tell("1")
    assert answers.store(shop, storing(statement=UNGUARDED)).count(WriteResult.NOT_INIT) == 1
    assert shop.changes() == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("update redemption set PAY_STAT = :pay_state where PAY_STAT = 'INIT' and :order_key = '1'",
         "the statement changed 2 rows, instead of one"),
        ("update redemption set PAY_STAT = :pay_state, AMT = '9.50' where REF_NO = :order_key",
         "amount_minor of the order is not as it should be"),
        ("update redemption set PAY_STAT = :pay_state, TXN_STAT = 'Y' where REF_NO = :order_key",
         "confirm_state of the order is not as it should be"),
        ("update redemption set PAY_STAT = 'F' where REF_NO = :order_key and :pay_state = 'S'",
         "pay_state of the order is not as it should be"),
        ("update redemption set PAY_STAT = :pay_state, REF_NO = '99' where REF_NO = :order_key",
         "after the statement the order is not there"),
        ("update redemption set PAY_STAT = :pay_state, SETTLE_AMT = :settlement_amount_minor * 100,"
         " SETTLE_CUR = 'USD' where REF_NO = :order_key", "the order shows another settlement_amount_minor"),
        ("update redemption set PAY_STAT = :pay_state, PAY_TM = :answered_at, CFM_TM = null where REF_NO = :order_key"
         " and :paid_at = :paid_at", "confirmed_at of the order"),
        ("update redemption set PAY_STAT = :pay_state, PAY_TM = :answered_at where REF_NO = :order_key"
         " and :paid_at = :paid_at", "the order shows another paid_at than was stored"),
    ],
)  # fmt: skip
def test_a_statement_that_does_anything_else_is_rolled_back(
    shop: Shop, answers: Answers, statement: str, problem: str
) -> None:
    shop.waiting("1")
    shop.waiting("2")
    question = answers.tell("1", settlement_amount=Amount(1040, "USD"))
    before = [shop.row("1"), shop.row("2")]
    with pytest.raises(OrdersError, match="write_back") as caught:
        answers.store(shop, storing(statement=statement))
    assert problem in str(caught.value)
    assert [shop.row("1"), shop.row("2")] == before
    assert shop.changes() == []
    assert answers.written() == {question: None}
    assert answers.store(shop).count(WriteResult.STORED) == 1  # once the statement is right


def test_a_statement_that_finds_nothing_is_reported_and_tried_again(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    answers.tell("1")
    receipt = answers.store(shop, storing(statement=f"{UNGUARDED} and TXN_STAT = 'Y'"))
    assert receipt.rows["reason"].to_list() == ["the order is INIT, but the statement did not change it"]
    assert answers.store(shop).count(WriteResult.STORED) == 1


def test_a_wrong_statement_is_reported_without_values(shop: Shop, answers: Answers) -> None:
    shop.waiting("1", store_id="hush")
    answers.tell("1", payment_id="hush")
    with pytest.raises(ConfigurationError, match="write_back: the database refused the statement") as caught:
        answers.store(shop, storing(statement=UNGUARDED.replace("PAY_STAT", "NO_SUCH")))
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_answer_must_fit_the_order_as_it_is_now(shop: Shop, answers: Answers) -> None:
    shop.waiting("amount", amt="10.51")
    shop.waiting("id", aps_payment_id="PAY-other")
    shop.waiting("cancel", cncl_stat="REQ")
    shop.waiting("report")
    for name in ("amount", "id", "gone"):
        answers.tell(name)
    answers.tell("cancel", at=NOON + timedelta(hours=1))
    answers.tell("report", Finding.FAILED, situation="INIT/1")
    receipt = answers.store(shop)
    reasons = dict(receipt.rows.select("order_key", "reason").iter_rows())
    assert receipt.count(WriteResult.REFUSED) == 5
    assert reasons["amount"] == "the answer names another amount than the order"
    assert reasons["id"] == "the answer names another paymentId than the order"
    assert reasons["cancel"].startswith("a cancel of this order is under way")
    assert reasons["gone"] == "the order is not there"
    assert reasons["report"].startswith("the report shows this payment as paid")
    assert shop.changes() == []
    assert answers.written() == {}
    shop.run("update redemption set cncl_stat = 'F' where ref_no = 'cancel'")
    assert answers.store(shop).count(WriteResult.STORED) == 1


def test_a_run_of_an_earlier_day_knows_the_answers_of_later_days(shop: Shop, answers: Answers) -> None:
    """CLOSED came first, for the list of the next day; then somebody asks about the first day by hand."""
    shop.waiting("1")
    answers.tell("1", Finding.CLOSED, situation="INIT/1", day=DAY + timedelta(days=1))
    answers.tell("1", situation="INIT/0", at=NOW + timedelta(hours=1), day=DAY)
    receipt = store_results(
        [storing()],
        answers.journal,
        answers.journal.evidence(DAY),
        clock=lambda: datetime.now(UTC),
        environ={"RECON_ORDERS_URL": shop.url, WRITE_VARIABLE: shop.url},
    )
    assert receipt.rows["reason"].to_list() == [
        "an earlier answer about this order says something else; that one counts"
    ]
    assert shop.changes() == []


@pytest.mark.parametrize("finding", [Finding.PAID, Finding.CLOSED, Finding.FAILED])
def test_an_order_that_was_sent_anew_under_another_reference_is_not_touched(
    shop: Shop, answers: Answers, finding: Finding
) -> None:
    """Alipay+ spoke of the first attempt; the second one may still be paid."""
    shop.waiting("1", till_txn_no="1")
    columns = dict(example_source().payments.columns) | {"payment_request_id": "TILL_TXN_NO"}
    source = storing(example_source(payments__columns=columns))
    answers.tell("1", finding)
    shop.run("update redemption set till_txn_no = '2' where ref_no = '1'")
    before = shop.row("1")
    for dry_run in (True, False):
        (row,) = answers.store(shop, source, dry_run=dry_run).rows.rows(named=True)
        assert row["result"] == "REFUSED"
        assert row["reason"] == "the order has another paymentRequestId by now than was asked about"
    assert shop.row("1") == before
    shop.run("update redemption set till_txn_no = '1' where ref_no = '1'")
    assert answers.store(shop, source).count(WriteResult.STORED) == 1


def test_the_first_final_answer_wins(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    first = answers.tell("1", situation="INIT/0")
    late = answers.tell("1", Finding.CLOSED, situation="INIT/1", at=NOW + timedelta(hours=1))
    receipt = answers.store(shop)
    assert receipt.rows.select("question_id", "result").rows() == [(first, "STORED"), (late, "REFUSED")]
    assert receipt.rows["reason"][1] == "an earlier answer about this order says something else; that one counts"
    assert answers.store(shop).rows.is_empty()
    assert shop.changes() == [("1", "INIT", "S")]


def test_the_same_answer_again_is_stored_if_the_first_one_could_not_be(shop: Shop, answers: Answers) -> None:
    """A cancel was under way; then the report came, and Alipay+ said once more that it is paid."""
    shop.waiting("1", cncl_stat="REQ")
    answers.tell("1", at=NOON + timedelta(hours=1))
    assert answers.store(shop).count(WriteResult.REFUSED) == 1
    answers.tell("1", situation="INIT/1")
    assert answers.store(shop, dry_run=True).rows["result"].to_list() == ["REFUSED", "WOULD_STORE"]
    assert answers.store(shop).rows["result"].to_list() == ["REFUSED", "STORED"]
    assert answers.store(shop).rows.is_empty()
    assert shop.changes() == [("1", "INIT", "S")]


def test_off_by_default_and_without_its_section(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    answers.tell("1")
    for source in (example_source(), example_source(write_back=None)):
        assert answers.store(shop, source, environ={}).rows.is_empty()
    assert shop.changes() == []
    assert answers.written() == {}


def test_a_dry_run_lists_what_would_be_stored_and_touches_nothing(shop: Shop, answers: Answers) -> None:
    for name in ("1", "2", "3"):
        shop.waiting(name)
        answers.tell(name)
    answers.tell("no-order")
    shop.run("update redemption set pay_stat = 'F' where ref_no = '2'")
    shop.run("update redemption set amt = '1' where ref_no = '3'")
    before = [shop.row(name) for name in "123"]
    receipt = answers.store(shop, example_source(), dry_run=True, environ={"RECON_ORDERS_URL": shop.url})
    assert receipt.count(WriteResult.WOULD_STORE) == 1
    assert receipt.rows.select("order_key", "before", "after", "result").rows() == [
        ("1", "INIT", "SUCCESS", "WOULD_STORE"),
        ("2", "FAILED", "FAILED", "NOT_INIT"),
        ("3", "INIT", "INIT", "REFUSED"),
        ("no-order", "", "", "REFUSED"),
    ]
    assert [shop.row(name) for name in "123"] == before
    assert answers.written() == {}


def test_a_state_without_a_word_is_not_stored(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    answers.tell("1", Finding.CLOSED)
    receipt = answers.store(shop, storing(states={"SUCCESS": "S"}))
    assert receipt.rows["reason"].to_list() == ["write_back.states has no word for CLOSED"]
    assert shop.changes() == []


def test_the_key_is_bound_as_the_source_spells_it(shop: Shop, answers: Answers) -> None:
    """Padded and with a prefix; we know the order as 7."""
    shop.waiting("FR-7   ")
    answers.tell("7")
    source = storing()
    payments = source.payments.model_copy(
        update={"key": source.payments.key.model_copy(update={"remove_prefix": "FR-"})}
    )
    assert answers.store(shop, source.model_copy(update={"payments": payments})).count(WriteResult.STORED) == 1
    assert shop.changes() == [("FR-7   ", "INIT", "S")]


@pytest.mark.parametrize(
    ("local", "paid_at"),
    [
        (datetime(2026, 11, 20, 17, 30), datetime(2026, 11, 20, 16, 30)),
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 1, 30)),  # the hour that is there twice
    ],
)
def test_times_are_stored_in_the_zone_of_the_source(
    shop: Shop, answers: Answers, local: datetime, paid_at: datetime
) -> None:
    shop.waiting("1")
    answers.tell("1", paid_at=paid_at.replace(tzinfo=NOON.tzinfo))
    assert answers.store(shop, storing(example_source(naive_timezone="Europe/Paris"))).count(WriteResult.STORED) == 1
    assert shop.row("1")["pay_tm"] == local


def test_the_account_that_writes_needs_its_own_url(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    answers.tell("1")
    with pytest.raises(ConfigurationError, match=f"{WRITE_VARIABLE}: the environment variable is not set"):
        answers.store(shop, environ={"RECON_ORDERS_URL": shop.url})
    wrong = {"RECON_ORDERS_URL": shop.url, WRITE_VARIABLE: "postgresql://writer:hush@127.0.0.1:1/ogloba"}
    with pytest.raises(OrdersError, match=WRITE_VARIABLE) as caught:
        answers.store(shop, environ=wrong)
    assert "hush" not in str(caught.value)
    assert answers.written() == {}
