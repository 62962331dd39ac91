"""What leaves: the files of a day, the same bytes for the same warehouse, never a mix of two runs.

`summary.json` goes first and comes back last: where it is, the files that it names are its own.
A day that did not prove itself leaves a summary with the reason, its control totals and the rows behind
what is left over, and no list of breaks.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from importlib import metadata
from itertools import count
from pathlib import Path
from typing import Self

import duckdb
import polars as pl

from assets.exports.summary import GENERATOR, breaks_summary, control_totals, day_summary, decisions_summary, to_json
from assets.tied_out.residuals import residuals_of_day
from assets.tied_out.step import edges_of_day
from recon.breaks.causes import FOLD_FROM, breaks_by_cause
from recon.breaks.incidents import listed, members
from recon.clearing_day import as_of
from recon.errors import UnprovedDayError
from recon.export_text import csv_bytes
from recon.identities import REGISTER
from recon.reports.control_totals import Proof
from recon.tie_out import CONTROL_TOTALS, in_order, names_of
from recon.tie_out.proof import INCOMPLETE, PROVED, failing, first_failing, identities
from recon.tolerance import Tolerance
from resources.files import scratch_folder, sha256_of, write_atomically
from resources.register import closing_digest, identity_of_day
from resources.storage import storage_errors
from resources.warehouse import Warehouse
from views.day_report.day_facts import DayFacts, read_facts
from views.day_report.page import incomplete_report, proved_report
from views.workbook import workbook_bytes

SUMMARY, TIE_OUT = "summary.json", "tie_out.csv"
CORRECTIONS, INCIDENT_ROWS, RESIDUALS = "corrections.csv", "incident_rows.csv", "residuals.csv"
DECISIONS = "decisions.csv"
REPORT = "report.html"
FILES = {"csv": "breaks.csv", "parquet": "breaks.parquet", "xlsx": "breaks.xlsx", "html": REPORT}  # format -> file
FORMATS = tuple(FILES)
WORKBOOK_SHEETS = ".workbook"  # a folder that is there while the workbook is made
OWNED = (SUMMARY, TIE_OUT, CORRECTIONS, INCIDENT_ROWS, RESIDUALS, DECISIONS, *FILES.values())
BEFORE_SETTLEMENT = names_of(Proof.ROWS, Proof.SUMMARY)  # what the files of a day say by themselves
GRACE = Tolerance().arrival_grace
EDGE_ORDER = (
    "edge", "settlement_currency", "participant_agreement_id", "batch_id", "file_id",
    "left_name", "right_name", "left_value", "right_value",
)  # fmt: skip
_OF_REPORTS = pl.col("edge").is_in(list(CONTROL_TOTALS))


@dataclass(frozen=True)
class ExportReceipt:
    """What was written, and whether it differs from what was there.

    `edited`: files that somebody changed by hand since they were written, as they are kept now next to the new ones.
    """

    directory: Path
    status: str
    sha256: dict[str, str]  # file name -> digest
    break_count: int
    is_changed: bool
    edges: pl.DataFrame = field(repr=False, compare=False)  # what `tie_out.csv` holds
    edited: tuple[Path, ...] = ()


def export_day(
    warehouse: Warehouse,
    day: date,
    directory: Path,
    formats: Sequence[str] = FORMATS,
    workbook_rows: int = 100_000,
    *,
    arrival_grace: timedelta = GRACE,
    fold_from: int = FOLD_FROM,
) -> ExportReceipt:
    """Writes the files of a day that proved itself into `<directory>/<day>/`.

    `fold_from`: so many breaks of one cause are one line in report, workbook and summary.
    """
    read = DayToExport.read(warehouse, day, formats, arrival_grace=arrival_grace, fold_from=fold_from)
    return read.write(directory, workbook_rows)


@dataclass(frozen=True)
class DayToExport:
    """What the files of a day that proved itself show: to write them, the warehouse is not asked again."""

    moment: datetime
    formats: Sequence[str]
    facts: DayFacts
    edges: pl.DataFrame
    inputs: dict[str, object]
    causes: pl.DataFrame
    breaks: dict[str, object]

    @classmethod
    def read(
        cls, warehouse: Warehouse, day: date, formats: Sequence[str], *, arrival_grace: timedelta, fold_from: int
    ) -> Self:
        """As `export_day`. UnprovedDayError if a proof of the day fails."""
        with warehouse.connect() as connection:
            facts = read_facts(connection, day)
            edges = proof_of_day(connection, day, facts.register)
            if first_failing(edges):
                failing = first_failing(edges, residuals_of_day(connection, warehouse, day, edges))
                raise UnprovedDayError(str(failing), where=str(day), do="Run the day again, and see which proof fails")
        items = listed(facts.items)
        causes = breaks_by_cause(items, fold_from)
        return cls(
            as_of(day, arrival_grace), formats, facts, edges, _inputs(warehouse, facts, edges), causes,
            breaks=breaks_summary(items, facts.register, causes) | decisions_summary(facts.decisions),
        )  # fmt: skip

    def write(self, directory: Path, workbook_rows: int) -> ExportReceipt:
        """The files, and in the end the summary that names them."""
        facts, items = self.facts, listed(self.facts.items)
        tables = {
            INCIDENT_ROWS: members(facts.items), DECISIONS: facts.decisions, CORRECTIONS: facts.corrections,
        }  # fmt: skip
        tables = {TIE_OUT: self.edges} | {name: table for name, table in tables.items() if table.height}
        folder = directory / facts.day.isoformat()
        files = self._lists(items, workbook_rows, folder / WORKBOOK_SHEETS)
        rows = dict.fromkeys(files, items.height) | {name: table.height for name, table in tables.items()}
        files |= {name: csv_bytes(table) for name, table in tables.items()}
        if "html" in self.formats:
            others = sorted([*files, SUMMARY])
            files[REPORT] = proved_report(facts, self.moment, self.causes, version=_version(), others=others)
            rows[REPORT] = items.height
        document = day_summary(
            facts.day, self.moment, status=PROVED, reason=None, version=_version(),
            inputs=self.inputs, breaks=self.breaks, exports=_listed(files, rows),
        )  # fmt: skip
        return _put(folder, files, document, items.height, self.edges)

    def _lists(self, items: pl.DataFrame, workbook_rows: int, scratch: Path) -> dict[str, bytes]:
        head = {
            "day": self.facts.day.isoformat(),
            "as_of": self.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": PROVED,
        }
        makers: dict[str, Callable[[], bytes]] = {
            "csv": lambda: csv_bytes(items),
            "parquet": lambda: _parquet_bytes(items),
            "xlsx": lambda: self._workbook(items, head, workbook_rows, scratch),
        }
        return {FILES[kind]: make() for kind, make in makers.items() if kind in self.formats}

    def _workbook(self, items: pl.DataFrame, head: dict[str, str], rows: int, scratch: Path) -> bytes:
        rates, decisions = self.facts.rates, self.facts.decisions
        with storage_errors(scratch), scratch_folder(scratch):
            return workbook_bytes(items, head | self.breaks, self.moment, rows, rates, decisions, self.causes, scratch)


def export_incomplete(
    warehouse: Warehouse,
    day: date,
    directory: Path,
    reason: str,
    formats: Sequence[str] = FORMATS,
    *,
    arrival_grace: timedelta = GRACE,
) -> ExportReceipt:
    """Says that a day did not prove itself, and why; older lists of its breaks go away."""
    moment = as_of(day, arrival_grace)
    with warehouse.connect() as connection:
        edges = _proof_so_far(connection, warehouse, day)
        behind = residuals_of_day(connection, warehouse, day, edges)
        facts = read_facts(connection, day)
    tables = {TIE_OUT: edges, RESIDUALS: behind}
    files = {name: csv_bytes(table) for name, table in tables.items() if table.height}
    rows = {name: table.height for name, table in tables.items()} | {REPORT: 0}
    if "html" in formats:
        others = sorted([*files, SUMMARY])
        shown = replace(facts, edges=edges.filter(_OF_REPORTS), behind=behind)
        files[REPORT] = incomplete_report(shown, moment, reason, version=_version(), others=others)
    document = day_summary(
        day, moment, status=INCOMPLETE, reason=reason, version=_version(),
        inputs=_inputs(warehouse, facts, edges, behind), breaks=None, exports=_listed(files, rows),
    )  # fmt: skip
    return _put(directory / day.isoformat(), files, document, 0, edges)


def proof_of_day(connection: duckdb.DuckDBPyConnection, day: date, register: pl.DataFrame) -> pl.DataFrame:
    """Every identity of a day that was run to its list: tie-out, conservation, register (EDGE_SCHEMA).

    `register`: the result of `identity_of_day`.
    """
    counted = connection.execute("SELECT * FROM reconciled.conservation WHERE as_of_day = ?", [day]).pl()
    return identities(_edges(connection, day), counted, register)


def _edges(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    edges = connection.execute("SELECT * FROM tied_out.edges WHERE as_of_day = ?", [day]).pl()
    return edges.sort(*EDGE_ORDER, nulls_last=True)


def _proof_so_far(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> pl.DataFrame:
    """The control totals that a day reached, and of all that it kept what does not hold."""
    edges = _edges_so_far(connection, warehouse, day)
    kept = failing(proof_of_day(connection, day, identity_of_day(connection, day))).filter(~_OF_REPORTS)
    if closing_digest(connection, day) is None:  # stopped before its list: nothing can be said of the register
        kept = kept.filter(pl.col("edge") != REGISTER)
    return in_order(pl.concat([edges, kept]))


def _edges_so_far(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> pl.DataFrame:
    """The control totals that a day reached. If a run stopped before them, those of the files that are current now."""
    kept = _edges(connection, day)
    current = dict(connection.execute(_CURRENT_FILES, [day]).fetchall())
    if kept.height and set(kept["file_id"].drop_nulls()) <= set(current):
        return kept
    if not all(warehouse.parsed_path(kind, day, file_id).exists() for file_id, kind in current.items()):
        return kept.clear()
    return edges_of_day(connection, warehouse, day).filter(pl.col("edge").is_in(BEFORE_SETTLEMENT))


_CURRENT_FILES = "SELECT file_id, kind FROM parsed.files WHERE clearing_day = ? AND is_current"


def _inputs(
    warehouse: Warehouse, facts: DayFacts, edges: pl.DataFrame, behind: pl.DataFrame | None = None
) -> dict[str, object]:
    return {
        "proof": {"identities": edges.height, "first_that_fails": first_failing(edges, behind)},
        "files": facts.files.to_dicts(),
        "orders": _frozen_orders(warehouse, facts.day),
        "control_totals": control_totals(edges),
        "conservation": facts.conservation.to_dicts(),
    }


def _frozen_orders(warehouse: Warehouse, day: date) -> list[dict[str, object]]:
    """Our side of the day, as it is in the state directory; nothing if it was not read yet."""
    frozen = []
    for path in (warehouse.orders_path(table, day) for table in ("payments", "refunds")):
        warehouse.require_sealed(path, day)
        if path.is_file():
            sha256 = sha256_of(path)
            name = path.relative_to(warehouse.directory).as_posix()
            frozen.append({"file": name, "sha256": sha256, "size_bytes": path.stat().st_size})
    return frozen


def _parquet_bytes(items: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    items.write_parquet(target, compression="zstd", statistics=True)
    return target.getvalue()


def _listed(files: dict[str, bytes], rows: dict[str, int]) -> list[dict[str, object]]:
    return [
        {"file": name, "sha256": _digest(content), "size_bytes": len(content), "rows": rows[name]}
        for name, content in sorted(files.items())
    ]


def _put(
    folder: Path, files: dict[str, bytes], document: dict[str, object], break_count: int, edges: pl.DataFrame
) -> ExportReceipt:
    """Replaces what differs; files of ours that are no longer named go away."""
    wanted = files | {SUMMARY: to_json(document)}
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        stale = [name for name in OWNED if name not in wanted and (folder / name).exists()]
        changed = [name for name, content in wanted.items() if not _is_there(folder / name, content)]
        edited = [_kept_aside(folder / name) for name in _edited(folder) if name in (*stale, *changed)]
        if stale or changed:
            (folder / SUMMARY).unlink(missing_ok=True)
            for name in stale:
                (folder / name).unlink(missing_ok=True)
            for name in sorted({*changed, SUMMARY}, key=lambda name: (name == SUMMARY, name)):
                write_atomically(folder / name, wanted[name])
    digests = {name: _digest(content) for name, content in sorted(wanted.items())}
    is_changed = bool(stale or changed)
    return ExportReceipt(folder, str(document["status"]), digests, break_count, is_changed, edges, tuple(edited))


def _edited(folder: Path) -> list[str]:
    """The files that are not what the summary says: somebody worked in them."""
    try:
        exported = json.loads((folder / SUMMARY).read_text("utf-8"))["exports"]
        written = {str(line["file"]): str(line["sha256"]) for line in exported}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []  # no summary: a run was killed while it wrote them
    return [
        name for name in OWNED if name in written and (folder / name).is_file()
        and sha256_of(folder / name) != written[name]
    ]  # fmt: skip


def _kept_aside(path: Path) -> Path:
    """Gives an edited file a name of its own; no one's notes are overwritten."""
    free = (path.with_name(f"{path.stem}.edited-{number}{path.suffix}") for number in count(1))
    target = next(place for place in free if not place.exists())
    return path.rename(target)


def _is_there(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version() -> str:
    try:
        return metadata.version(GENERATOR)
    except metadata.PackageNotFoundError:
        return "unknown"
