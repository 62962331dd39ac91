"""The bank file is read as reports are: what does not count there does not count here."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon.errors import ConfigurationError
from resources.bank_amounts import read_bank_amounts

TEXT = """\
settlement_batch_id,currency,amount,value_date
S1,EUR,1234.56,2026-11-23
S2,JPY,500,2026-11-24
"""
ROWS = [("S1", "EUR", 123456, "2026-11-23", 2), ("S2", "JPY", 500, "2026-11-24", 3)]


def rows(path: Path, content: str | bytes) -> list[tuple[object, ...]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(*row[:3], str(row[3]), row[4]) for row in read_bank_amounts(path).rows()]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace("S1,EUR", ' "S1" ,\t"EUR"'),
        TEXT.replace("EUR", "\u00a0EUR\u200b"),
        TEXT.replace("23\n", "23,\n"),
        TEXT.replace("\n", ",,\n"),  # the header as well
        TEXT + "\n,,,\n",
    ],
)
def test_form_does_not_matter(text: str, tmp_path: Path) -> None:
    assert rows(tmp_path / "bank.csv", text) == ROWS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TEXT.replace("2026-11-23", "2026-1-23"), "line 2, value_date: the value date '2026-1-23' is not YYYY-MM-DD"),
        (TEXT.replace("2026-11-23", "2026113"), "line 2, value_date: the value date '2026113' is not"),
        (TEXT.replace("S1", '"S"1'), "line 2: a quoted cell is not closed properly"),
        (TEXT.replace(",1234.56", ""), "line 2: does not have a value in each column"),
        (TEXT.replace("S1", "S\u00c9").encode("latin-1"), "line 2: the text is not UTF-8"),
        (TEXT.encode("utf-16"), "the text is UTF-16"),
        (b"PK\x03\x04" + b"\0" * 30, "a zip archive or a spreadsheet"),
        ("", "line 1: has other columns"),
    ],
)
def test_a_bad_line_is_named(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        rows(tmp_path / "bank.csv", content)
    assert message in str(caught.value)
    assert caught.value.do
