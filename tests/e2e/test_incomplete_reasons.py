"""A day whose files do not hold: the reason names the file and the line, the cause before what follows from it.

Through Dagster, too, for some of them: test_day_run.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from recon.identities import CONTENT
from recon.runbook import act_of
from tests.support.control_totals import DETAIL_AMOUNT, DETAIL_COUNT, FEE_COUNT, SUMMARY_AMOUNT
from tests.support.played import LAST_DAY, Box, drive, seed_once

DAY_BEFORE = LAST_DAY - timedelta(days=1)
DETAIL, SUMMARY, FEES = "transactionItems", "summary", "feeItems"
Change = Callable[[Box], None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sandbox in standard mode, without faults, whose first day is proved: a folder that others are copied from."""
    seeded = seed_once(tmp_path_factory.mktemp("seeded"), payments=40, mode="standard", faults=False)
    with drive(seeded, tmp_path_factory.mktemp("begun") / "box", are_rows_checked=False) as box:
        assert box.run(DAY_BEFORE).reason == ""
    return box.folder


def reason_of(begun: Path, folder: Path, *changes: Change) -> str:
    """The reason for which the last day is incomplete after its files were changed. No file breaks an expectation of
    Great Expectations (see `OWN_FAULTS`), so that none is asked.
    """
    with drive(begun, folder / "box", are_rows_checked=False) as box:
        for change in changes:
            change(box)
        reason = box.run(LAST_DAY).reason
    assert reason
    return reason


def report(box: Box, prefix: str) -> Path:
    (file,) = box.reports(LAST_DAY, prefix)
    return file


def edit(prefix: str, change: Callable[[list[str]], list[str]]) -> Change:
    """The lines of a report of the last day, changed."""

    def apply(box: Box) -> None:
        file = report(box, prefix)
        file.write_text("\n".join(change(file.read_text().splitlines())) + "\n")

    return apply


def with_line(number: int, change: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[: number - 1], change(lines[number - 1]), *lines[number:]]


