"""The layouts and the page that describes them say the same."""

from __future__ import annotations

import pytest

from recon.reports.layouts import Column, Layout, Status
from recon.reports.names import ReportKind
from recon.reports.rows import SECTION_TOTALS
from tests.support import ROOT

PAGE = ROOT / "docs" / "REPORTS.md"


@pytest.mark.parametrize("layout", [kind.definition.layout for kind in ReportKind], ids=list(ReportKind))
def test_the_page_lists_every_field(layout: Layout) -> None:
    part = PAGE.read_text("utf-8").split(f"({layout.kind})")[1].split("\n### ")[0]
    for section in layout.sections:
        for column in section.columns:
            line = next(line for line in part.splitlines() if line.startswith(f"| `{column.name}`"))
            assert all(f"`{alias}`" in line for alias in column.aliases)
            assert f"| {column.status.value} |" in line


def test_only_five_names_are_confirmed() -> None:
    columns = [c for kind in ReportKind for s in kind.definition.layout.sections for c in s.columns]
    confirmed = {column.name for column in columns if column.status is Status.CONFIRMED}
    assert confirmed == {
        "totalCount", "transactionTime", "settlementAmountValue", "clearingBatchId", "valueDate",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ReportKind)
def test_every_column_fills_one_of_the_tables(kind: ReportKind) -> None:
    layout = kind.definition.layout
    internal = {"direction"}

    def unknown(columns: tuple[Column, ...], table: dict[str, object]) -> set[str]:
        names = {column.fills for column in columns if column.fills}
        return {n for n in names - set(table) - internal if not n.startswith("_")}

    assert unknown(layout.detail.columns, dict(kind.definition.rows)) == set()
    if layout.summary:
        assert unknown(layout.summary.columns, dict(SECTION_TOTALS)) == set()
