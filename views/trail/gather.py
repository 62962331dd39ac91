"""Gathers everything known about one id: frozen orders and refunds, report lines with their raw
bytes, outcomes, breaks and movements, questions to Alipay+ and their answers, over all days.

Reads only, and from the published copy where there is one, so that a running day is not disturbed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from recon.blanks import BLANKS
from recon.breaks.break_id import parse_break_id
from recon.clearing_day import report_date
from recon.errors import ReconError
from recon.listing import counted
from recon.orders import INSTANT, PAYMENT_SCHEMA, REFUND_SCHEMA, shown_instants
from recon.reports.kinds import ReportKind
from recon.reports.lines import FIRST_STRETCH, ends_with_cr
from recon.sql_text import sql_text
from resources.joined_rows import ParsedPath, fewest_paths
from resources.journals.decisions import DecisionJournal
from resources.journals.inquiries import InquiryJournal
from resources.storage import PUBLISH_AGAIN, RESTORE, open_database, sql_path
from resources.warehouse import Warehouse, columns_of_files, parquet_relation, parquet_relation_of_all
from views.trail.batch_story import BatchRows
from views.trail.event import Row
from views.trail.story import Findings

FAMILIES = "PRCBI"  # of breaks
SHORTEST_QUESTION = 6  # signs of the id of a question; what is shorter names too many
MARKS = "\"'`="  # around an id that is in quarantine because of them
ROUNDS = 5  # from a refund to its payment to the other refunds, and further where ids were reused
QUARANTINE_LIMIT = 10_000  # lines whose raw text is searched
_LINKS = {
    "payments": ("order_key", "payment_request_id", "provider_payment_id"),
    "refunds": ("refund_key", "refund_request_id", "provider_refund_id", "order_key"),
    "lines": (
        "request_id",
        "provider_transaction_id",
        "original_request_id",
        "original_provider_transaction_id",
    ),
}
_BREAK_KEYS = (
    "payment_request_id",
    "refund_request_id",
    "provider_transaction_id",
    "order_key",
    "refund_key",
)


def gather(warehouse: Warehouse, asked: str) -> tuple[list[str], Findings]:
    """The ids that belong together with the one asked for, and all that is known of them."""
    with _reading(warehouse) as connection:
        search = _Search(connection, warehouse)
        batches = search.batches(asked)
        ids = [*search.linked(asked, search.asked_about(asked)), *(key for key in batches.keys if key != asked)]
        found = search.findings(ids)
        found.batches = batches
        return ids, found


def key_of(asked: str) -> str:
    """The key in the id of a break, of a fee without its kind; else what it is."""
    found = parse_break_id(asked)
    if found is None or found.family not in FAMILIES:
        return asked
    return found.key.rpartition(":")[0] if found.kind == "fee" else found.key


def looked_in(warehouse: Warehouse) -> str:
    """What a search goes through, for a person who found nothing."""
    with _reading(warehouse) as connection:
        ((files, days),) = connection.execute(
            "SELECT COUNT(*), COUNT(DISTINCT clearing_day) FROM parsed.files"
        ).fetchall()
    frozen = sorted(path.stem for path in warehouse.orders_path("payments", date.min).parent.glob("*.parquet"))
    span = f" of {frozen[0]} to {frozen[-1]}" if frozen else ""
    return (
        f"{counted(files, 'report file')} of {counted(days, 'day')}, "
        f"{counted(len(frozen), 'day')} of orders and refunds{span}, "
        "clearing batches, settlements, breaks and questions"
    )


@contextmanager
def _reading(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    files = [file for file in (warehouse.published_file, warehouse.file) if file.exists()]
    if not files:
        raise ReconError("no day has been run yet", where=str(warehouse.directory), do="Run `recon run` first")
    way_out = PUBLISH_AGAIN if files[0] == warehouse.published_file else RESTORE
    with closing(open_database(files[0], read_only=True, if_damaged=way_out)) as connection:
        connection.execute("SET memory_limit = ?", [warehouse.memory_limit])
        connection.execute(f"SET threads = {warehouse.threads}")
        with warehouse.naming_damaged_files(files[0], way_out):
            yield connection


class _Search:
    """Looks through tables and Parquet files by id."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
        self._connection, self._warehouse = connection, warehouse
        self._files = {str(row["file_id"]): row for row in self._rows("SELECT * FROM parsed.files")}
        self._journal = InquiryJournal(warehouse.directory)
        self._questions = self._journal.history()
        self._decisions = DecisionJournal(warehouse.directory).decisions()
        self._found: dict[str, list[pl.DataFrame]] = {name: [] for name in _LINKS}  # by relation
        self._looked_for: set[str] = set()

    def asked_about(self, question: str) -> list[str]:
        """The ids that a question is about, named by its id or the beginning of it; none if several begin so."""
        named = self._questions.filter(pl.col("question_id").str.starts_with(question))
        if len(question) < SHORTEST_QUESTION or named.height != 1:
            return []
        return [key for key in named.select("asked_id", "order_key").row(0) if key]

    def linked(self, asked: str, also: Sequence[str] = ()) -> list[str]:
        """Ids reached from one id, and from those that are known to belong to it; the one asked for comes first."""
        ids = {asked, *also}
        for _ in range(ROUNDS):
            if not (fresh := ids - self._looked_for):
                break
            for name, rows in self._look_for(fresh).items():
                linked = rows.select(pl.concat_list(pl.col(_LINKS[name]).cast(pl.String)).explode()).to_series()
                ids |= set(linked.drop_nulls())
        return [asked, *sorted(ids - {asked})]

    def batches(self, asked: str) -> BatchRows:
        """All rows of a batch named by its id, or by `<agreement>:<currency>:<id>`; of a clearing batch also the totals
        of the settlements that pay it.
        """
        agreement, currency, batch = _parts(asked)

        def of_set(table: str, where: str, **values: object) -> list[Row]:
            found = self._rows(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL", **values)
            return [
                {"as_of_day": row.get("clearing_day")} | row for row in found
                if agreement in (None, row["participant_agreement_id"])
                and currency in (None, row["settlement_currency"])
            ]  # fmt: skip

        lines = of_set("parsed.batch_lines", "$batch IN (clearing_batch_id, batch_id)", batch=batch)
        settled_by = {str(line["batch_id"]) for line in lines if line["kind"] == "settlement"}
        batches = sorted({batch, *settled_by})
        totals = of_set("parsed.section_totals", "LIST_CONTAINS($batches, batch_id)", batches=batches)
        pays = "LIST_CONTAINS(STRING_SPLIT(settlement_batch_ids, ' '), $batch)"
        return BatchRows(
            keys=sorted({key for line in lines for key in _keys(line, batch)}),
            files=of_set("parsed.files", "LIST_CONTAINS($batches, batch_id)", batches=batches),
            totals=[self._with_origin(row) for row in totals],
            lines=[self._with_origin(line) for line in lines],
            edges=of_set("tied_out.edges", "LIST_CONTAINS($batches, batch_id)", batches=batches),
            batches=of_set("tied_out.batches", f"clearing_batch_id = $batch OR {pays}", batch=batch),
            settlements=of_set("tied_out.settlements", "LIST_CONTAINS($batches, settlement_batch_id)", batches=batches),
        )

    def findings(self, ids: Sequence[str]) -> Findings:
        """All rows that carry one of these ids, and of those that `linked` found."""
        if others := set(ids) - self._looked_for:
            self._look_for(others)
        payments, refunds, lines = (
            pl.concat(self._found[name]).unique().sort(pl.all(), nulls_last=True).to_dicts() for name in _LINKS
        )
        fees = self._parsed(ReportKind.FEE, _LINKS["lines"][:2], ids).to_dicts()
        found = Findings(
            payments=payments,
            refunds=refunds,
            lines=[self._with_origin(row) for row in (*lines, *fees)],
            quarantined=list(self._quarantined(ids)),
            outcomes=[
                *self._matching("reconciled.payments", ("order_key", "payment_request_id"), ids),
                *self._matching("reconciled.refunds", _REFUND_OUTCOME, ids),
            ],
            items=self._matching("breaks.items", _BREAK_KEYS, ids),
        )
        known = sorted({str(item["break_id"]) for item in found.items})
        found.movements = self._matching("breaks.movements", ("break_id",), known)
        found.corrections = self._rows(_CORRECTIONS, ids=list(ids), known=known)
        found.outcomes += self._agreed(found)
        found.questions, found.writes = self._asked(ids, known)
        found.decisions = [asdict(one) for one in self._decisions if one.break_id in known]
        return found

    def _asked(self, ids: Sequence[str], break_ids: Sequence[str]) -> tuple[list[Row], list[Row]]:
        """Questions to Alipay+ about these ids with what was said, and what was stored because of it."""
        of_these = pl.any_horizontal(
            pl.col("asked_id").is_in(ids), pl.col("order_key").is_in(ids), pl.col("break_id").is_in(break_ids)
        )
        questions = self._questions.filter(of_these).to_dicts()
        names = [str(row["question_id"]) for row in questions]
        replies = {row["question_id"]: row for row in self._journal.replies(names)}
        writes = self._journal.writes().filter(pl.col("question_id").is_in(names)).to_dicts()
        return [row | {"exchange": replies.get(row["question_id"])} for row in questions], writes

    def _agreed(self, found: Findings) -> list[Row]:
        """Plain pairs are counted, not kept: reported on a closed day, and nothing was found."""
        closed = {row["as_of_day"] for row in self._rows("SELECT as_of_day FROM breaks.days")}
        judged = {(row["as_of_day"], row["payment_request_id"]) for row in found.outcomes
                  if "payment_request_id" in row}  # fmt: skip
        reported = {(row["clearing_day"], row["request_id"]) for row in found.lines
                    if row.get("row_role") == "PAYMENT" and row["is_current"]}  # fmt: skip
        return [
            {"as_of_day": day, "order_key": order["order_key"], "code": "P00",
             "flags": "both sides agree"}
            for order in found.payments
            if (pair := (day := order["as_of_day"], order["payment_request_id"])) in reported
            and pair not in judged and day in closed
        ]  # fmt: skip

    def _look_for(self, ids: Collection[str]) -> dict[str, pl.DataFrame]:
        """By relation, the rows that carry one of these ids. They are kept: to look through all days is slow."""
        columns = _LINKS["lines"]
        rows = {name: self._carrying(self._frozen(name), _LINKS[name], ids) for name in ("payments", "refunds")}
        rows["lines"] = self._parsed(ReportKind.TRANSACTION_DETAIL, columns, ids)
        for name, frame in rows.items():
            self._found[name].append(frame)
        self._looked_for |= set(ids)
        return rows

    def _parsed(self, kind: ReportKind, columns: Sequence[str], ids: Collection[str]) -> pl.DataFrame:
        """Rows of all versions of the reports of a kind."""
        files: dict[bool, list[ParsedPath]] = {True: [], False: []}
        for file_id, row in self._files.items():
            path = self._warehouse.parsed_path(kind, row["clearing_day"], file_id)
            if row["kind"] == kind.value and path.exists():
                files[bool(row["is_current"])].append(ParsedPath(row["clearing_day"], path))
        current = sorted(files[True], key=lambda file: (file.day, file.path))
        superseded = [file.path for file in files[False]]
        joined = fewest_paths(self._warehouse, kind, current)
        schema = kind.definition.rows
        try:
            return self._carrying(parquet_relation_of_all([*joined, *superseded], schema), columns, ids)
        except duckdb.IOException:  # a run has removed a joined file meanwhile
            own = [file.path for file in current]
            return self._carrying(parquet_relation_of_all([*own, *superseded], schema), columns, ids)

    def _frozen(self, table: str) -> str:
        schema = PAYMENT_SCHEMA if table == "payments" else REFUND_SCHEMA
        files = sorted(self._warehouse.orders_path(table, date.min).parent.glob("*.parquet"))
        if not files:
            return f"(SELECT *, NULL AS as_of_day FROM {parquet_relation([], schema)})"
        paths = ", ".join(sql_path(file) for file in files)
        return (
            f"(SELECT {columns_of_files(files, schema)}, "
            "CAST(parse_filename(filename, true) AS DATE) AS as_of_day "
            f"FROM read_parquet([{paths}], union_by_name = true, filename = true))"
        )

    def _matching(self, table: str, columns: Sequence[str], ids: Collection[str]) -> list[Row]:
        return self._carrying(table, columns, ids).to_dicts()

    def _carrying(self, relation: str, columns: Sequence[str], ids: Collection[str]) -> pl.DataFrame:
        where = " OR ".join(f"{column} IN (SELECT UNNEST($ids))" for column in columns)
        return self._frame(f"SELECT * FROM {relation} AS found WHERE {where} ORDER BY ALL", ids=list(ids))

    def _rows(self, query: str, **values: object) -> list[Row]:
        return self._frame(query, **values).to_dicts()

    def _frame(self, query: str, **values: object) -> pl.DataFrame:
        frame = self._connection.execute(query, values).pl()
        times = [name for name, kind in frame.schema.items() if kind == INSTANT]  # rows of an older version hold any
        return frame.with_columns(shown_instants(frame[name]) for name in times)

    def _with_origin(self, row: Row) -> Row:
        file = self._files[str(row["file_id"])]
        origin = {name: file[name] for name in ("kind", "file_name", "version", "sha256")}
        landed = Path("landed", str(report_date(file["clearing_day"])), f"{file['file_name']}.v{file['version']}")
        path = self._warehouse.directory / landed
        raw = _physical_line(path, int(str(row["line_number"]))) if path.is_file() else None  # the bytes may be gone
        return row | origin | {"is_current": bool(file["is_current"]), "landed": landed.as_posix(), "raw": raw}

    def _quarantined(self, ids: Sequence[str]) -> Iterator[Row]:
        """Lines that no column names, found by their text."""
        oldest = "SELECT * FROM parsed.quarantine ORDER BY file_id, line_number LIMIT $most"
        rows = self._rows(oldest, most=QUARANTINE_LIMIT)
        for row in rows:
            whole = self._with_origin(row)
            cells = re.split(r"[,;|\t]", str(whole["raw"] or ""))
            if any(cell.strip(BLANKS + MARKS) in ids for cell in cells):
                yield whole


_REFUND_OUTCOME = ("refund_key", "refund_request_id", "provider_transaction_id")
_CORRECTIONS = sql_text("views.trail", "corrections")  # a break that another run closed is in no list any more


def _keys(line: Row, batch: str) -> list[str]:
    """Of the batch and of the settlement that pays it."""
    names = (batch, str(line["batch_id"]))
    return [f"{line['participant_agreement_id']}:{line['settlement_currency']}:{name}" for name in names]


def _parts(asked: str) -> tuple[str | None, str | None, str]:
    agreement, _, rest = asked.partition(":")
    currency, _, batch = rest.partition(":")
    return (agreement, currency, batch) if batch else (None, None, asked)


def _physical_line(path: Path, number: int) -> str | None:
    """A line as it was delivered."""
    with path.open("rb") as file:
        lines: Iterable[bytes] = file
        if ends_with_cr(file.read(FIRST_STRETCH)):
            file.seek(0)
            lines = file.read().replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        file.seek(0)
        line = next(islice(lines, number - 1, None), None)
    return None if line is None else line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
