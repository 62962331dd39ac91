"""What the bank received, as somebody entered it: a small CSV with one line per credit.

    settlement_batch_id,currency,amount,value_date
    2026112090000001,EUR,1234.56,2026-11-23

Amounts are in the currency's own decimals, without separators of thousands; several lines of one settlement are
added up. Whatever is not in the file leaves the last edge of the proof open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from recon.blanks import trimmed
from recon.errors import ConfigurationError, MalformedReportError
from recon.money import MoneyError, exponent, typed_minor
from recon.reports.headers import folded, separator_of
from recon.reports.lines import COMMA, Lines
from recon.settlement.rows import BANK

COLUMNS = ("settlement_batch_id", "currency", "amount", "value_date")


def read_bank_amounts(path: Path | None) -> pl.DataFrame:
    """The lines of the file in the columns of BANK; none without a file. Raises ConfigurationError, with the line."""
    if path is None:
        return pl.DataFrame(schema=BANK)
    try:
        records = _records(path)
        number, names = next(records, (1, []))
        if tuple(names) != COLUMNS:
            raise ConfigurationError(
                "has other columns", where=f"{path}: line {number}", do=f"Write {','.join(COLUMNS)}"
            )
        rows = [_row(cells, path, number) for number, cells in records]
    except FileNotFoundError:
        raise ConfigurationError(
            "there is no such file", where=str(path), do="Correct settlement.bank_file, or leave it out"
        ) from None
    except OSError:
        raise ConfigurationError("cannot be read", where=str(path), do="Check its permissions") from None
    except MalformedReportError as error:
        raise ConfigurationError(error.what, where=error.where, do="Save it as UTF-8 text with commas") from None
    return pl.DataFrame(rows, schema=BANK, orient="row")


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, read as reports are: cells without the blanks around them, and without empty ones
    behind the last column.
    """
    with path.open("rb") as file:
        lines = Lines(file, str(path))
        while (stretch := lines.take()) is not None:
            separator = separator_of(
                stretch.content.decode(errors="replace").split("\n")[:1], frozenset(map(folded, COLUMNS))
            )
            if stretch.first_line == 1 and separator not in (None, lines.separator):
                lines.separator = separator or COMMA
                lines.push_back(stretch.content)
                continue
            for number, cells in stretch.as_records():
                if number in stretch.malformed:
                    raise MalformedReportError(
                        stretch.malformed[number], where=f"{path}: line {number}", do="Close the quoted cell"
                    )
                filled = [trimmed(cell) for cell in cells]
                while len(filled) > len(COLUMNS) and not filled[-1]:
                    filled.pop()
                if any(filled):
                    yield number, filled


def _row(cells: list[str], path: Path, number: int) -> tuple[str, str, int, date, int]:
    where = f"{path}: line {number}"
    if len(cells) != len(COLUMNS) or not all(cells):
        raise ConfigurationError("does not have a value in each column", where=where, do=f"Write {','.join(COLUMNS)}")
    batch, currency, amount, value_date = cells
    try:
        exponent(currency)
    except MoneyError as error:
        raise ConfigurationError(error.what, where=f"{where}, currency", do=error.do) from None
    try:
        minor = typed_minor(amount, currency)
    except MoneyError as error:
        do = f"{amount!r} is there: {error.do}"
        raise ConfigurationError(error.what, where=f"{where}, amount", do=do) from None
    try:
        return batch, currency, minor, date.fromisoformat(value_date), number
    except ValueError:
        raise ConfigurationError(
            f"the value date {value_date!r} is not YYYY-MM-DD",
            where=f"{where}, value_date",
            do="Write a date such as 2026-11-20",
        ) from None
