"""Several writers at once, and writers that die: whoever is first wins, and nothing is stored twice."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any

import pytest

from recon.errors import ConfigurationError
from recon.inquiry import Finding
from recon.inquiry.write_back import WriteResult
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.write import FIRST_STATEMENTS
from tests.support.databases import DATABASES, SERVERS, new_database, own_account
from tests.support.forked import ends_in, start
from tests.support.ogloba_tables import example_source
from tests.support.stored_answers import UNGUARDED, WRITE_VARIABLE, Answers, Shop, storing

MANY = 15  # answers that several runs store at once
ROUNDS = 13  # the other one comes after each of as many delays, up to an eighth of a second
FUNCTION = {
    "postgresql": r"""
create function store_result(ref text, stat text, payment text, paid timestamp) returns int language plpgsql as $$
declare changed int;
begin
  update redemption set pay_stat = stat, aps_payment_id = payment, pay_tm = paid
  where ref_no = ref and pay_stat = 'INIT';
  get diagnostics changed = row_count;
  return changed;
end $$
""",
    "mariadb": """
create function store_result(ref text, stat text, payment text, paid datetime(6)) returns int modifies sql data
begin
  update redemption set pay_stat = stat, aps_payment_id = payment, pay_tm = paid
  where ref_no = ref and pay_stat = 'INIT';
  return row_count();
end
""",
}
PROCEDURE = {
    "postgresql": r"""
create procedure store_result(ref text, stat text, inout changed int) language plpgsql as $$
begin
  if ref = 'locked' then raise exception 'the till has this order'; end if;
  update redemption set pay_stat = stat where ref_no = ref;
  get diagnostics changed = row_count;
end $$
""",
    "mariadb": """
create procedure store_result(ref text, stat text, changed int)
begin
  if ref = 'locked' then signal sqlstate '45000' set message_text = 'the till has this order'; end if;
  update redemption set pay_stat = stat where ref_no = ref;
  select row_count();