def replaced(pattern: str, by: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [re.sub(pattern, by, line) for line in lines]


def yesterdays(*prefixes: str) -> Change:
    """The content of the day before under the names of the last day."""

    def apply(box: Box) -> None:
        for prefix in prefixes:
            (before,) = box.reports(DAY_BEFORE, prefix)
            report(box, prefix).write_bytes(before.read_bytes())

    return apply


OWN, OTHER = f"{LAST_DAY:%Y%m%d}00000001", f"{DAY_BEFORE:%Y%m%d}00000001"


def test_one_line_that_names_another_batch_is_named_with_both(begun: Path, tmp_path: Path) -> None:
    reason = reason_of(begun, tmp_path, edit(DETAIL, with_line(7, lambda line: line.replace(OWN, "2026010100000001"))))
    assert reason.startswith(f"{DETAIL}_")
    assert (
        f"line 7: clearingBatchId is 2026010100000001, but the file is named {OWN}, in this line only ({CONTENT})"
        in reason
    )
    assert "Ask Alipay+ for the file with its own content" in act_of(reason)


@pytest.mark.parametrize("prefix", [DETAIL, SUMMARY, FEES])
def test_a_report_whose_lines_all_name_another_batch(begun: Path, tmp_path: Path, prefix: str) -> None:
    reason = reason_of(begun, tmp_path, edit(prefix, replaced(f"^{OWN}", OTHER)))
    assert re.match(rf"{prefix}_\S+, line \d+: clearingBatchId is {OTHER}, but the file is named {OWN}, ", reason)
    assert f"these rows are those of the day before ({CONTENT})" in reason.partition("; ")[0]


def test_yesterdays_reports_under_todays_names(begun: Path, tmp_path: Path) -> None:
    reason = reason_of(begun, tmp_path, yesterdays(DETAIL, SUMMARY, FEES))
    first, *_ = reason.split("; ")
    assert first.startswith(f"{DETAIL}_")
    assert first.endswith(f"these rows are those of the day before ({CONTENT})")
    assert reason.index(CONTENT) < reason.index("(F08)")


@pytest.mark.parametrize("prefixes", [(FEES,), (DETAIL, FEES)])
def test_yesterdays_rows_under_todays_batch(begun: Path, tmp_path: Path, prefixes: tuple[str, ...]) -> None:
    """Whoever corrects the batch by hand has not corrected the rows."""
    relabel = [edit(prefix, replaced(f"^{OTHER}", OWN)) for prefix in prefixes]
    reason = reason_of(begun, tmp_path, yesterdays(*prefixes), *relabel)
    assert reason.startswith(f"{prefixes[-1]}_") or reason.startswith(f"{DETAIL}_")
    for prefix in prefixes:
        assert re.search(
            rf"{prefix}_[^;]*(each of them of {DAY_BEFORE} \(F08\)|those of the day before [^;]*\({CONTENT}\))", reason
        )


def without_section(lines: list[str]) -> list[str]:
    return lines[2:]


def with_merged_headers(lines: list[str]) -> list[str]:
    """Both headers in one line, and the totals before each row."""
    cells = [name for name in lines[0].split(",") if name not in lines[2].split(",")]
    return [",".join([*cells, lines[2]]), *(",".join(["1"] * len(cells) + [line]) for line in lines[3:] if "," in line)]


@pytest.mark.parametrize(
    ("prefix", "total", "change"), [(DETAIL, DETAIL_COUNT, with_merged_headers), (FEES, FEE_COUNT, without_section)]
)
def test_rows_that_no_section_proves(
    begun: Path, tmp_path: Path, prefix: str, total: str, change: Callable[[list[str]], list[str]]
) -> None:
    reason = reason_of(begun, tmp_path, edit(prefix, change))
    assert re.match(rf"{prefix}_\S+: it has no summary section, so that nothing proves its rows \({total}\)", reason)


def take_away(*prefixes: str) -> Change:
    def apply(box: Box) -> None:
        for prefix in prefixes:
            report(box, prefix).unlink()

    return apply


def renumber(to: str) -> Change:
    """Batch ids that begin with another date, in names and contents."""

    def apply(box: Box) -> None:
        for file in [file for prefix in (DETAIL, SUMMARY, FEES) for file in box.reports(LAST_DAY, prefix)]:
            file.write_text(file.read_text().replace(OWN, to))
            file.rename(file.with_name(file.name.replace(OWN, to)))

    return apply


@pytest.mark.parametrize("prefix", [DETAIL, SUMMARY])
def test_the_missing_report_is_named_though_batches_begin_with_the_report_date(
    begun: Path, tmp_path: Path, prefix: str
) -> None:
    number = f"{LAST_DAY + timedelta(days=1):%Y%m%d}00000001"
    reason = reason_of(begun, tmp_path, renumber(number), take_away(prefix))
    assert re.fullmatch(
        rf"no {prefix} file came for batch {number} of agreement \w+ in EUR: {prefix}_\w+\.csv is missing \(F01\)",
        reason,
    )
    assert act_of(reason).startswith("Wait: ")


def stranger(box: Box) -> None:
    """A report of an agreement that nothing expects."""
    file = report(box, FEES)
    file.with_name(file.name.replace("2188EU0001", "2188XX0009")).write_bytes(file.read_bytes())


def second_part_only(box: Box) -> None:
    file = report(box, DETAIL)
    file.rename(file.with_name(file.name.replace("_000.csv", "_001.csv")))


def extra_of_yesterday(box: Box) -> None:
    (before,) = box.reports(DAY_BEFORE, FEES)
    (box.reports_folder(LAST_DAY) / before.name).write_bytes(before.read_bytes())


def at_cell(prefix: str, line: int, name: str, value: Callable[[str], str]) -> Change:
    """One cell of a row, by the name of its column."""

    def change(lines: list[str]) -> list[str]:
        place = next(cells.index(name) for cells in (row.split(",") for row in reversed(lines)) if name in cells)
        cells = lines[line - 1].split(",")
        cells[place] = value(cells[place])
        return [*lines[: line - 1], ",".join(cells), *lines[line:]]

    return edit(prefix, change)


def more(cell: str) -> str:
    return str(int(cell) + 1)


FILE = r"\S+_000\.csv"
PLAYED: dict[str, tuple[tuple[Change, ...], str, str]] = {  # check -> what is done, how the reason begins, and the act
    "expected_sets_arrived": ((second_part_only,), rf"transactionItems batch \w+ .* lacks seq 000: {FILE} is", "Wait"),
    "nothing_else_arrived": ((stranger,), r"no .* is missing \(F01\); .*not expected \(F07\): feeItems\S+", "Wait"),
    "nothing_else_arrived, a batch": (
        (extra_of_yesterday,), rf"feeItems{FILE} holds a batch of another day, {OTHER}: .*\(F08\)", "Take the file out",
    ),
    "newest_version_is_readable": (
        (edit(DETAIL, with_line(3, lambda line: line.replace("settlementAmountValue", "value"))),),
        rf"{DETAIL}{FILE} v1, line 3: the detail section has no column 'settlementAmountValue'", "A damaged file",
    ),
    "quarantine_is_tolerated": (
        (at_cell(DETAIL, 6, "settlementAmountValue", lambda cell: f"{cell}.5"),),
        rf"{DETAIL}{FILE}@v1, line 6: settlementAmountValue not a whole number", "Look at the line",
    ),
    "totals_equal_rows": (
        (at_cell(DETAIL, 6, "settlementAmountValue", more),),
        rf"{DETAIL}{FILE}@v1: sum of the rows .*, amount of the section .* \({DETAIL_AMOUNT}\)", "Two reports",
    ),
    "types_of_our_ids_are_known": (
        (at_cell(DETAIL, 6, "transactionType", lambda _: "PAY"),),
        rf"{DETAIL}{FILE}@v1, line 6: payments of ours have the type PAY, which is in no list \(F04\)",
        "Add the type",
    ),
    "types_of_our_ids_are_known, a refund": (
        (edit(DETAIL, replaced(",REFUND,", ",RETURN,")),),
        rf"{DETAIL}{FILE}@v1, line \d+: refunds of ours have the type RETURN, which is in no list",
        "Add the type",
    ),
    "rows_are_in_the_cycle": (
        (at_cell(DETAIL, 6, "transactionTime", lambda cell: cell.replace(str(LAST_DAY), "2026-11-01")),),
        rf"{DETAIL}{FILE}@v1, line 6: 1 of \d+ rows outside the cycle of {LAST_DAY} \(F08\)", "Check ",
    ),
    "amounts_can_be_compared": (
        tuple(at_cell(DETAIL, 6, name, lambda _: "") for name in ("transactionAmountValue", "transactionCurrency")),
        rf"{DETAIL}{FILE}@v1, line 6: 1 of \d+ payments and refunds without a transaction amount or .* currency",
        "A damaged file",
    ),
    "summaries_equal_details": (
        (at_cell(SUMMARY, 2, "settlementAmountValue", more),),
        rf"{SUMMARY}{FILE}@v1: sum of the rows less fees .*, amount of the summary .*, "
        rf"see {FILE}@v1, line 2 \({SUMMARY_AMOUNT}\)",
        "Two reports",
    ),
    "rows_are_unique": (
        (edit(SUMMARY, lambda lines: [*lines[:2], lines[1], *lines[2:]]),),
        rf"{SUMMARY}{FILE}@v1, line 3: the same clearing batch id .*as in an earlier line, 2 rows", "A damaged file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLAYED)
def test_a_reason_names_the_file_the_line_and_what_to_do(begun: Path, tmp_path: Path, case: str) -> None:
    changes, pattern, act = PLAYED[case]
    reason = reason_of(begun, tmp_path, *changes)
    assert re.match(pattern, reason), reason
    assert act_of(reason).startswith(act)


TOLD_ABOVE = {"content_agrees_with_name"}
ELSEWHERE = {
    "details_equal_sections",  # `totals_equal_rows` once more, on what is kept
    *("settlements_equal_batches", "settlements_equal_bank", "cleared_money_is_accounted_for"),  # test_tie_out.py
    *("keys_are_unique", "statuses_are_mapped"),  # orders have no file: test_orders_freeze.py
    "ids_are_those_that_were_sent",  # test_rewritten_ids.py
}
OWN_FAULTS = {  # no file of anybody brings them about: test_broken_identities.py, test_inquiry_loop.py, test_checks.py
    "rows_are_as_expected",  # the reader is stricter: a cell that would not fit is put aside, or stops its file
    *("every_input_has_one_outcome", "no_row_without_outcome", "opening_and_movements_equal_closing"),
    *("break_id_is_unique", "resolved_by_data", "first_result_wins", "no_unauthenticated_answer_used"),
}


def test_no_reason_is_left_out() -> None:
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    covered = {name.partition(",")[0] for name in PLAYED} | TOLD_ABOVE | ELSEWHERE | OWN_FAULTS
    assert blocking == covered
