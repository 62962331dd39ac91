"""A list as rows of a sheet: every value comes back as it was, and long lists have all their rows."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from views.list_sheet import CELL_LIMIT, CUT, SLICE, ListSheet, money_cells, number_cells, style_number, text_cells

DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
VALUE = pl.col("value")


def read_back(rows: pl.DataFrame, cells: pl.Expr) -> list[tuple[object, ...]]:
    target = BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("list", ListSheet)
        sheet.write_string(0, 0, "heading")
        sheet.write_list(rows.select(cells), pl.repeat(1, rows.height, eager=True), 15)
    return list(openpyxl.load_workbook(target)["list"].values)[1:]


@pytest.mark.parametrize("text", ["<b>&amp;</b>", " blank ends\n", "tab\tand line\nbreak", "Ginza Depāto 銀座"])
def test_text_comes_back_as_it_was(text: str) -> None:
    (row,) = read_back(pl.DataFrame({"value": [text]}), text_cells(VALUE, 0))
    assert row == (text,)


def test_control_characters_and_what_looks_like_one_are_spelled_as_excel_does() -> None:
    rows = read_back(pl.DataFrame({"value": ["a\x01b", "_x0041_"]}), text_cells(VALUE, 0))
    assert rows == [("a_x0001_b",), ("_x005F_x0041_",)]


@pytest.mark.parametrize("sign", ["é", "😀"])
def test_a_text_is_cut_where_excel_ends_a_cell(sign: str) -> None:
    ((text,),) = read_back(pl.DataFrame({"value": [sign * 40_000]}), text_cells(VALUE, 0))
    assert len(str(text).encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert str(text).endswith(CUT)


def test_amounts_have_the_decimals_of_their_currency_and_stay_exact() -> None:
    amounts = {"value": [-5, 1_234_567, None, 400, 10**17 + 1], "currency": ["EUR", "KWD", "EUR", "JPY", "EUR"]}
    styles = dict.fromkeys(DECIMALS.values(), 0)
    shown = read_back(pl.DataFrame(amounts), money_cells(VALUE, pl.col("currency"), DECIMALS, styles, 0))
    assert [value for (value,) in shown] == [-0.05, 1234.567, None, 400, "1000000000000000.01"]


def test_a_list_longer_than_a_slice_has_all_its_rows_in_order() -> None:
    rows = pl.DataFrame({"value": range(SLICE + 2)})
    assert [value for (value,) in read_back(rows, number_cells(VALUE, 0))] == list(range(SLICE + 2))


def test_a_number_has_the_format_that_was_asked_for() -> None:
    target = BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet, form = book.add_worksheet("list", ListSheet), book.add_format({"num_format": "#,##0.000"})
        cells = pl.DataFrame({"value": [1]}).select(number_cells(VALUE, style_number(form)))
        sheet.write_list(cells, pl.Series([2]), 15)
    read = openpyxl.load_workbook(target)["list"]
    assert read["A2"].number_format == "#,##0.000"
    assert read.row_dimensions[2].height == 30
