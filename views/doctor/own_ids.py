"""Which columns of a real report hold ids that our orders know: a sample of each is looked up, read only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from recon.errors import ReconError
from recon.orders.canonical import TableRule, canonical
from recon.reports.first_headers import SeenHeader
from resources.orders_db.db import payments_rule_of, refunds_rule_of
from resources.orders_db.lookup import by_key
from resources.orders_db.snapshot import Table, snapshot
from resources.settings import Settings, read_secret
from resources.settings.orders import OrdersSource

OURS = ("payment_request_id", "refund_request_id")
THEIRS = ("provider_payment_id", "provider_refund_id")
LEAST_LENGTH = 6  # shorter cells are codes, currencies, counts
MOST_KEYS = 200
MOSTLY = 0.5
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ].*")


@dataclass(frozen=True)
class IdMatch:
    """How many distinct cells of a column are ids of one kind in our orders."""

    column: str  # as delivered
    ours: str  # payment_request_id, refund_request_id, provider_payment_id or provider_refund_id
    found: int
    asked: int


def id_matches(
    settings: Settings, environ: Mapping[str, str], headers: Sequence[SeenHeader], at: datetime
) -> list[IdMatch] | None:
    """The columns with any match, the best first; None if no source of orders can be read."""
    words = frozenset(word.lower() for word in settings.reports.missing_words)
    samples = {name: keys for header in headers for name, keys in _samples(header, words)}
    known: dict[tuple[str, str], set[str]] = {}
    unread = 0
    for source in settings.orders:
        try:
            _look_up(source, environ, samples, at, known)
        except ReconError:
            unread += 1
    if unread == len(settings.orders):
        return None
    found = [IdMatch(name, ours, len(ids), len(samples[name])) for (name, ours), ids in known.items() if ids]
    return sorted(found, key=lambda match: (-match.found, match.column, match.ours))


def request_id_column(matches: Sequence[IdMatch]) -> str | None:
    """The column with our own request ids, if most of its cells are."""
    counted: dict[str, list[IdMatch]] = {}
    for match in matches:
        if match.ours in OURS:
            counted.setdefault(match.column, []).append(match)
    best = max(counted, key=lambda name: sum(match.found for match in counted[name]), default=None)
    if best is None:
        return None
    return best if sum(m.found for m in counted[best]) >= MOSTLY * counted[best][0].asked else None


def _samples(header: SeenHeader, words: frozenset[str]) -> Iterator[tuple[str, pl.Series]]:
    """Cells that may be ids, by column; `words` mean no value."""
    for position, name in enumerate(header.names):
        filled = [cell for cell in header.cells(position) if cell.lower() not in words]
        cells = pl.Series(filled, dtype=pl.String).unique().sort().head(MOST_KEYS)
        if len(cells) and all(len(cell) >= LEAST_LENGTH and not _TIME.fullmatch(cell) for cell in cells):
            yield name, cells


def _look_up(
    source: OrdersSource,
    environ: Mapping[str, str],
    samples: Mapping[str, pl.Series],
    at: datetime,
    known: dict[tuple[str, str], set[str]],
) -> None:
    with snapshot(source, read_secret(source.url_env, environ), at) as taken:
        for table, rule, names in (
            (taken.payments(), payments_rule_of(source), (OURS[0], THEIRS[0])),
            (taken.refunds(), refunds_rule_of(source), (OURS[1], THEIRS[1])),
        ):
            for ours in names:
                for column, keys in samples.items():
                    known.setdefault((column, ours), set()).update(_there(table, rule, ours, keys))


def _there(table: Table, rule: TableRule, ours: str, keys: pl.Series) -> set[str]:
    """Those of the keys that some row has."""
    rows = [canonical(batch(), rule).rows[ours] for batch in by_key(table, rule, ours, keys)]
    return set().union(*(set(found.drop_nulls()) for found in rows)) & set(keys)
