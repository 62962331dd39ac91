"""A fifth kind of report, added to a copy of the project as CONTRIBUTING says, and days run with it."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from recon.tie_out import Verdict
from tests.support.copied import ROOT, copied, failing_tests, recon
from tests.support.played import LAST_DAY, Played, play, seed_once

PATH = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Worked path 2")[1].split("\n## ")[0]
DISPUTE_COUNT = "control total: dispute count = section count"
DISPUTE_AMOUNT = "control total: dispute amount = section amount"
LINE = "DISPUTE = dispute.REPORT"
FIRST_DAY = LAST_DAY - timedelta(days=1)
SECTION = "totalCount,disputeAmountValue,settlementCurrency,direction"
ROWS = "clearingBatchId,transactionRequestId,disputeReason,disputeTime,disputeAmountValue,settlementCurrency,direction"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Ran:
    """Exit code and text of each run."""

    sets: int  # reports of a day
    complete: tuple[int, str]
    missing: tuple[int, str]
    wrong: tuple[int, str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the file and the line of the worked path, and nothing else."""
    folder = copied(tmp_path_factory.mktemp("project"))
    (block,) = re.findall(r"```python\n(.*?)```", PATH, re.DOTALL)
    kinds = folder / "recon" / "reports" / "kinds"
    (kinds / "dispute.py").write_text(textwrap.dedent("   " + block.lstrip()), "utf-8")
    listed = (kinds / "__init__.py").read_text("utf-8")
    last = "    SETTLEMENT = settlement.REPORT\n"
    assert LINE in PATH
    assert listed.count(last) == 1
    listed = listed.replace(last, f"{last}    {LINE}\n")
    (kinds / "__init__.py").write_text(listed.replace("kinds import fee,", "kinds import dispute, fee,"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    seeded = seed_once(tmp_path_factory.mktemp("seeded"))
    with play(seeded, tmp_path_factory.mktemp("played") / "box") as box:
        yield box


def disputes(box: Played, day: date, folder: Path, one_more: int = 0) -> int:
    """Writes a dispute report beside each summary report of a day: two rows each. Returns how many."""
    folder.mkdir()
    summaries = box.reports(day, "summary")
    for summary in summaries:
        currency, batch = summary.name.split("_")[2:4]
        rows = [
            f"{batch},REQ-{number},GOODS_NOT_RECEIVED,{day}T1{number}:00:00+08:00,{amount},{currency},D"
            for number, amount in ((1, 250), (2, 100))
        ]
        lines = [SECTION, f"{2 + one_more},350,{currency},D", ROWS, *rows]
        path = folder / summary.name.replace("summary_", "disputes_")
        path.write_text("\n".join(lines) + "\n")
        os.utime(path, (summary.stat().st_mtime,) * 2)
    return len(summaries)


@pytest.fixture(scope="module")
def ran(project: Path, box: Played, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The first day with its dispute reports; the last one without them, and with one that lacks a row."""
    first, last = (tmp_path_factory.mktemp("disputes") / str(day) for day in (FIRST_DAY, LAST_DAY))
    sets = disputes(box, FIRST_DAY, first)
    disputes(box, LAST_DAY, last, one_more=1)
    land = (f"land --from {folder} --day {day}" for folder, day in ((first, FIRST_DAY), (last, LAST_DAY)))
    lines = [next(land), f"run --day {FIRST_DAY}", f"run --day {LAST_DAY}", next(land), f"run --day {LAST_DAY}"]
    landed, complete, missing, landed_again, wrong = recon(project, *lines)
    assert (landed[0], landed_again[0]) == (0, 0), (landed, landed_again)
    return Ran(sets, complete, missing, wrong)


def test_a_day_is_proved_with_a_fifth_report(box: Played, ran: Ran) -> None:
    sets, (code, printed) = ran.sets, ran.complete
    assert code == 0, printed
    assert DISPUTE_COUNT in printed
    with duckdb.connect(str(box.settings.warehouse.directory / "recon.duckdb"), read_only=True) as connection:
        parsed = connection.execute(
            "SELECT row_count, quarantined_count, sign_rule FROM parsed.files "
            "WHERE kind = 'dispute' AND is_current AND clearing_day = ?",
            [FIRST_DAY],
        ).fetchall()
        calendar = connection.execute(
            "SELECT DISTINCT state FROM landed.calendar WHERE kind = 'dispute' AND report_date = ?",
            [FIRST_DAY + timedelta(days=1)],
        ).fetchall()
        edges = connection.execute(
            "SELECT edge, left_value, right_value, verdict, COUNT(*) FROM tied_out.edges "
            "WHERE edge LIKE '%dispute%' AND as_of_day = ? GROUP BY ALL ORDER BY ALL",
            [FIRST_DAY],
        ).fetchall()
    assert parsed == [(2, 0, "direction")] * sets
    assert calendar == [("RECEIVED",)]
    assert edges == [
        (DISPUTE_AMOUNT, -350, -350, Verdict.PER_FILE, sets),
        (DISPUTE_COUNT, 2, 2, Verdict.PER_FILE, sets),
    ]
    page = (box.settings.exports.directory / str(FIRST_DAY) / "report.html").read_text("utf-8")
    assert "<th>Dispute</th>" in page.replace('<th scope="col">', "<th>")
    assert DISPUTE_COUNT in page


def test_a_day_is_not_proved_without_it(ran: Ran) -> None:
    code, printed = ran.missing
    assert code == 2, printed
    assert "no disputes file came for batch" in printed
    code, printed = ran.wrong
    assert code == 2, printed
    assert "rows 2, count of the section 3" in printed
    assert f"({DISPUTE_COUNT})" in printed
    assert "Reason: the rows are not what the report counts" in printed


def test_only_the_pages_and_the_snapshot_still_wait_for_it(project: Path) -> None:
    """Places 3 and 4 of the path, and the snapshot of the asset graph: a fifth place would fail one more test."""
    tests = ("tests/unit/recon/reports/test_layouts.py", "tests/architecture/test_runbook.py",
             "tests/architecture/test_asset_graph.py", "tests/architecture/test_imports.py")  # fmt: skip
    assert failing_tests(project, *tests) == {
        "test_the_page_lists_every_field[dispute]",
        "test_each_section_quotes_the_words_that_lead_to_it",
        "test_the_graph_is_the_one_that_was_reviewed",
    }
