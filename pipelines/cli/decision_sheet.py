"""The workbook that comes back with decisions: what people wrote into the sheet of all breaks, read as a whole.

Empty cells change nothing, and what is decided already is no new decision, so a second import changes nothing either. A
sheet that is not as it was exported is refused, with its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from recon.decisions import Kind, Wanted, facts_digest
from recon.decisions.standing import Standing
from recon.errors import DecisionError
from views.workbook import BREAKS, COLUMNS, COMMENT, DECIDE, DECISION, DECISION_COLUMNS, FACTS, OWNER, REFERENCE

BREAK_ID = "Break id"
Row = Mapping[str, object]
Cells = dict[str, str]


def decisions_in(path: Path, items: Mapping[str, Row], standing: Mapping[str, Standing]) -> list[Wanted]:
    """What the sheet asks for and is not decided yet. DecisionError with sheet and row if it cannot be taken as it is.

    `items`: break_id -> row of the newest list.
    """
    wanted: list[Wanted] = []
    decided: set[str] = set()
    for number, cells in _rows(path):
        listed = items.get(cells[BREAK_ID], {})
        found = list(_of_row(cells, standing.get(cells[BREAK_ID]), listed.get("as_of_day")))
        if not found:
            continue
        if cells[BREAK_ID] in decided:
            raise _refused(path, number, f"{cells[BREAK_ID]} is decided in an earlier row, too", "Keep one of them")
        decided.add(cells[BREAK_ID])
        item = items.get(cells[BREAK_ID])
        if item is None:
            raise _refused(path, number, f"{cells[BREAK_ID]} is not on the newest list", "Take the newest breaks.xlsx")
        if cells[FACTS] != facts_digest(item):
            raise _refused(
                path, number, f"{cells[BREAK_ID]} has changed since the export", "Look at it in the newest breaks.xlsx"
            )
        wanted += found
    return wanted


def _of_row(cells: Cells, standing: Standing | None, day: object) -> Iterator[Wanted]:
    name, comment, reference = cells[BREAK_ID], cells[COMMENT], cells[REFERENCE]
    kind = DECIDE[cells[DECISION]] if cells[DECISION] else None
    if cells[OWNER] and cells[OWNER] != (standing.value(Kind.ASSIGN) if standing else None):
        yield Wanted(name, Kind.ASSIGN, cells[OWNER])
    said = standing.newest.get(Kind.COMMENT) if standing else None
    if comment and comment != (said.because if said else None):
        yield Wanted(name, Kind.COMMENT, because=comment)
    if kind and not _stands(kind, reference, standing, day):
        yield Wanted(name, kind, reference if kind in (Kind.CLAIM, Kind.PAY) else "", comment)


def _stands(kind: Kind, reference: str, standing: Standing | None, day: object) -> bool:
    """What was decided by an earlier import of the same sheet. `day`: of the list."""
    if standing is None:
        return False
    if kind in (Kind.CLAIM, Kind.PAY):
        return kind in standing.newest and standing.newest[kind].value == reference
    if kind in (Kind.APPROVE, Kind.REFUSE):
        return standing.pending is None and standing.closed_by is not None and standing.closed_by.kind is kind
    is_in_force = standing.pending is not None or standing.was_approved_on(day)
    return standing.asked is not None and standing.asked.kind is kind and is_in_force


HEADINGS = [column.heading for column in (*COLUMNS, *DECISION_COLUMNS)]
LEAST_ROUNDED = 10**15  # a spreadsheet keeps 15 digits: a reference that has more comes back as another one
READ = (BREAK_ID, OWNER, DECISION, COMMENT, REFERENCE, FACTS)


def _rows(path: Path) -> Iterator[tuple[int, Cells]]:
    """Number and cells of each row of the sheet, by heading."""
    head, *rows = _sheet(path).iter_rows()
    texts = [_text(cell) for cell in head]
    if texts[: len(HEADINGS)] != HEADINGS or any(texts[len(HEADINGS) :]):
        raise _refused(path, 1, "the columns are not those of the export", "Leave headings and columns as they were")
    for number, row in enumerate(rows, start=2):
        named = dict(zip(HEADINGS, row, strict=False))
        cells = {name: _text(named[name]) for name in READ}
        if formulas := [name for name in READ if named[name].data_type == "f"]:
            raise _refused(path, number, f"{formulas[0]} is a formula", "Write the text itself")
        if rounded := [name for name in READ if _is_rounded(named[name].value)]:
            raise _refused(path, number, f"{rounded[0]} is a number that a spreadsheet has rounded", "Write it as text")
        if any(cells.values()):
            yield number, _checked(path, number, cells)


def _checked(path: Path, number: int, cells: Cells) -> Cells:
    if not cells[BREAK_ID]:
        raise _refused(path, number, "the break id is gone", "Take the newest breaks.xlsx")
    if cells[DECISION] and cells[DECISION] not in DECIDE:
        raise _refused(path, number, f"{cells[DECISION]!r} is not a decision", f"Choose from {', '.join(DECIDE)}")
    return cells


def _sheet(path: Path) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=False, data_only=False)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise DecisionError(
            f"cannot be read as a workbook: {type(error).__name__}", where=str(path), do="Save it as .xlsx"
        ) from None
    if BREAKS not in book.sheetnames:
        raise DecisionError(f"has no sheet {BREAKS}", where=str(path), do="Take the newest breaks.xlsx")
    return book[BREAKS]


def _is_rounded(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) >= LEAST_ROUNDED


def _text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, float) and value.is_integer():  # a reference of digits, as a spreadsheet keeps it
        value = int(value)
    return "" if value is None else str(value).strip()


def _refused(path: Path, row: int, what: str, do: str) -> DecisionError:
    return DecisionError(f"{what}, and nothing was decided", where=f"{path.name}, sheet {BREAKS}, row {row}", do=do)
