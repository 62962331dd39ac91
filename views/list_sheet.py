"""A sheet whose rows are written in whole columns: a long list has a million cells, and each would be a call.

Polars makes the XML of the rows; headings, widths, filters and all else of the sheet are xlsxwriter's. A cell is made
up to its place, so that a row can be on several sheets: ` s="3"><v>5</v></c>`; null is no cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

SLICE = 5000  # rows whose XML is in memory at once
CELL_LIMIT = 32_767  # characters as UTF-16 counts them; Excel keeps no more
COUNTED_TWICE = "[\\x{10000}-\\x{10FFFF}]"
CUT = " ... (cut, whole in breaks.csv)"
DIGITS = 10**15  # a spreadsheet number is exact below this
EPOCH = 25_569  # 1 January 1970 as a day of Excel
DAY_US = 86_400_000_000
_ROW, _HEIGHT = "number of the row", "height of the row"  # next to the cells
# Control characters, and what looks like one that is written so, as Excel spells them.
_CONTROLS = {chr(code): f"_x{code:04X}_" for code in (*range(9), *range(11, 32), 0xFFFE, 0xFFFF)}
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", **_CONTROLS}


def style_number(cell_format: Any) -> int:
    """The number by which cells name a format."""
    return int(cell_format._get_xf_index())


def text_cells(value: pl.Expr, style: int) -> pl.Expr:
    """Cells of text; what no cell can hold is cut, and an empty text is no cell."""
    most = pl.when(value.str.contains(COUNTED_TWICE)).then(CELL_LIMIT // 2).otherwise(CELL_LIMIT)
    cut = pl.concat_str(value.str.slice(0, most - len(CUT)), pl.lit(CUT))
    text = pl.when(value.str.len_chars() <= most).then(value).otherwise(cut)
    spelled = text.str.replace_all("_(x[0-9a-fA-F]{4}_)", "_x005F_${1}").str.replace_many(_ESCAPED)
    space = pl.when(text.str.contains(r"^\s|\s$")).then(pl.lit(' xml:space="preserve"')).otherwise(pl.lit(""))
    return pl.when(value != "").then(
        pl.format(f' s="{style}" t="inlineStr"><is><t{{}}>{{}}</t></is></c>', space, spelled)
    )


def number_cells(value: pl.Expr, style: int | pl.Expr) -> pl.Expr:
    """Cells of numbers, or of their digits."""
    return pl.format(' s="{}"><v>{}</v></c>', style if isinstance(style, pl.Expr) else pl.lit(style), value)


def moment_cells(value: pl.Expr, style: int) -> pl.Expr:
    """Cells of dates or of instants."""
    return number_cells(value.cast(pl.Datetime("us")).dt.epoch("us") / DAY_US + EPOCH, style)


def money_cells(
    minor: pl.Expr, currency: pl.Expr, decimals: Mapping[str, int], styles: Mapping[int, int], text: int
) -> pl.Expr:
    """Cells of amounts in major units; text in the style `text` where a number would not be exact.

    `decimals`: of each currency that there is; `styles`: of an amount with so many decimals.
    """
    places = currency.replace_strict(decimals, default=None, return_dtype=pl.Int64)
    unit = pl.lit(10).pow(places).cast(pl.Int64)
    sign = pl.when(minor < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = pl.concat_str(pl.lit("."), (minor.abs() % unit).cast(pl.String).str.zfill(places))
    value = pl.concat_str(
        sign, (minor.abs() // unit).cast(pl.String), pl.when(places > 0).then(fraction).otherwise(pl.lit(""))
    )
    style = places.replace_strict(styles, default=None, return_dtype=pl.Int64)
    is_large = minor.abs() >= DIGITS
    return pl.when(is_large).then(text_cells(value, text)).otherwise(number_cells(value, style))


class ListSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A sheet with a heading, and under it the rows of a list."""

    def __init__(self) -> None:
        super().__init__()
        self._cells = pl.DataFrame()

    def write_list(self, cells: pl.DataFrame, lines: pl.Series, line_height: int) -> None:
        """Puts rows under the heading: columns of cells made above, and how many lines of text each row is high."""
        height = lines * line_height
        own = pl.when(height == line_height).then(pl.lit("")).otherwise(pl.format(' ht="{}" customHeight="1"', height))
        self._cells = cells.with_columns(own.alias(_HEIGHT))
        self._check_dimensions(cells.height, cells.width - 1)

    def _write_rows(self) -> None:
        super()._write_rows()
        for part in self._cells.with_row_index(_ROW, 2).iter_slices(SLICE):
            self.fh.write("".join(part.select(_row_xml(self._cells.columns[:-1])).to_series()))


def _row_xml(names: Sequence[str]) -> pl.Expr:
    number = pl.col(_ROW).cast(pl.String)
    cells = [
        pl.concat_str(pl.lit(f'<c r="{xl_col_to_name(place)}'), number, pl.lit('"'), pl.col(name))
        for place, name in enumerate(names)
    ]
    start = pl.format('<row r="{}"{}>', number, pl.col(_HEIGHT))
    return pl.concat_str(start, *cells, pl.lit("</row>"), ignore_nulls=True)
