"""What is blank at the ends of a cell goes; a cell with nothing else is empty."""

from __future__ import annotations

import polars as pl
import pytest

from recon.blanks import BLANKS, tidy


@pytest.mark.parametrize("blank", BLANKS, ids=lambda blank: f"U+{ord(blank):04X}")
@pytest.mark.parametrize("untidy", ["{}A B", "A B{}", "{0}{0}A B{0}"])
def test_a_single_untidy_cell_is_enough(untidy: str, blank: str) -> None:
    cells = pl.DataFrame({"id": ["A B", untidy.format(blank), None, "C"]})
    assert tidy(cells, ["id"])["id"].to_list() == ["A B", "A B", None, "C"]


@pytest.mark.parametrize("nothing", ["", *BLANKS, BLANKS])
def test_a_cell_without_anything_else_is_null(nothing: str) -> None:
    assert tidy(pl.DataFrame({"id": ["A", nothing]}), ["id"])["id"].to_list() == ["A", None]


def test_a_blank_inside_stays_and_so_do_other_columns() -> None:
    cells = pl.DataFrame({"id": ["A\u200bB", "C\nD"], "other": [" A", ""]})
    assert tidy(cells, ["id"]).equals(cells)
    assert tidy(cells, []).equals(cells)
