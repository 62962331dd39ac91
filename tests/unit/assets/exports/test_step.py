"""What a clerk, a spreadsheet and a script get from a day: exact, safe, and the same every time."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from assets.exports.step import ExportReceipt, export_day, export_incomplete
from recon.breaks.items import ITEM_SCHEMA
from resources.warehouse import Warehouse, replace_day, transaction

DAY = date(2026, 11, 20)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LONG_ID = "20261120190741010188100000000123456789"
FIRST_COLUMNS = (
    "as_of_day,break_id,family,break_code,break_name,severity,state,opened_day,age_days,deadline_at,"
    "payment_request_id,refund_request_id,provider_transaction_id,order_amount_minor,"
    "report_amount_minor,difference_minor,currency,amount_at_risk_minor,who_acts,flags,explanation,"
    "evidence"
)


def item(key: str, **values: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "as_of_day": DAY,
        "break_id": f"P/ogloba/order/{key}",
        "family": "P",
        "break_code": "P08",
        "break_name": "AMOUNT_DIFF",
        "severity": "S1",
        "state": "OPEN",
        "opened_day": DAY,
        "age_days": 0,
        "payment_request_id": key,
        "provider_transaction_id": LONG_ID,
        "order_amount_minor": 1000,
        "report_amount_minor": 1250,
        "difference_minor": 250,
        "currency": "EUR",
        "report_currency": "EUR",
        "amount_at_risk_minor": 250,
        "who_acts": "FIN",
        "flags": "",
        "explanation": "Our order says 10.00 EUR, Alipay+ took 12.50 EUR: 2.50 EUR apart.",
        "evidence": "{}",
        "party": "customer",
        "source_id": "ogloba",
        "order_key": key,
    }
    return usual | values


DEADLINE = datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC).replace(tzinfo=None)
ITEMS = (
    item("A1"),
    item("A2", currency="JPY", report_currency="JPY", amount_at_risk_minor=4000, severity="S3"),
    item("A3", order_amount_minor=-5, difference_minor=-10, explanation="=1+1", flags="@x"),
    item("0012", deadline_at=DEADLINE, amount_at_risk_minor=1),
)


def warehouse_with(tmp_path: Path, items: Iterable[dict[str, object]] = ITEMS) -> Warehouse:
    warehouse = Warehouse(tmp_path / "state")
    with warehouse.connect() as connection, transaction(connection):
        frame = pl.DataFrame(list(items), schema=ITEM_SCHEMA)
        replace_day(connection, "breaks.items", DAY, frame)
        moved = frame.select(
            "as_of_day", "break_id", movement=pl.lit("NEW"), code_after="break_code",
            currency_after="currency",
        )  # fmt: skip
        replace_day(connection, "breaks.movements", DAY, moved)
        connection.execute(
            "INSERT INTO tied_out.edges VALUES (?, 'detail = summary', 'AG1', 'EUR', 'B1', 'f@v1', "
            "'detail rows', 10, 'summary', 10, 0, 'ties out')",
            [DAY],
        )
        connection.execute(
            "INSERT INTO parsed.files (file_id, kind, file_name, version, sha256, clearing_day, "
            "is_current, is_valid, row_count) "
            "VALUES ('f@v1', 'fee', 'f', 1, 'abc', ?, true, true, 7)",
            [DAY],
        )
    return warehouse


def written(tmp_path: Path, **options: Any) -> tuple[Path, ExportReceipt]:
    receipt = export_day(warehouse_with(tmp_path), DAY, tmp_path / "exports", **options)
    return receipt.directory, receipt


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExportReceipt]:
    """The usual list in every format; tests only look at it."""
    return written(tmp_path_factory.mktemp("usual"))


def csv_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "breaks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def summary(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    return document


def sheet(folder: Path, number: int) -> str:
    with zipfile.ZipFile(folder / "breaks.xlsx") as book:
        return book.read(f"xl/worksheets/sheet{number}.xml").decode()


def test_the_first_columns_are_the_public_contract(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    assert (folder / "breaks.csv").read_text("utf-8").startswith(FIRST_COLUMNS)


def test_the_most_urgent_break_comes_first(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    assert [row["order_key"] for row in csv_rows(folder)] == ["0012", "A1", "A3", "A2"]


def test_ids_survive_every_format(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    assert csv_rows(folder)[0]["order_key"] == "0012"
    assert {row["provider_transaction_id"] for row in csv_rows(folder)} == {LONG_ID}
    parquet = pl.read_parquet(folder / "breaks.parquet")
    assert parquet["order_key"][0] == "0012"
    assert parquet.schema == pl.Schema(ITEM_SCHEMA)
    shown = {text for row in cells(folder, 2) for text in row}
    assert {LONG_ID, "0012"} <= shown


def test_text_cannot_run_as_a_formula(tmp_path: Path) -> None:
    texts = {name: f"{start}cmd()" for name, start in zip("ABCDEF", "=+-@\t\r", strict=True)}
    warehouse = warehouse_with(tmp_path, [item(name, explanation=text) for name, text in texts.items()])
    folder = export_day(warehouse, DAY, tmp_path / "exports").directory
    assert {row["order_key"]: row["explanation"] for row in csv_rows(folder)} == {
        name: f"'{text}" for name, text in texts.items()
    }
    assert "<f>" not in sheet(folder, 2)


def test_negative_amounts_stay_numbers(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    row = next(row for row in csv_rows(folder) if row["order_key"] == "A3")
    assert (row["order_amount_minor"], row["difference_minor"]) == ("-5", "-10")


def test_instants_say_that_they_are_utc(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    assert csv_rows(folder)[0]["deadline_at"] == "2026-12-01T15:59:59Z"
    assert summary(folder)["as_of"] == "2026-11-21T00:30:00Z"


def test_money_is_never_added_across_currencies(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    at_risk = {row["currency"]: row["amount_at_risk"] for row in summary(folder)["money_at_risk"]}
    assert at_risk == {"EUR": "5.01", "JPY": "4000"}


def test_one_cause_is_one_line_and_the_files_have_every_break(tmp_path: Path) -> None:
    caused = [item(key, cause="one rate", currency="JPY" if key == "C" else "EUR") for key in "ABC"]
    warehouse = warehouse_with(tmp_path, [*caused, item("D")])
    for fold_from, lines in ((3, [("EUR", 2, 500), ("JPY", 1, 250)]), (4, [])):
        folder = export_day(warehouse, DAY, tmp_path / "exports", fold_from=fold_from).directory
        found = summary(folder)["breaks"]["by_cause"]
        assert [(line["currency"], line["count"], line["amount_at_risk_minor"]) for line in found] == lines
        assert [(row["order_key"], row["cause"]) for row in csv_rows(folder)] == [
            ("A", "one rate"), ("B", "one rate"), ("C", "one rate"), ("D", "")
        ]  # fmt: skip
    assert list(csv_rows(folder)[0])[-1] == "cause"


def test_the_summary_holds_the_proofs(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    found = summary(folder)
    assert found["status"] == "proved"
    assert found["breaks"]["by_severity"] == {"S1": 3, "S3": 1}
    assert {row["residual"] for row in found["register"]} == {0}
    assert found["files"][0] | {"version": 1, "sha256": "abc", "row_count": 7} == found["files"][0]
    assert [line["verdict"] for line in found["control_totals"]][-1] == "ties out"
    assert found["proof"] == {"identities": 3, "first_that_fails": None}


def test_the_summary_names_the_frozen_orders(tmp_path: Path) -> None:
    warehouse = warehouse_with(tmp_path)
    path = warehouse.orders_path("payments", DAY)
    warehouse.write_parquet(pl.DataFrame({"order_key": ["A1"]}), path)
    found = summary(export_day(warehouse, DAY, tmp_path / "exports").directory)["orders"]
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    assert found == [{"file": f"orders/payments/{DAY}.parquet", "sha256": sha256, "size_bytes": len(content)}]


def test_every_file_is_the_one_that_the_summary_names(exported: tuple[Path, ExportReceipt]) -> None:
    folder, receipt = exported
    named = {row["file"]: row["sha256"] for row in summary(folder)["exports"]}
    there = {path.name for path in folder.iterdir()}
    assert there == {*named, "summary.json"}
    for name, sha256 in named.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
        assert receipt.sha256[name] == sha256


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    warehouse = warehouse_with(tmp_path)
    first = export_day(warehouse, DAY, tmp_path / "one")
    second = export_day(warehouse, DAY, tmp_path / "two")
    again = export_day(warehouse, DAY, tmp_path / "one")
    assert first.sha256 == second.sha256 == again.sha256
    assert (first.is_changed, again.is_changed) == (True, False)


def test_a_full_workbook_says_what_it_leaves_out(tmp_path: Path) -> None:
    folder, _ = written(tmp_path, workbook_rows=3)
    assert sheet(folder, 2).count("<row ") == 1 + 3
    with zipfile.ZipFile(folder / "breaks.xlsx") as book:
        assert "the first 3 of 4" in book.read("xl/sharedStrings.xml").decode()
    assert len(csv_rows(folder)) == 4


def test_the_workbook_shows_major_units(exported: tuple[Path, ExportReceipt]) -> None:
    folder, _ = exported
    table = cells(folder, 2)
    place = table[0].index("At risk")
    assert [float(row[place]) for row in table[1:]] == [2.5, 2.5, 0.01, 4000]


def cells(folder: Path, number: int) -> list[list[str]]:
    """A sheet as a person sees it, without formats."""
    with zipfile.ZipFile(folder / "breaks.xlsx") as book:
        shared = ["".join(part.itertext()) for part in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    table = []
    for row in root.iter(f"{MAIN}row"):
        by_column = {re.sub(r"\d", "", cell.attrib["r"]): (cell.get("t"), "".join(cell.itertext())) for cell in row}
        names = [_letters(place) for place in range(40)]
        table.append([
            shared[int(text)] if kind == "s" else text
            for kind, text in (by_column.get(name, (None, "")) for name in names)
        ])  # fmt: skip
    return table


def _letters(place: int) -> str:
    return ("" if place < 26 else "A") + chr(ord("A") + place % 26)


def test_a_very_long_text_is_cut_in_the_workbook_only(tmp_path: Path) -> None:
    warehouse = warehouse_with(tmp_path, [item("A", explanation="x" * 40_000)])
    folder = export_day(warehouse, DAY, tmp_path / "exports").directory
    assert len(csv_rows(folder)[0]["explanation"]) == 40_000
    assert "whole in breaks.csv" in sheet(folder, 2)


def test_a_day_that_is_incomplete_shows_no_list_of_an_older_run(tmp_path: Path) -> None:
    folder, _ = written(tmp_path)
    warehouse = Warehouse(tmp_path / "state")
    receipt = export_incomplete(warehouse, DAY, tmp_path / "exports", "the fee report is missing")
    assert {path.name for path in folder.iterdir()} == {"summary.json", "tie_out.csv", "report.html"}
    found = summary(folder)
    assert (found["status"], found["reason"]) == ("incomplete", "the fee report is missing")
    assert "breaks" not in found
    assert receipt.status == "incomplete"


def test_an_incomplete_day_without_anything_is_still_said(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "state")
    receipt = export_incomplete(warehouse, DAY, tmp_path / "exports", "nothing arrived")
    assert {path.name for path in receipt.directory.iterdir()} == {"summary.json", "report.html"}


def test_a_day_without_breaks_has_an_empty_list(tmp_path: Path) -> None:
    warehouse = warehouse_with(tmp_path, [])
    folder = export_day(warehouse, DAY, tmp_path / "exports").directory
    assert csv_rows(folder) == []
    assert summary(folder)["breaks"]["count"] == 0


def test_files_of_other_people_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "exports" / DAY.isoformat()
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    (folder / "breaks.xlsx").write_bytes(b"old")
    export_day(warehouse_with(tmp_path), DAY, tmp_path / "exports", ["csv"])
    assert {path.name for path in folder.iterdir()} == {
        "notes.txt", "breaks.csv", "tie_out.csv", "summary.json",
    }  # fmt: skip


def test_what_somebody_wrote_into_an_exported_file_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    folder, _ = written(tmp_path)
    warehouse = Warehouse(tmp_path / "state")
    fresh = {path.name: path.read_bytes() for path in folder.iterdir()}
    for number in (1, 2):
        with (folder / "breaks.csv").open("a") as file:
            file.write(f"my note {number}\n")
        receipt = export_day(warehouse, DAY, tmp_path / "exports")
        assert receipt.edited == (folder / f"breaks.edited-{number}.csv",)
        assert receipt.edited[0].read_text().endswith(f"my note {number}\n")
        assert {name: (folder / name).read_bytes() for name in fresh} == fresh
    receipt = export_day(warehouse, DAY, tmp_path / "exports")
    assert (receipt.is_changed, receipt.edited) == (False, ())
    export_incomplete(warehouse, DAY, tmp_path / "exports", "the fee report is missing")
    assert "breaks.csv" not in {path.name for path in folder.iterdir()}, "a list that nobody edited goes away"
    assert (folder / "breaks.edited-2.csv").exists()
