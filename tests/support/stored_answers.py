"""Answers of Alipay+ in a real journal, and an orders database into which they may be stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from assets.inquiries.write_back import WriteBackReceipt, store_results
from recon.inquiry import Amount, Answered, Finding, Question, Result
from recon.inquiry.evidence import Exchange
from recon.inquiry.schedule import DueQuestion
from resources.journals.inquiries import InquiryJournal
from resources.settings.orders import OrdersSource
from tests.support.ogloba_tables import DAY, NOON, OglobaTables, example_source

WRITE_VARIABLE = "RECON_ORDERS_WRITE_URL"
NOW = NOON + timedelta(days=1)
TEN_FIFTY = Amount(1050, "EUR")
UNGUARDED = "update redemption set PAY_STAT = :pay_state where REF_NO = :order_key"
AUDIT = {
    "sqlite": (
        "create table changes (ref_no text, was text, became text)",
        "create trigger audit after update of pay_stat on redemption begin"
        " insert into changes values (new.ref_no, old.pay_stat, new.pay_stat); end",
    ),
    "postgresql": (
        "create table changes (ref_no text, was text, became text)",
        "create function audit() returns trigger language plpgsql as $$ begin"
        " insert into changes values (new.ref_no, old.pay_stat, new.pay_stat); return new; end $$",
        "create trigger audit after update on redemption for each row execute function audit()",
    ),
    "mariadb": (
        "create table changes (ref_no text, was text, became text)",
        "create trigger audit after update on redemption for each row"
        " insert into changes values (new.ref_no, old.pay_stat, new.pay_stat)",
    ),
}


class Shop(OglobaTables):
    """The tables, and every change of a payment status that was ever committed."""

    def waiting(self, ref_no: str, **changes: Any) -> None:
        """An order of 10.50 EUR without a result."""
        self.order(ref_no, **({"pay_stat": "INIT", "txn_stat": "R", "pay_tm": None, "aps_payment_id": None} | changes))

    def audited(self) -> Shop:
        """From now on, changes are kept."""
        with self.engine.begin() as connection:
            for statement in AUDIT[self.engine.dialect.name]:
                connection.exec_driver_sql(statement)
        return self

    def impatient(self) -> Shop:
        """The same database for somebody who does not wait for a lock."""
        other = copy(self)
        if self.engine.dialect.name == "sqlite":
            other.engine = sa.create_engine(self.url, poolclass=sa.NullPool, connect_args={"timeout": 0.05})
        return other

    def row(self, ref_no: str) -> dict[str, Any]:
        """One order as it is stored."""
        table = self.redemption
        with self.engine.connect() as connection:
            return dict(connection.execute(table.select().where(table.c.ref_no == ref_no)).one()._mapping)

    def changes(self) -> list[tuple[str, ...]]:
        """(order, status before, status after), sorted."""
        with self.engine.connect() as connection:
            return sorted(tuple(row) for row in connection.execute(sa.text("select * from changes")))


def storing(source: OrdersSource | None = None, **changes: Any) -> OrdersSource:
    """The source of config/recon.toml with write-back on, and some of its keys changed."""
    made = source or example_source()
    assert made.write_back is not None
    return made.model_copy(update={"write_back": made.write_back.model_copy(update={"enabled": True} | changes)})


@dataclass
class Answers:
    """What was asked and answered. `journal` may be a subclass that does more."""

    folder: Path
    journal: InquiryJournal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = InquiryJournal(self.folder)

    def tell(
        self,
        order_key: str,
        finding: Finding = Finding.PAID,
        *,
        situation: str = "INIT/0",
        amount: Amount | None = TEN_FIFTY,
        at: datetime = NOW,
        day: date = DAY,
        psp_id: str = "",
        **more: Any,
    ) -> str:
        """Alipay+ answered about an order; returns the question."""
        question_id = f"Q-{order_key}-{situation}"
        question = DueQuestion(
            question_id, f"P|ogloba|{order_key}", "P17", situation, 1, day, "ogloba", order_key, "INIT",
            Question(payment_request_id=order_key, expected=TEN_FIFTY),
        )  # fmt: skip
        paid = finding is Finding.PAID
        exchange = Exchange("/inquiry", "{}", reply_body=json.dumps({"pspId": psp_id}))
        stated = {
            "exchange": exchange, "finding": finding,
            "result": Result("S", "SUCCESS"), "payment_result": Result("S" if paid else "F", finding.name),
            "payment_id": f"PAY-{order_key}" if paid else "", "amount": amount if paid else None,
            "paid_at": NOON + timedelta(seconds=30) if paid else None,
        }  # fmt: skip
        assert self.journal.claim([question], "worker", at, timedelta(minutes=1)) == [question]
        self.journal.record(question, Answered(**(stated | more)), at)
        return question_id

    def evidence(self) -> pl.DataFrame:
        """What counts, of all days."""
        return self.journal.evidence(date.max)

    def store(
        self,
        shop: OglobaTables,
        source: OrdersSource | None = None,
        *,
        dry_run: bool = False,
        journal: InquiryJournal | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> WriteBackReceipt:
        """A run that stores them."""
        return store_results(
            [source or storing()],
            journal or self.journal,
            self.evidence(),
            clock=lambda: datetime.now(UTC),
            environ={"RECON_ORDERS_URL": shop.url, WRITE_VARIABLE: shop.url} if environ is None else environ,
            dry_run=dry_run,
        )

    def written(self) -> dict[str, str | None]:
        """Question -> what the journal says of its writing."""
        return dict(self.journal.writes().select("question_id", "result").iter_rows())
