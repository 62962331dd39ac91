"""What there is to say about one kind of report: everything else in the project follows from such a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from recon.reports.control_totals import ControlTotal, Proof, section_amount, section_count
from recon.reports.expectations import Expectation
from recon.reports.layouts import Layout, Section
from recon.reports.rows import ORIGIN
from recon.schema import Schema


class Area(StrEnum):
    """The folder on the server. It says when a report is expected."""

    CLEARING = "clearing"  # every day, for each clearing batch, empty or not
    SETTLEMENT = "settlement"  # on the settlement days of the agreement


@dataclass(frozen=True)
class ReportDefinition:
    """One kind of report. The rows have the columns of `rows`: ORIGIN first, a `sign`, and `extra`.

    ValueError if a part names a column that the rows lack.
    """

    name: str  # in tables, asset keys, folders and recon.toml
    prefix: str  # how its file names begin
    area: Area
    label: str  # as people read it, before the word "Report"
    about: str  # what is in it, in one line
    detail: Section
    rows: Schema
    unique_key: tuple[str, ...]  # columns: no two rows of a day share them all
    expectations: tuple[Expectation, ...]  # what every row of it must be
    summary: Section | None = None
    section_counts_rows: bool = True  # whether the count of the summary section is that of the rows
    other_totals: tuple[ControlTotal, ...] = ()  # what its figures prove apart from its own section
    meanings: Mapping[str, str] = field(default_factory=dict)  # of columns that no other table has, in one sentence
    only_in_summary: str = ""  # what only its summary section says: a file without one cannot be read
    is_charge: bool = False  # `sign` is +1 for money that the ACQP pays, and -1 for what comes back

    def __post_init__(self) -> None:
        named = [self.detail.amount, *self.unique_key, *(expectation.column for expectation in self.expectations)]
        if missing := [column for column in (*ORIGIN, "sign", "extra", *named) if column not in self.rows]:
            raise ValueError(f"the rows of {self.name} have no column {missing[0]}")

    @cached_property
    def layout(self) -> Layout:
        """Its sections, as the reader wants them."""
        return Layout(self.name, self.detail, self.summary)

    @property
    def short_label(self) -> str:
        """The label for narrow columns."""
        return self.label.removeprefix("Transaction ")

    @cached_property
    def section_totals(self) -> tuple[ControlTotal, ...]:
        """What its summary section proves, count first; nothing without a section."""
        if self.summary is None:
            return ()
        named = self.name, self.short_label.lower()
        if not self.section_counts_rows:
            return (section_amount(*named, Proof.SETTLEMENT),)
        return section_count(*named), section_amount(*named)

    @property
    def control_totals(self) -> tuple[ControlTotal, ...]:
        """All that its figures prove."""
        return *self.other_totals, *self.section_totals

    @property
    def has_roles(self) -> bool:
        """Whether a row is a payment or a refund, so that its sign must fit its type."""
        return "row_role" in self.rows

    @property
    def has_types(self) -> bool:
        """Whether rows carry a transaction type, from which the sign may follow."""
        return any(column.fills == "transaction_type" for column in self.detail.columns)

    @property
    def own_totals(self) -> tuple[str, ...]:
        """The names of those that prove the rows of a file by its own summary section, count first."""
        return tuple(total.name for total in self.control_totals if total.proof is Proof.ROWS)
