"""Canonical rows on disk: parts while they are read, one sorted Parquet file per table at the end.

Memory stays bounded: rows go to disk batch by batch, and what is asked later reads few columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from recon.canonical_orders import Converted, TableRule, canonical

COMPRESSION = "zstd"
COMPRESSION_LEVEL = 1
ROWS_SORTED_AT_ONCE = 300_000
MOST_PASSES = 8


@dataclass
class Read:
    """What was noticed while rows of one table were read."""

    window_rows: int = 0
    named_rows: int = 0
    window_unmapped: int = 0
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
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
        frames: Iterable[pl.DataFrame],
        keep: pl.Expr | None = None,
        new_by: str | None = None,
    ) -> int:
        """Converts and writes the rows of one reading; meanwhile the next batch is fetched.

        `keep` is the exact window; rows whose key `new_by` is already there are left out.
        """
        known = self.scan().select(new_by).collect().to_series() if new_by and self.paths else None
        path = self._folder / f"{self._name}.{len(self.paths)}.parquet"
        count = 0
        with _writer(path, self.rule) as writer, ThreadPoolExecutor(1) as pool:
            pending: Future[Converted] | None = None
            for frame in frames:
                if pending:
                    count += self._write(writer, pending.result(), keep, known)
                pending = pool.submit(canonical, frame, self.rule)
            if pending:
                count += self._write(writer, pending.result(), keep, known)
        if count:
            self.paths.append(path)
        return count

    def _write(
        self,
        writer: pq.ParquetWriter,
        batch: Converted,
        keep: pl.Expr | None,
        known: pl.Series | None,
    ) -> int:
        rows = batch.rows if keep is None else batch.rows.filter(keep)
        if known is not None:
            rows = rows.filter(~pl.col(known.name).is_in(known.implode()))
        self.read.faults.update(batch.faults)
        self.read.notes.update(batch.notes)
        self.read.unmapped.update(batch.unmapped)
        if keep is None:
            self.read.named_rows += rows.height
        else:
            self.read.window_rows += rows.height
            facets = pl.any_horizontal(pl.col(name) == "UNMAPPED" for name in self.rule.facets)
            self.read.window_unmapped += int(rows.select(facets.sum()).item())
        if rows.height:
            writer.write_table(rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
        return rows.height

    def scan(self) -> pl.LazyFrame:
        """Everything that was read so far."""
        return scan(self.paths, self.rule)


def scan(paths: list[Path], rule: TableRule) -> pl.LazyFrame:
    """Part files as one lazy table."""
    if not paths:
        return pl.LazyFrame(schema=dict(rule.schema))
    return pl.scan_parquet(paths)


@contextmanager
def _writer(path: Path, rule: TableRule) -> Iterator[pq.ParquetWriter]:
    schema = pl.DataFrame(schema=dict(rule.schema)).to_arrow(compat_level=pl.CompatLevel.oldest())
    with pq.ParquetWriter(
        path, schema.schema, compression=COMPRESSION, compression_level=COMPRESSION_LEVEL
    ) as writer:
        yield writer


def write_sorted(tables: list[PartFiles], key: str, path: Path) -> int:
    """All sources in one file, by source and key, in bounded passes; returns the repeated keys."""
    repeated = 0
    ordered = sorted(tables, key=lambda table: table.rule.source_id)
    with _writer(path, ordered[0].rule) as writer:
        for table in ordered:
            keys = table.scan().select(key).collect(engine="streaming").to_series().sort()
            repeated += len(keys) - keys.n_unique()
            for within in _ranges(keys):
                rows = table.scan().filter(within).collect(engine="streaming").sort(key)
                writer.write_table(rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return repeated


def _ranges(keys: pl.Series) -> Iterator[pl.Expr]:
    size = max(ROWS_SORTED_AT_ONCE, len(keys) // MOST_PASSES + 1)
    edges = [keys[start] for start in range(size, len(keys), size)]
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        column = pl.col(keys.name)
        above = pl.lit(True) if low is None else column >= low
        yield above if high is None else above & (column < high)
