"""A report is one value: a value that contradicts itself is refused, and no two share a name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from recon.reports.expectations import filled
from recon.reports.kinds import CLEARING_REPORTS, SETTLEMENT_REPORTS, ReportKind
from recon.reports.layouts import Section

FEE = ReportKind.FEE.definition


def test_no_two_kinds_share_a_prefix_or_a_control_total() -> None:
    names = [total.name for kind in ReportKind for total in kind.definition.control_totals]
    assert set(Counter([kind.prefix for kind in ReportKind] + names).values()) == {1}


def test_each_kind_is_expected_on_clearing_days_or_on_settlement_days() -> None:
    assert {*CLEARING_REPORTS, *SETTLEMENT_REPORTS} == set(ReportKind)
    assert not set(CLEARING_REPORTS) & set(SETTLEMENT_REPORTS)


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"unique_key": ("fee_id",)}, "fee_id"),
        ({"expectations": (filled("fee_id"),)}, "fee_id"),
        ({"detail": Section("detail", (), amount="fee_id")}, "fee_id"),
        ({"rows": {name: kind for name, kind in FEE.rows.items() if name != "sign"}}, "sign"),
        ({"rows": {name: kind for name, kind in FEE.rows.items() if name != "file_id"}}, "file_id"),
    ],
)
def test_a_part_that_names_a_column_the_rows_lack_is_refused(change: dict[str, object], lacks: str) -> None:
    with pytest.raises(ValueError, match=f"the rows of fee have no column {lacks}"):
        replace(FEE, **change)  # type: ignore[arg-type]


def test_what_a_report_proves_by_itself_follows_from_its_section() -> None:
    assert FEE.own_totals == ("control total: fee count = section count", "control total: fee amount = section amount")
    assert replace(FEE, summary=None).control_totals == ()
    assert replace(FEE, section_counts_rows=False).own_totals == ()