end
""",
}
CALL = "call store_result(:order_key, :pay_state, null)"
PLACES = {
    "intention": "resources.journals.inquiries:InquiryJournal.intend_write:after",
    "change": "resources.orders_db.write:WritableOrders.change:after",
    "commit": "resources.orders_db.write:WritableOrders.commit:after",
    "result": "resources.journals.inquiries:InquiryJournal.record_write:after",
}


class Elsewhere:
    """The same database, for another process."""

    def __init__(self, url: str) -> None:
        self.url = url


def store(folder: Path, url: str, place: str) -> None:
    """A run in a process of its own that kills itself where it is told to."""
    ends_in(PLACES[place])
    Answers(folder).store(Elsewhere(url))  # type: ignore[arg-type]


@pytest.fixture(params=SERVERS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    return Shop(new_database(request.param, tmp_path)).audited()


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path / "state")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs them together, and returns what each returned."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(run, act) for act in acts]]


@pytest.mark.parametrize("statement", [None, UNGUARDED], ids=["guarded", "unguarded"])
def test_of_two_writers_exactly_one_wins(shop: Shop, answers: Answers, statement: str | None) -> None:
    """The other one is Ogloba, which stores a notification of the same moment."""
    source = storing(statement=statement) if statement else storing()
    for number in range(ROUNDS):
        name = str(number)
        shop.waiting(name)
        answers.tell(name)

        def notified(name: str = name, after: float = 0.01 * number) -> None:
            sleep(after)
            where = f"where ref_no = '{name}' and pay_stat = 'INIT'"
            shop.run(f"update redemption set pay_stat = 'F', rslt_chnl = 'NOTIFY' {where}")

        receipt, _ = at_once(lambda: answers.store(shop, source), notified)
        (result,) = receipt.rows["result"].to_list()
        row = shop.row(name)
        assert (result, row["pay_stat"]) in {("STORED", "S"), ("NOT_INIT", "F")}
        assert (row["rslt_chnl"] == "NOTIFY") == (result == "NOT_INIT")
    assert len(shop.changes()) == ROUNDS
    assert {order for order, *_ in shop.changes()} == {str(number) for number in range(ROUNDS)}
    assert set(answers.written().values()) <= {"STORED", "NOT_INIT"}


def test_two_runs_with_the_same_answers_store_each_once(shop: Shop, answers: Answers) -> None:
    names = [f"{number:02d}" for number in range(MANY)]
    for name in names:
        shop.waiting(name)
        answers.tell(name)
    journals = [InquiryJournal(answers.folder) for _ in range(3)]
    receipts = at_once(*(lambda one=one: answers.store(shop, journal=one) for one in journals))
    assert sum(receipt.count(WriteResult.STORED) for receipt in receipts) == MANY
    assert sum(receipt.rows.height for receipt in receipts) == MANY
    assert shop.changes() == [(name, "INIT", "S") for name in names]
    assert set(answers.written().values()) == {"STORED"}


def test_two_machines_with_journals_of_their_own_store_each_answer_once(shop: Shop, tmp_path: Path) -> None:
    both = [Answers(tmp_path / "one"), Answers(tmp_path / "other")]
    names = [f"{number:02d}" for number in range(MANY)]
    for name in names:
        shop.waiting(name)
        for each in both:
            each.tell(name)
    receipts = at_once(*(lambda each=each: each.store(shop, storing(statement=UNGUARDED)) for each in both))
    assert sum(receipt.count(WriteResult.STORED) for receipt in receipts) == MANY
    assert sum(receipt.count(WriteResult.NOT_INIT) for receipt in receipts) == MANY
    assert shop.changes() == [(name, "INIT", "S") for name in names]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("database", DATABASES)
def test_a_run_killed_anywhere_is_settled_by_the_next(
    answers: Answers, tmp_path: Path, database: str, place: str
) -> None:
    url = new_database(database, tmp_path)
    shop = Shop(url).audited()
    shop.waiting("1")
    shop.waiting("2")
    source = storing()
    first, second = answers.tell("1"), answers.tell("2")
    code, _, said = start(store, tmp_path / "said", answers.folder, url, place).ended()
    assert code == -signal.SIGKILL, said
    assert answers.written() == {first: "STORED" if place == "result" else None}
    receipt = answers.store(shop, source)
    results = dict(receipt.rows.select("question_id", "result").iter_rows())
    expected = {"intention": "STORED", "change": "STORED", "commit": "FOUND"}
    assert results == {second: "STORED"} | ({first: expected[place]} if place in expected else {})
    if place == "commit":
        assert receipt.rows["reason"][0] == "an earlier run ended before it could say what became of it"
    assert shop.changes() == [("1", "INIT", "S"), ("2", "INIT", "S")]
    assert set(answers.written()) == {first, second}
    assert None not in answers.written().values()


def test_a_killed_run_whose_order_got_another_result_says_so(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    question = answers.tell("1")
    answers.journal.intend_write(question, {"pay_state": "INIT"}, answers.evidence()["answered_at"][0])
    shop.run("update redemption set pay_stat = 'F' where ref_no = '1'")
    receipt = answers.store(shop)
    assert receipt.rows.select("after", "result").rows() == [("FAILED", "NOT_INIT")]
    assert answers.written() == {question: "NOT_INIT"}


def test_an_order_that_somebody_keeps_locked_is_left_to_the_next_run(
    shop: Shop, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.waiting("1")
    answers.tell("1")
    monkeypatch.setitem(FIRST_STATEMENTS, "postgresql", ("SET LOCAL lock_timeout TO '100ms'",))
    monkeypatch.setitem(FIRST_STATEMENTS, "mariadb", ("SET innodb_lock_wait_timeout = 0",))
    with shop.engine.begin() as other:
        other.exec_driver_sql("select * from redemption for update")
        receipt = answers.store(shop)
    assert re.search("(?i)lock (wait )?timeout", receipt.rows["reason"][0])
    assert answers.store(shop).count(WriteResult.STORED) == 1
    assert shop.changes() == [("1", "INIT", "S")]


def test_a_function_that_tells_what_it_changed(shop: Shop, answers: Answers) -> None:
    shop.run(FUNCTION[shop.engine.dialect.name].replace(":", r"\:"))
    for name in ("1", "2"):
        shop.waiting(name)
        answers.tell(name)
    shop.run("update redemption set pay_stat = 'C' where ref_no = '2'")
    statement = "select store_result(:order_key, :pay_state, :provider_payment_id, :paid_at)"
    receipt = answers.store(shop, storing(statement=statement, returns="scalar"))
    assert receipt.rows["result"].to_list() == ["STORED", "NOT_INIT"]
    assert shop.row("1")["aps_payment_id"] == "PAY-1"
    assert shop.row("2")["aps_payment_id"] is None


def test_a_procedure_that_refuses_one_order_does_not_stop_the_others(shop: Shop, answers: Answers) -> None:
    shop.run(PROCEDURE[shop.engine.dialect.name].replace(":", r"\:"))
    for name in ("locked", "1"):
        shop.waiting(name)
        answers.tell(name)
    receipt = answers.store(shop, storing(statement=CALL, returns="scalar"))
    reasons = dict(receipt.rows.select("order_key", "reason").iter_rows())
    assert reasons == {"1": "", "locked": "the database refused the statement: the till has this order"}
    assert shop.changes() == [("1", "INIT", "S")]


NOT_ONE = {
    "postgresql": [
        ("update redemption set PAY_STAT = :pay_state where PAY_STAT = 'INIT' and :order_key = '1' returning 1",
         "changed 2 rows"),
        ("with done as (update redemption set PAY_STAT = :pay_state where REF_NO = :order_key returning 1)"
         " select 'yes' from done", "does not report how many rows"),
    ],
    "mariadb": [
        ("select store_result('1', :pay_state, null, null) union all select 0 where :order_key = '1'",
         "changed 2 rows"),
        ("select concat('yes', store_result(:order_key, :pay_state, null, null))", "does not report how many rows"),
    ],
}  # fmt: skip


def test_a_number_that_is_not_one_is_rolled_back(shop: Shop, answers: Answers) -> None:
    database = shop.engine.dialect.name
    shop.run(FUNCTION[database].replace(":", r"\:"))
    for name in ("1", "2"):
        shop.waiting(name)
        answers.tell(name)
    for statement, problem in NOT_ONE[database]:
        with pytest.raises(Exception, match=problem):
            answers.store(shop, storing(statement=statement, returns="scalar"))
        assert shop.changes() == []


@pytest.mark.parametrize("kind", ["bigint", "char(20)", "varchar(20)", "varbinary(20)"])
def test_keys_and_times_of_other_types(shop: Shop, answers: Answers, kind: str) -> None:
    database = shop.engine.dialect.name
    if (kind, database) == ("varbinary(20)", "postgresql"):
        kind = "text"
    shop.waiting("77")
    shop.retype("ref_no", kind)
    for column in ("pay_tm", "upd_tm", "crt_tm"):
        shop.retype_in_utc(column, "instant")
    answers.tell("77")
    zone = "Asia/Taipei" if database == "postgresql" else "UTC"  # docs/CONFIGURATION.md says what else MariaDB takes
    assert answers.store(shop, storing(example_source(naive_timezone=zone))).count(WriteResult.STORED) == 1
    assert answers.written() == {"Q-77-INIT/0": "STORED"}


def test_an_account_without_the_right_to_change_is_reported(shop: Shop, answers: Answers) -> None:
    shop.waiting("1")
    answers.tell("1", Finding.CLOSED)
    reader = own_account(shop.url)
    for statement in (f"create user {reader}", f"grant select on redemption to {reader}"):
        shop.run(statement)
    url = re.sub("//.*?@", f"//{reader}@", shop.url)
    with pytest.raises(ConfigurationError, match="denied"):
        answers.store(shop, environ={"RECON_ORDERS_URL": shop.url, WRITE_VARIABLE: url})
    assert shop.changes() == []
