"""Canonical rows on disk: parts while they are read, one sorted Parquet file per table at the end.

Memory stays bounded: rows go to disk batch by batch, and what is asked later reads few columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from recon.orders.canonical import UNMAPPED, Converted, Fault, TableRule, add_examples, canonical
from resources.orders_db.snapshot import Batch

ROWS_SORTED_AT_ONCE = 100_000
MOST_PASSES = 10


@dataclass
class Read:
    """What was noticed while rows of one table were read."""

    window_rows: int = 0
    named_rows: int = 0
    window_unmapped: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    examples: dict[Fault, tuple[str, ...]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)


class PartFiles:
    """The rows of one table of one source, one Parquet file for each reading."""

    def __init__(self, folder: Path, name: str, rule: TableRule) -> None:
        self._folder, self._name, self.rule = folder, name, rule
        self.paths: list[Path] = []
        self.read = Read()

    def add(
        self,
        batches: Iterable[Batch],
        keep: pl.Expr | None = None,
        new_by: str | None = None,
    ) -> None:
        """Converts and writes the rows of one reading; meanwhile the next batch is fetched.

        `keep` is the exact window; rows whose key `new_by` is already there are left out.
        """
        known = self.scan().select(new_by).collect().to_series() if new_by else None
        with _one_behind() as do:
            for batch in batches:
                do(self._keep, batch, keep, known)

    def _keep(self, batch: Batch, keep: pl.Expr | None, known: pl.Series | None) -> None:
        converted = canonical(batch(), self.rule)
        rows = converted.rows if keep is None else converted.rows.filter(keep)
        if known is not None:
            rows = rows.filter(~pl.col(known.name).is_in(known.implode()))
        self._notice(converted, rows, in_window=keep is not None)
        if rows.height:
            path = self._folder / f"{self._name}.{len(self.paths):06d}.parquet"
            rows.write_parquet(path, compression="lz4", statistics=False)
            self.paths.append(path)

    def _notice(self, converted: Converted, rows: pl.DataFrame, *, in_window: bool) -> None:
        self.read.faults.update(converted.faults)
        add_examples(self.read.examples, converted.examples)
        self.read.notes.update(converted.notes)
        self.read.unmapped.update(converted.unmapped + converted.unmapped_words)
        if not in_window:
            self.read.named_rows += rows.height
            return
        self.read.window_rows += rows.height
        if converted.unmapped or converted.unmapped_words:
            columns = (*self.rule.facets, *self.rule.words)
            facets = pl.any_horizontal(pl.col(name) == UNMAPPED for name in columns)
            self.read.window_unmapped += int(rows.select(facets.sum()).item())

    def scan(self) -> pl.LazyFrame:
        """Everything that was read so far."""
        if not self.paths:
            return pl.LazyFrame(schema=dict(self.rule.schema))
        return pl.scan_parquet(self.paths, glob=False)


@contextmanager
def _one_behind() -> Iterator[Callable[..., None]]:
    """Gives a function that makes calls in a second thread, one by one, while the caller prepares the next."""
    pending: list[Future[object]] = []

    def do(act: Callable[..., object], *arguments: object) -> None:
        if pending:
            pending.pop().result()
        pending.append(pool.submit(act, *arguments))

    with ThreadPoolExecutor(1) as pool:
        yield do
        if pending:
            pending.pop().result()


def write_sorted(tables: list[PartFiles], key: str, path: Path) -> pl.Series:
    """All sources in one file, by source and key, in bounded passes; returns each key of a row that repeats another."""
    repeated = pl.Series(key, dtype=pl.String)
    ordered = sorted(tables, key=lambda table: table.rule.source_id)
    schema = pl.DataFrame(schema=dict(ordered[0].rule.schema))
    with pq.ParquetWriter(path, _arrow(schema).schema, **_storage(schema)) as writer, _one_behind() as do:
        for table in ordered:
            edges, twice = _edges(table, key)
            repeated.append(twice)
            for within in _ranges(key, edges):
                do(writer.write_table, _arrow(table.scan().filter(within).collect(engine="streaming").sort(key)))
    pa.default_memory_pool().release_unused()  # what Arrow keeps for a next table
    return repeated


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())


def _storage(rows: pl.DataFrame) -> dict[str, Any]:
    """A dictionary pays only where values repeat."""
    repeating = [name for name, kind in rows.schema.items() if kind == pl.String]
    repeating = [name for name in repeating if not name.endswith(("_key", "_id", "_no"))]
    of_few_values = ("merchant_id", "store_id", "terminal_id", "psp_id")
    repeating += ["source_id"] + [name for name in of_few_values if name in rows.columns]
    return {"compression": "zstd", "compression_level": 1, "use_dictionary": repeating}


def _edges(table: PartFiles, key: str) -> tuple[list[str], pl.Series]:
    """The keys at which a pass ends, and those that repeat an earlier one."""
    keys = table.scan().select(key).collect(engine="streaming").to_series().sort()
    size = max(ROWS_SORTED_AT_ONCE, len(keys) // MOST_PASSES + 1)
    return [keys[start] for start in range(size, len(keys), size)], keys.filter(keys == keys.shift(1))


def _ranges(key: str, edges: list[str]) -> Iterator[pl.Expr]:
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        column = pl.col(key)
        above = pl.lit(True) if low is None else column >= low
        yield above if high is None else above & (column < high)
