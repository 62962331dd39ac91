"""What the bank received, as somebody entered it: a small CSV with one line per credit.

    settlement_batch_id,currency,amount,value_date
    2026112090000001,EUR,1234.56,2026-11-23

Amounts are in the currency's own decimals, without separators of thousands; several lines of one settlement are
added up. Whatever is not in the file leaves the last edge of the proof open.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl

from recon.errors import ConfigurationError
from recon.money import MoneyError, exponent, typed_minor
from recon.settlement.rows import BANK

COLUMNS = ("settlement_batch_id", "currency", "amount", "value_date")


def read_bank_amounts(path: Path | None) -> pl.DataFrame:
    """The lines of the file in the columns of BANK; none without a file. Raises ConfigurationError, with the line."""
    if path is None:
        return pl.DataFrame(schema=BANK)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ConfigurationError("has other columns", where=f"{path}: line 1", do=f"Write {','.join(COLUMNS)}")
            rows = [_row(line, path, reader.line_num) for line in reader]
    except FileNotFoundError:
        raise ConfigurationError(
            "there is no such file", where=str(path), do="Correct settlement.bank_file, or leave it out"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            "cannot be read as UTF-8 text", where=str(path), do="Check its permissions, and save it as UTF-8"
        ) from None
    return pl.DataFrame(rows, schema=BANK, orient="row")


def _row(line: dict[str, str | None], path: Path, number: int) -> tuple[str, str, int, date, int]:
    where = f"{path}: line {number}"
    batch, currency, amount, value_date = (str(line.get(name) or "").strip() for name in COLUMNS)
    if set(line) != set(COLUMNS) or not (batch and currency and amount and value_date):
        raise ConfigurationError("does not have a value in each column", where=where, do=f"Write {','.join(COLUMNS)}")
    try:
        exponent(currency)
    except MoneyError as error:
        raise ConfigurationError(error.what, where=f"{where}, currency", do=error.do) from None
    try:
        minor = typed_minor(amount, currency)
    except MoneyError as error:
        do = f"{amount!r} stands there: {error.do}"
        raise ConfigurationError(error.what, where=f"{where}, amount", do=do) from None
    try:
        return batch, currency, minor, date.fromisoformat(value_date), number
    except ValueError:
        raise ConfigurationError(
            f"the value date {value_date!r} is not YYYY-MM-DD",
            where=f"{where}, value_date",
            do="Write a date such as 2026-11-20",
        ) from None
