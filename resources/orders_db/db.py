"""Our side, frozen for a run: payments and refunds of a day from every source, as Parquet.

First the window of the day, then by key what the caller names and the window did not bring, then
what belongs together: the orders of loaded refunds, and all refunds of older orders. One snapshot
per source; read only. Nothing is replaced unless every check of `resources.orders_db.input_contract` passes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self

import polars as pl

from recon.clearing_day import day_end, day_start
from recon.errors import ConfigurationError, OrdersError, ReconError
from recon.orders import OWN_CHANNELS, OWN_FLAGS, OWN_INITIATORS
from recon.orders.canonical import TableRule, canonical, payments_rule, refunds_rule
from recon.orders.invariants import broken_invariants
from resources.files import scratch_folder
from resources.orders_db import input_contract
from resources.orders_db.frozen import PartFiles, Read, write_sorted
from resources.orders_db.lookup import by_key, order_keys_of
from resources.orders_db.snapshot import Snapshot, Table, snapshot
from resources.orders_db.window import PAYMENT_TIMES, REFUND_TIMES, in_canonical, in_source
from resources.settings import Settings, read_secret
from resources.settings.orders import OrdersSource, PaymentsQuery, RefundsQuery

LOOK_BACK = timedelta(days=2)
KEYS_JOINED_AT_ONCE = 2_000_000  # each takes some 100 bytes meanwhile
CURRENT = ("order_key", "payment_request_id", "pay_state", "confirm_state", "status_raw", "updated_at")
# What else is needed, by the name of a column below: ids found in report rows, keys of open breaks. The column `key`
# may name one twice; with `source_id` where it is only that of a source. Asked for one by one: there may be millions.
NamedKeys = Callable[[str], pl.DataFrame]
KEYS_OF_PAYMENTS = ("payment_request_id", "provider_payment_id", "order_key")
KEYS_OF_REFUNDS = ("refund_request_id", "provider_refund_id", "refund_key")


def no_keys(_: str) -> pl.DataFrame:
    """Nothing else is needed."""
    return pl.DataFrame(schema={"key": pl.String})


@dataclass(frozen=True)
class OrdersScope:
    """The day, the instant it is made for, the real time, and what else is needed."""

    day: date
    as_of_utc: datetime
    now: datetime
    named: NamedKeys = no_keys
    look_back: timedelta = LOOK_BACK

    @property
    def from_utc(self) -> datetime:
        """Rows touched since then are loaded."""
        return day_start(self.day) - self.look_back

    @property
    def to_utc(self) -> datetime:
        """Rows born before then are loaded."""
        return day_end(self.day)


@dataclass(frozen=True)
class SourceReceipt:
    """What one source delivered."""

    source_id: str
    payments_in_window: int
    payments_by_key: int
    refunds_in_window: int
    refunds_by_key: int
    newest_change: datetime
    unmapped: Mapping[str, int]  # raw status -> rows


@dataclass(frozen=True)
class OrdersReceipt:
    """What was frozen, and what was noticed on the way."""

    day: date
    payments_path: Path
    refunds_path: Path
    payment_rows: int
    refund_rows: int
    sources: tuple[SourceReceipt, ...]
    findings: Mapping[str, int]


class OrdersDb:
    """The configured orders databases, read only."""

    def __init__(
        self,
        sources: Sequence[OrdersSource],
        environ: Mapping[str, str] = os.environ,
        unmapped_share: float = 0.005,
    ) -> None:
        self._sources, self._environ, self._unmapped_share = tuple(sources), environ, unmapped_share

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str] = os.environ) -> Self:
        """The databases that recon.toml describes."""
        return cls(settings.orders, environ, settings.tolerance.unmapped_share)

    def freeze(self, scope: OrdersScope, directory: Path) -> OrdersReceipt:
        """Writes `payments/<day>.parquet` and `refunds/<day>.parquet`, whole or not at all."""
        with scratch_folder(directory / f".freezing-{scope.day}") as folder:
            return self._frozen(
                [self._read(source, scope, folder) for source in self._sources], scope, directory, folder
            )

    def current_states(self, source_id: str, order_keys: Sequence[str], now: datetime) -> pl.DataFrame:
        """The columns CURRENT of these orders as they are now, straight from the database; missing orders are missing.

        Raises ConfigurationError if there is no such source, OrdersError if it cannot be read.
        """
        source = next((each for each in self._sources if each.id == source_id), None)
        if source is None:
            raise ConfigurationError(
                "there is no such [[orders]]", where=source_id, do="Write it into recon.toml again"
            )
        rule = payments_rule_of(source)
        keys = pl.Series(order_keys, dtype=pl.String).unique().sort()
        with snapshot(source, read_secret(source.url_env, self._environ), now.astimezone(UTC)) as taken:
            batches = by_key(taken.payments(), rule, "order_key", keys)
            found = [canonical(batch(), rule).rows.select(CURRENT) for batch in batches]
        return pl.concat([pl.DataFrame(schema={name: rule.schema[name] for name in CURRENT}), *found])

    def _read(self, source: OrdersSource, scope: OrdersScope, folder: Path) -> _Reading:
        with self._begun(source, scope, folder) as reading:
            reading.read_by_key(scope.named)
        reading.check_rows(self._unmapped_share)
        return reading

    @contextmanager
    def _begun(self, source: OrdersSource, scope: OrdersScope, folder: Path) -> Iterator[_Reading]:
        """A source of which the window is read; until the end its snapshot can be asked for more."""
        url = read_secret(source.url_env, self._environ)
        with snapshot(source, url, scope.as_of_utc.astimezone(UTC)) as taken:
            reading = _Reading(source, taken, scope, folder)
            reading.check_times()
            reading.read_windows()
            yield reading

    @staticmethod
    def _frozen(readings: list[_Reading], scope: OrdersScope, directory: Path, folder: Path) -> OrdersReceipt:
        payments = [reading.payments for reading in readings]
        refunds = [reading.refunds for reading in readings]
        input_contract.check_unique("payment_request_id", payments)
        input_contract.check_unique("refund_request_id", refunds)
        input_contract.check_repeated("order_key", write_sorted(payments, "order_key", folder / "p"))
        input_contract.check_repeated("refund_key", write_sorted(refunds, "refund_key", folder / "r"))
        receipt = _receipt(scope.day, directory, folder, readings)
        _publish(folder / "p", receipt.payments_path)
        _publish(folder / "r", receipt.refunds_path)
        return receipt


class OrdersAhead(OrdersDb):
    """The same for one day of which it is not known yet what else it needs: its windows are read before (`begin`)."""

    _scope: OrdersScope | None = None  # what was begun
    _has_begun = False

    def begin(self, scope: OrdersScope, directory: Path) -> None:
        """Reads the window of every source, once, and keeps their snapshots until `freeze` or `end`. One process at a
        time does that for a day; another one may freeze it meanwhile.
        """
        if self._has_begun:
            return
        self._has_begun = True
        with ExitStack() as held, suppress(ReconError, OSError):  # `freeze` then reads all, and says what is wrong
            self._folder = held.enter_context(scratch_folder(directory / f".ahead-{scope.day}"))
            self._readings = [self._begin(source, scope, held) for source in self._sources]
            self._scope, self._held = scope, held.pop_all()

    def freeze(self, scope: OrdersScope, directory: Path) -> OrdersReceipt:
        """As `OrdersDb.freeze`; of what was begun, as of then."""
        if self._scope is None or self._scope.day != scope.day:
            return super().freeze(scope, directory)
        try:
            with suppress(OrdersError):  # a database may end a transaction that waits: then all is read again
                return self._frozen([self._end(*one, scope) for one in self._readings], scope, directory, self._folder)
        finally:
            self.end()
        return super().freeze(scope, directory)

    def end(self) -> None:
        """Ends what was begun and is not frozen."""
        if self._scope is not None:
            self._scope = None
            self._held.close()

    def _begin(self, source: OrdersSource, scope: OrdersScope, held: ExitStack) -> tuple[_Reading, ExitStack]:
        own = held.enter_context(ExitStack())
        return own.enter_context(self._begun(source, scope, self._folder)), own

    def _end(self, reading: _Reading, own: ExitStack, scope: OrdersScope) -> _Reading:
        with own:
            reading.read_by_key(scope.named)
        reading.check_rows(self._unmapped_share)
        return reading


class _Reading:
    """One source while it is read."""

    def __init__(self, source: OrdersSource, taken: Snapshot, scope: OrdersScope, folder: Path) -> None:
        self.source, self.scope = source, scope
        self._in_payments, self._in_refunds = taken.payments(), taken.refunds()
        self.payments = PartFiles(folder, f"{source.id}.payments", payments_rule_of(source))
        self.refunds = PartFiles(folder, f"{source.id}.refunds", refunds_rule_of(source))
        self.newest_change = scope.now

    def check_times(self) -> None:
        """Stale, or from the future: nothing needs to be read to know it."""
        payments = input_contract.newest(self._in_payments, self.payments.rule, "created_at", "updated_at")
        refunds = input_contract.newest(self._in_refunds, self.refunds.rule, "updated_at")
        changes = [at for at in (payments["updated_at"], refunds["updated_at"]) if at]
        newest_change = max(changes, default=None)
        input_contract.check_fresh(self.source, payments["created_at"], newest_change, self.scope.to_utc)
        input_contract.check_not_ahead(self.source, "created", payments["created_at"], self.scope.now)
        input_contract.check_not_ahead(self.source, "changed", max(changes), self.scope.now)
        self.newest_change = max(changes)

    def read_windows(self) -> None:
        """What was touched in the time of the day."""
        self._window(self._in_payments, self.payments, PAYMENT_TIMES)
        self._window(self._in_refunds, self.refunds, REFUND_TIMES)

    def read_by_key(self, named: NamedKeys) -> None:
        """What is named, then what belongs together."""
        for parts, names in ((self.payments, KEYS_OF_PAYMENTS), (self.refunds, KEYS_OF_REFUNDS)):
            for name in names:
                self._named(parts, name, self._own(named(name)))
        self._named(self.payments, "order_key", order_keys_of(self.refunds))
        older = self._older_orders()
        batches = by_key(self._in_refunds, self.refunds.rule, "order_key", older)
        self.refunds.add(batches, new_by="refund_key")

    def check_rows(self, unmapped_share: float) -> None:
        """What was read is what the source must deliver."""
        for query, table, read in (
            (self.source.payments, "payments", self.payments.read),
            (self.source.refunds, "refunds", self.refunds.read),
        ):
            input_contract.check_rows(f"orders source {self.source.id}, {table}", query, read, unmapped_share)

    def _window(self, table: Table, parts: PartFiles, times: tuple[str, tuple[str, ...]]) -> None:
        begin, end = self.scope.from_utc, self.scope.to_utc
        condition = in_source(table, times, begin, end, parts.rule.zone)
        parts.add(table.batches(condition), keep=in_canonical(times, begin, end))

    def _named(self, parts: PartFiles, name: str, keys: pl.Series) -> None:
        table = self._in_payments if parts is self.payments else self._in_refunds
        parts.add(by_key(table, parts.rule, name, _missing(keys, parts.scan().select(pl.col(name).alias("key")))))

    def _own(self, keys: pl.DataFrame) -> pl.Series:
        own = keys.filter(pl.col("source_id") == self.source.id) if "source_id" in keys.columns else keys
        return own["key"]

    def _older_orders(self) -> pl.Series:
        """Orders from before the window: their refunds may be older than the window, too."""
        begin = self.scope.from_utc.replace(tzinfo=None)
        older = self.payments.scan().filter(pl.col("created_at") < begin).select("order_key")
        return older.collect().to_series().sort()


def _missing(keys: pl.Series, known: pl.LazyFrame) -> pl.Series:
    """The keys that the column `key` of `known` lacks, each once, in order. Share by share: memory is bounded."""
    wanted = pl.LazyFrame({"key": keys.cast(pl.String)}).drop_nulls()
    shares = 1 + len(keys) // KEYS_JOINED_AT_ONCE
    found = list[pl.DataFrame]()
    for number in range(shares):
        is_in_share = pl.col("key").hash() % shares == number
        found.append(wanted.filter(is_in_share).join(known.filter(is_in_share), on="key", how="anti").collect())
    return pl.concat(found).to_series().unique().sort()


def payments_rule_of(source: OrdersSource) -> TableRule:
    """How the payments of a source are understood."""
    query = source.payments
    return payments_rule(
        source.id,
        query.status.facets(),
        cancel_map=_words(query.cancel_map, {}),
        result_channel_map=_words(query.result_channel_map, OWN_CHANNELS),
        voided_in_full_map=query.voided_in_full_map or OWN_FLAGS,
        test_merchants=query.test_merchants,
        **_shared(source, query),
    )


def refunds_rule_of(source: OrdersSource) -> TableRule:
    """How the refunds of a source are understood."""
    query = source.refunds
    initiators = _words(query.initiator_map, OWN_INITIATORS)
    return refunds_rule(source.id, query.status.facets(), initiator_map=initiators, **_shared(source, query))


def _words(configured: Mapping[str, StrEnum], otherwise: Mapping[str, str]) -> Mapping[str, str]:
    return {raw: word.value for raw, word in configured.items()} or otherwise


def _shared(source: OrdersSource, query: PaymentsQuery | RefundsQuery) -> dict[str, object]:
    return {
        "amount_unit": query.amount_unit,
        "settlement_amount_unit": query.settlement_amount_unit,
        "zone": source.naive_timezone,
        "strip": query.key.strip,
        "remove_prefix": query.key.remove_prefix,
        "constants": query.constants,
    }


def _receipt(day: date, directory: Path, folder: Path, readings: list[_Reading]) -> OrdersReceipt:
    reads = [read for reading in readings for read in (reading.payments.read, reading.refunds.read)]
    findings = Counter(
        broken_invariants(pl.scan_parquet(folder / "p", glob=False), pl.scan_parquet(folder / "r", glob=False))
    )
    for read in reads:
        findings.update(read.notes)
    return OrdersReceipt(
        day=day,
        payments_path=directory / "payments" / f"{day}.parquet",
        refunds_path=directory / "refunds" / f"{day}.parquet",
        payment_rows=sum(_rows(reading.payments.read) for reading in readings),
        refund_rows=sum(_rows(reading.refunds.read) for reading in readings),
        sources=tuple(_source_receipt(reading) for reading in readings),
        findings=dict(sorted(findings.items())),
    )


def _source_receipt(reading: _Reading) -> SourceReceipt:
    payments, refunds = reading.payments.read, reading.refunds.read
    return SourceReceipt(
        source_id=reading.source.id,
        payments_in_window=payments.window_rows,
        payments_by_key=payments.named_rows,
        refunds_in_window=refunds.window_rows,
        refunds_by_key=refunds.named_rows,
        newest_change=reading.newest_change,
        unmapped=dict(sorted((payments.unmapped + refunds.unmapped).items())),
    )


def _rows(read: Read) -> int:
    return read.window_rows + read.named_rows


def _publish(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)
