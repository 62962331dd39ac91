"""Money at risk as a person finds it in each place: per currency the sum, and apart from it the figures in doubt.

Every function gives the same pair of mappings from currency to minor units, without currencies that have nothing.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl

from recon.money import exponent, to_minor
from views.alerts.texts import URGENT_SCHEMA, opened_s1

Risk = tuple[dict[str, int], dict[str, int]]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
AMOUNT = re.compile(r"([\d,]+(?:\.\d+)?) ([A-Z]{3})")


def per_currency(items: pl.DataFrame) -> dict[str, int]:
    return _added(items.select("currency", "amount_at_risk_minor").iter_rows())


def _added(amounts: Iterable[tuple[str | None, int | None]]) -> dict[str, int]:
    found = Counter[str]()
    for currency, minor in amounts:
        found[currency or "none"] += minor or 0
    return {currency: minor for currency, minor in found.items() if minor}


def _read(text: str) -> dict[str, int]:
    return _added((currency, to_minor(major.replace(",", ""), currency)) for major, currency in AMOUNT.findall(text))


def risk_in_summary(lines: list[dict[str, Any]]) -> Risk:
    sure, doubt = (
        _added((line["currency"], line[f"{name}_minor"]) for line in lines) for name in ("amount_at_risk", "in_doubt")
    )
    for line in lines:
        for name in ("amount_at_risk", "in_doubt"):
            assert to_minor(line[name], line["currency"]) == line[f"{name}_minor"]
    return sure, doubt


def risk_in_report(page: str) -> Risk:
    """The section on money; the head of the page says the same."""
    head = page[page.index('id="stakes-h"') : page.index("Do first")]
    section = page[page.index('id="money-h"') : page.index('id="actors-h"')]
    sure = _read(" ".join(re.findall(r"<strong>(.*?)</strong>", section)))
    assert sure == _read(" ".join(re.findall(r"<strong>(.*?)</strong>", head)))
    doubt = _read(" ".join(re.findall(r"Not included, in doubt: (.*?) in \d", section)))
    assert doubt == _read(" ".join(re.findall(r"Figure in doubt: (?:<a[^>]*>)?([^<]*)", head)))
    return sure, doubt


def risk_in_workbook(path: Path) -> Risk:
    """Both tables of the sheet Summary."""
    rows = _summary_rows(path)
    headings = [place for place, row in enumerate(rows) if "In doubt" in row.values()]
    found = []
    for place in headings:
        columns = {name: column for column, name in rows[place].items()}
        lines: list[Mapping[str, str]] = []
        for row in rows[place + 1 :]:
            if columns["Breaks"] not in row:
                break
            lines.append({name: row.get(column, "0") for name, column in columns.items()})
        both = (_in_minor(lines, "At risk"), _in_minor(lines, "In doubt"))
        found.append(both)
    assert len(found) == 2
    assert found[0] == found[1]
    return found[0]


def _in_minor(lines: Iterable[Mapping[str, str]], name: str) -> dict[str, int]:
    return _added(
        (line["Currency"], round(float(line[name]) * 10 ** exponent(line["Currency"]))) for line in lines
        if line[name] != "0"
    )  # fmt: skip


def _summary_rows(path: Path) -> list[dict[str, str]]:
    """Column letter -> text, for each row."""
    with zipfile.ZipFile(path) as book:
        texts = ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")
        shared = ["".join(text.itertext()) for text in texts]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{MAIN}row"):
        cells = {}
        for cell in row.iter(f"{MAIN}c"):
            value = cell.findtext(f"{MAIN}v")
            if value is not None:
                text = shared[int(value)] if cell.get("t") == "s" else value
                cells[re.sub(r"\d", "", cell.get("r", ""))] = text
        rows.append(cells)
    return rows


def risk_in_dagster(table: Any) -> Risk:
    """The table in the metadata of the list."""
    rows = [row.data for row in table.value.records]
    return (
        _read("; ".join(str(row["amount_at_risk"]) for row in rows)),
        _read("; ".join(str(row["in_doubt"]) for row in rows)),
    )


def risk_in_alert(items: pl.DataFrame) -> Risk:
    """The first line of an alert that is about the whole list."""
    every = items.with_columns(severity=pl.lit("S1"), family=pl.lit("P")).select(list(URGENT_SCHEMA))
    alert = opened_s1(every, date(2026, 11, 20))
    first = alert.text_for(alert.names).what.splitlines()[0]
    sure, _, doubt = first.partition("in doubt:")
    return _read(sure), _read(doubt)


def risk_on_terminal(text: str) -> Risk:
    """The table of money at risk; the table of codes says the same."""
    codes, money = re.split(r"^Money at risk *$", text, flags=re.MULTILINE)
    sure, doubt = [], []
    for line in money.splitlines():
        if found := re.match(r"([A-Z]{3}) .*?([\d,.]+)(?: +([\d,.]+) in \d+)? *$", line):
            currency, amount, apart = found.groups()
            sure.append((currency, to_minor(amount.replace(",", ""), currency)))
            doubt.append((currency, to_minor((apart or "0").replace(",", ""), currency)))
    both = (_added(sure), _added(doubt))
    codes = codes[codes.index("amount at risk") :]
    doubtful = " ".join(f"{major} {currency}" for major, currency in re.findall(AMOUNT.pattern + " in doubt", codes))
    assert both == (_read(re.sub(AMOUNT.pattern + " in doubt", "", codes)), _read(doubtful))
    return both
