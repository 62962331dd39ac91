"""The breaks of a day as a workbook: a sheet for the eye, and a sheet with every break.

Ids are text cells, nothing is a formula, and the same list gives the same bytes. A sheet is
bounded: when breaks are left out, it says so and names the files that have them all.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import polars as pl
import xlsxwriter

from recon.export_text import major_text
from recon.money import exponent

CELL_LIMIT = 32_767  # characters; Excel keeps no more
CUT = " ... (cut, whole in breaks.csv)"
DIGITS = 10**15  # a spreadsheet number is exact below this
HUMAN = {  # column of the list -> column for the eye, in major units
    "order_amount_minor": ("order_amount", "currency"),
    "report_amount_minor": ("report_amount", "report_currency"),
    "difference_minor": ("difference", "currency"),
    "amount_at_risk_minor": ("amount_at_risk", "currency"),
}
WIDTHS = {"break_id": 44, "break_name": 26, "explanation": 70, "what_to_do": 60, "evidence": 40}
OPTIONS = {
    "in_memory": True,
    "constant_memory": False,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}


def workbook_bytes(items: pl.DataFrame, summary: dict[str, Any], moment: datetime, rows: int) -> bytes:
    """The workbook; `summary` is the document of the day, `moment` what it speaks for."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        book.set_properties({"title": f"Breaks as of {summary['day']}", "created": moment.replace(tzinfo=None)})
        cells = _Cells(book)
        _summary_sheet(book.add_worksheet("Summary"), cells, summary, rows)
        _breaks_sheet(book.add_worksheet("Breaks"), cells, items.head(rows))
    return target.getvalue()


class _Cells:
    """Writes one value into one cell, each kind in its own way."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[str, Any] = {}
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 14})

    def write(self, sheet: Any, row: int, column: int, value: object) -> None:
        match value:
            case None:
                return
            case datetime():
                sheet.write_datetime(row, column, value, self._style("yyyy-mm-dd hh:mm:ss"))
            case date():
                sheet.write_datetime(row, column, value, self._style("yyyy-mm-dd"))
            case bool() | str():
                sheet.write_string(row, column, _short(str(value)))
            case int() if abs(value) < DIGITS:
                sheet.write_number(row, column, value)
            case _:
                sheet.write_string(row, column, str(value))

    def write_money(self, sheet: Any, row: int, column: int, minor: object, currency: object) -> None:
        """Major units with the currency's own decimals; text where a number would not be exact."""
        if not isinstance(minor, int) or not isinstance(currency, str):
            return
        places = exponent(currency)
        if abs(minor) >= DIGITS:
            sheet.write_string(row, column, major_text(minor, currency))
            return
        form = "#,##0" + ("." + "0" * places if places else "")
        sheet.write_number(row, column, minor / 10**places, self._style(form))

    def _style(self, form: str) -> Any:
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form})
        return self._formats[form]


def _short(text: str) -> str:
    return text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - len(CUT)] + CUT


def _summary_sheet(sheet: Any, cells: _Cells, summary: dict[str, Any], rows: int) -> None:
    sheet.write_string(0, 0, f"Clearing day {summary['day']}", cells.title)
    count = summary["breaks"]["count"]
    facts: list[tuple[str, object]] = [
        ("Status", summary["status"]),
        ("As of (UTC)", summary["as_of"]),
        ("Breaks", count),
    ]
    if count > rows:
        facts.append(("Rows shown", f"the first {rows} of {count}; breaks.csv and breaks.parquet have all"))
    for place, (name, value) in enumerate(facts, start=1):
        sheet.write_string(place, 0, name)
        cells.write(sheet, place, 1, value)
    place = _money_table(
        sheet, cells, len(facts) + 2, "Money at risk, per currency and party",
        ("currency", "party", "count"), summary["money_at_risk"],
    )  # fmt: skip
    _money_table(
        sheet, cells, place + 1, "Breaks by code",
        ("break_code", "break_name", "severity", "who_acts", "count", "currency"),
        summary["breaks"]["by_code"],
    )  # fmt: skip
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 28)
    sheet.set_column(2, 6, 16)


def _money_table(
    sheet: Any,
    cells: _Cells,
    row: int,
    title: str,
    names: tuple[str, ...],
    lines: Iterable[dict[str, Any]],
) -> int:
    """A small table with the amount at risk as its last column; returns the first free row."""
    sheet.write_string(row, 0, title, cells.title)
    for column, name in enumerate((*names, "amount_at_risk")):
        sheet.write_string(row + 1, column, name, cells.head)
    row += 2
    for line in lines:
        for column, name in enumerate(names):
            cells.write(sheet, row, column, line[name])
        cells.write_money(sheet, row, len(names), line["amount_at_risk_minor"], line["currency"])
        row += 1
    return row


def _breaks_sheet(sheet: Any, cells: _Cells, items: pl.DataFrame) -> None:
    """Every column of the list, and beside each amount the same in major units."""
    columns = [column for name in items.columns for column in ((name, HUMAN[name][0]) if name in HUMAN else (name,))]
    back = {human: (source, currency) for source, (human, currency) in HUMAN.items()}
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name, cells.head)
        sheet.set_column(place, place, WIDTHS.get(name, max(12, len(name) + 2)))
    for row, item in enumerate(items.iter_rows(named=True), start=1):
        for place, name in enumerate(columns):
            if name in back:
                source, currency = back[name]
                cells.write_money(sheet, row, place, item[source], item[currency])
            else:
                cells.write(sheet, row, place, item[name])
    sheet.freeze_panes(1, 4)
    sheet.autofilter(0, 0, max(items.height, 1), len(columns) - 1)
