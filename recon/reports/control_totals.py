"""A control total: two totals of the reports that must be equal. Each kind of report declares its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

BATCH = "{batch}"  # in the name of a side: its clearing batch


class Proof(IntEnum):
    """What control totals prove together, in the order of lists: the cause comes before what fails after it."""

    ROWS = 1  # the rows of a file or set against its own summary section
    SUMMARY = 2  # the Summary Report against the rows of its set
    SETTLEMENT = 3  # a settlement against the clearing batches that it lists, and its own section
    BANK = 4  # the bank against the settlement
    CLEARED = 5  # all that was ever cleared against what became of it


@dataclass(frozen=True)
class ControlTotal:
    """The warehouse keeps `name` and the names of the sides, and days are compared by them: a change needs a migration.

    `rows`: what the left side is made of (kinds of report, or `batch`, `bank`, `standing`), and 1 for what is added,
    -1 for what is deducted.
    """

    name: str
    proof: Proof
    left: str
    right: str
    rows: tuple[tuple[str, int], ...]
    is_count: bool = False  # else an amount in minor units

    def clearing_batch(self, left_name: str) -> str | None:
        """The clearing batch in the name of a left side; None where the control total has none."""
        before, named, after = self.left.partition(BATCH)
        return left_name.removeprefix(before).removesuffix(after) if named else None


def section_count(kind: str, report: str) -> ControlTotal:
    """The rows of a file against the number that its summary section states; `report`: the kind as people read it."""
    return ControlTotal(
        f"control total: {report} count = section count",
        Proof.ROWS,
        "rows",
        "count of the section",
        ((kind, 1),),
        is_count=True,
    )


def section_amount(kind: str, report: str, proof: Proof = Proof.ROWS) -> ControlTotal:
    """The signed sum of the rows of a file against the amount that its summary section states."""
    return ControlTotal(
        f"control total: {report} amount = section amount",
        proof,
        "sum of the rows",
        "amount of the section",
        ((kind, 1),),
    )
