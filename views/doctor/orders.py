"""The orders databases, read only: columns, zone, units, statuses and freshness, judged on recent rows.

What stops a run is in `resources.orders_db.input_contract`; here the same is shown before, and what is merely suspect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from recon.clearing_day import Clock, clearing_day, clearing_time, day_start
from recon.errors import ReconError
from resources.orders_db import input_contract
from resources.orders_db.db import payments_rule_of, refunds_rule_of
from resources.orders_db.engine import as_orders_errors, connection_to, engine_of, scheme_of
from resources.orders_db.limits import Limits
from resources.orders_db.snapshot import Snapshot, Table, snapshot
from resources.orders_db.window import PAYMENT_TIMES, REFUND_TIMES
from resources.settings import read_secret
from resources.settings.orders import OrdersSource, WriteBack
from views.doctor.findings import Finding, clock_is_right, note, ok, wrong
from views.doctor.order_rows import read_recent, row_findings
from views.doctor.rounds import StoppedError, expected

SKEW = timedelta(seconds=60)
LEAST_OFFSET = timedelta(minutes=55)  # between two zones
MOST_OFFSET = timedelta(hours=14)


def orders_findings(
    source: OrdersSource,
    key: str,
    environ: Mapping[str, str],
    at: datetime,
    clock: Clock,
    unmapped_share: float = 0,
) -> Iterator[Finding]:
    """`key`: where it is in recon.toml, such as orders[0]; `at`: until when rows are expected;
    `unmapped_share`: of statuses without a meaning, that no run stops for."""
    with expected("connection", f"{key}.url_env"):
        url = read_secret(source.url_env, environ)
    with _opened(source, key, url, at) as taken:
        yield ok("connection", f"{scheme_of(source.url_env, url)}, in a read-only transaction")
        if (there := taken.clock()) is not None:
            yield _clock(there - clock(), key)
        tables = {}
        for name, table in (("payments", taken.payments), ("refunds", taken.refunds)):
            with expected(f"{name} query", f"{key}.{name}.columns"):
                tables[name] = table()
            columns = len(getattr(source, name).columns)
            yield ok(f"{name} query", f"gives each configured column ({columns})")
        yield from _times(source, key, tables["payments"], tables["refunds"], at)
        for name, query, rule, times in (
            ("payments", source.payments, payments_rule_of(source), PAYMENT_TIMES),
            ("refunds", source.refunds, refunds_rule_of(source), REFUND_TIMES),
        ):
            with expected(f"{name} rows", f"{key}.{name}.columns"):
                recent = read_recent(tables[name], rule, times, at)
            yield from row_findings(recent, name, f"{key}.{name}", query, unmapped_share)


@contextmanager
def _opened(source: OrdersSource, key: str, url: object, at: datetime) -> Iterator[Snapshot]:
    """A snapshot; a refusal to open it is a finding, a refusal later on names its own place."""
    try:
        with snapshot(source, url, at) as taken:  # type: ignore[arg-type]
            yield taken
    except ReconError as error:
        raise StoppedError("connection", error.what, f"{key}.url_env", error.do) from None


def _clock(ahead: timedelta, key: str) -> Finding:
    """Its clock against ours."""
    if abs(ahead) <= SKEW:
        return clock_is_right(abs(ahead))
    side = "ahead of" if ahead > timedelta(0) else "behind"
    what = f"its clock is {_span_text(abs(ahead))} {side} ours"
    return wrong("clock", what, key, "Set both by NTP: times are compared with ours")


def _times(source: OrdersSource, key: str, payments: Table, refunds: Table, at: datetime) -> Iterator[Finding]:
    """The newest order and the newest change: not ahead, not hours behind."""
    with expected("zone", f"{key}.payments.columns"):
        latest = input_contract.newest(payments, payments_rule_of(source), "created_at", "updated_at")
        changes = [
            latest["updated_at"],
            input_contract.newest(refunds, refunds_rule_of(source), "updated_at")["updated_at"],
        ]
    created, changed = latest["created_at"], max(filter(None, changes), default=None)
    if created is None or changed is None:
        do = "Correct the query and its conditions, or grant its user the right to see rows"
        raise StoppedError("zone", "the payments query gives no row at all", f"{key}.payments.query", do)
    yield _zone(source, key, created, at)
    yield _freshness(source, key, changed, at)


def _zone(source: OrdersSource, key: str, created: datetime, at: datetime) -> Finding:
    zone, ahead = source.naive_timezone, created - at
    if ahead > input_contract.AHEAD:
        what = f"with {zone}, the newest order was created {_span_text(ahead)} in the future"
        return wrong("zone", what, f"{key}.naive_timezone", "Name the zone of the time columns, such as Asia/Taipei")
    what = f"with {zone}, the newest order was created {_span_text(-ahead)} ago"
    if LEAST_OFFSET < -ahead <= MOST_OFFSET:
        do = "If shops sold since then, the zone is wrong by that much"
        return note("zone", what, f"{key}.naive_timezone", do)
    return ok("zone", what)


def _freshness(source: OrdersSource, key: str, changed: datetime, at: datetime) -> Finding:
    """What a run for yesterday would say."""
    what = f"the newest change is of {clearing_time(changed)}"
    needed = day_start(clearing_day(at)) - timedelta(minutes=source.quiet_minutes)
    if changed > needed:
        return ok("freshness", what)
    do = "Let the replica catch up, or set it if there were no sales since"
    return wrong("freshness", f"{what}, before yesterday's clearing day ended", f"{key}.quiet_minutes", do)


def _span_text(span: timedelta) -> str:
    """2 hours 5 minutes."""
    minutes = round(span.total_seconds() / 60)
    days, rest = divmod(minutes, 1440)
    parts = [(days, "days"), (rest // 60, "hours"), (rest % 60, "minutes")]
    texts = [f"{count} {name.removesuffix('s') if count == 1 else name}" for count, name in parts if count]
    return " ".join(texts[:2]) or "less than a minute"


def write_back_findings(
    wanted: WriteBack | None, key: str, environ: Mapping[str, str], limits: Limits | None = None
) -> Iterator[Finding]:
    """Only that the account connects: nothing is written, not even tried."""
    if wanted is None or not wanted.enabled:
        yield ok("write-back", "off: answers are not stored in orders")
        return
    with expected("write-back", f"{key}.url_env"):
        url = read_secret(wanted.url_env, environ)
        engine = engine_of(wanted.url_env, url, "rw", limits)
    try:
        with as_orders_errors(key, wanted.url_env, url, limits or Limits()), connection_to(engine) as connection:
            connection.execute(sa.select(sa.literal(1))).scalar()
    except ReconError as error:
        yield wrong("write-back", error.what, f"{key}.url_env", error.do)
        return
    finally:
        engine.dispose()
    yield ok("write-back", "its account connects; nothing was written")
