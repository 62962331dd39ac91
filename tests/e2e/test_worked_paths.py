"""The worked paths of CONTRIBUTING taken at their word: a break code and a fifth kind of report, added to a copy of the
project, and days that show both.
"""

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
from tests.support.played import LAST_DAY, Played, play

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CODE_PATH, REPORT_PATH = (PAGE.split(f"## Worked path {number}")[1].split("\n## ")[0] for number in (1, 2))
FIRST_DAY = LAST_DAY - timedelta(days=1)
# The file of each block of the first path, and the line that it follows, precedes or replaces.
BEHIND, BEFORE, INSTEAD = (
    r"({}.*?\n)(?=    \w|--   |  \w)",
    r"()(?=^ *{})",
    r"()^@scenario\(\"- R04\"\)\n{}.*?\n(?=\n\n@)",
)
PLACES = (
    ("recon/breaks/catalogue.py", BEHIND.format(r"    BreakCode\(\"R17\""), 4),
    ("recon/matching/sql/refund_facts.sql", BEHIND.format("--   is_other_type"), 0),
    ("recon/matching/sql/refund_facts.sql", BEHIND.format(r"  COALESCE\(placed.row_role = 'OTHER'"), 2),
    ("recon/breaks/refunds.py", BEFORE.format(r"Rule\(\"R04\""), 4),
    ("sandbox/scenarios/refunds.py", INSTEAD.format(r"def dispute_accepted\("), 0),
)
DISPUTE_COUNT = "control total: dispute count = section count"
DISPUTE_AMOUNT = "control total: dispute amount = section amount"
LINE = "DISPUTE = dispute.REPORT"
SECTION = "totalCount,disputeAmountValue,settlementCurrency,direction"
ROWS = "clearingBatchId,transactionRequestId,disputeReason,disputeTime,disputeAmountValue,settlementCurrency,direction"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Ran:
    """Exit code and text of each run, and of the score of the last one."""

    sets: int  # reports of a day
    complete: tuple[int, str]
    missing: tuple[int, str]
    wrong: tuple[int, str]
    last: tuple[int, str]
    score: tuple[int, str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with what the worked paths say, and nothing else."""
    folder = copied(tmp_path_factory.mktemp("project"))
    add_break_code(folder)
    add_report(folder)
    return folder


def add_break_code(folder: Path) -> None:
    blocks = re.findall(r"```(?:python|sql|text)\n(.*?) *```", CODE_PATH, re.DOTALL)
    for (name, place, indent), block in zip(PLACES, blocks, strict=True):
        assert f"`{name}`" in CODE_PATH or f"`{Path(name).parent}/`" in CODE_PATH
        file, lines = folder / name, textwrap.indent(textwrap.dedent(block), " " * indent)
        text, count = re.subn(
            place, lambda found, lines=lines: found[1] + lines, file.read_text("utf-8"), count=1, flags=re.DOTALL | re.M
        )
        assert count == 1, place
        file.write_text(text, "utf-8")


def add_report(folder: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", REPORT_PATH, re.DOTALL)
    kinds = folder / "recon" / "reports" / "kinds"
    (kinds / "dispute.py").write_text(textwrap.dedent("   " + block.lstrip()), "utf-8")
    listed = (kinds / "__init__.py").read_text("utf-8")
    last = "    SETTLEMENT = settlement.REPORT\n"
    assert LINE in REPORT_PATH
    assert listed.count(last) == 1
    listed = listed.replace(last, f"{last}    {LINE}\n")
    (kinds / "__init__.py").write_text(listed.replace("kinds import fee,", "kinds import dispute, fee,"), "utf-8")


@pytest.fixture(scope="module")
def box(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    seeded = tmp_path_factory.mktemp("seeded") / "box"
    ((code, said),) = recon(project, f"sandbox seed --dir {seeded} --days 2 --payments 250 --last-day {LAST_DAY}")
    assert code == 0, said
    with play(seeded, tmp_path_factory.mktemp("played") / "box") as box:
        yield box


def disputes(box: Played, day: date, folder: Path, one_more: int = 0) -> int:
    """Writes a dispute report of two rows for each summary report of a day. Returns how many."""
    folder.mkdir(parents=True)
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
        os.utime(path, (summary.stat().st_mtime + (0 if one_more else 60),) * 2)
    return len(summaries)


@pytest.fixture(scope="module")
def ran(project: Path, box: Played, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The first day with its dispute reports; the last one without them, with one that lacks a row, and with all."""
    folder = tmp_path_factory.mktemp("disputes")
    first, wrong, right = (
        folder / name / str(day) for name, day in (("first", FIRST_DAY), ("wrong", LAST_DAY), ("right", LAST_DAY))
    )
    sets = disputes(box, FIRST_DAY, first)
    disputes(box, LAST_DAY, wrong, one_more=1)
    disputes(box, LAST_DAY, right)
    run_last = f"run --day {LAST_DAY}"
    said = recon(
        project,
        *(f"land --from {first} --day {FIRST_DAY}", f"run --day {FIRST_DAY}", run_last),
        *(f"land --from {wrong} --day {LAST_DAY}", run_last, f"land --from {right} --day {LAST_DAY}", run_last),
        f"score --dir {box.folder} --day {LAST_DAY}",
    )
    assert [code for code, _ in (said[0], said[3], said[5])] == [0, 0, 0], said
    return Ran(sets, said[1], said[2], said[4], said[6], said[7])


def test_days_show_the_code_exactly_where_it_is_deserved(ran: Ran) -> None:
    (code, printed), (scored, score) = ran.last, ran.score
    assert code == 0, printed
    assert scored == 0, score
    assert "precision 1.0000, recall 1.0000" in score
    assert re.search(r"^R18 +REFUNDED_AFTER_DISPUTE +S2 +Merchant +[1-9]", printed, re.MULTILINE), printed


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


def test_only_what_is_printed_the_pages_and_the_second_opinion_wait_for_them(project: Path) -> None:
    """What the paths end with: a place that they do not name would fail one more test."""
    tests = (
        "tests/unit/recon/breaks/test_catalogue.py", "tests/spec/test_enumeration.py",
        "tests/unit/recon/reports/test_layouts.py", "tests/architecture/test_runbook.py",
        "tests/architecture/test_imports.py", "tests/architecture/test_asset_graph.py",
        "tests/unit/pipelines/cli/test_commands.py::test_the_page_of_break_codes_is_the_catalogue",
        "tests/golden/test_golden_days.py::test_every_code_but_incidents_has_a_golden_day",
        "tests/unit/sandbox/test_seeding.py::test_every_scenario_and_every_code_is_played",
    )  # fmt: skip
    of_the_code = {
        "test_the_page_of_break_codes_is_the_catalogue",
        "test_refunds_as_read_from_top_to_bottom",
        "test_each_rule_is_reached",
        "test_every_code_but_incidents_has_a_golden_day",
    }
    of_the_report = {
        "test_the_page_lists_every_field[dispute]",
        "test_each_section_quotes_the_words_that_lead_to_it",
        "test_the_graph_is_the_one_that_was_reviewed",
    }
    assert failing_tests(project, *tests) == of_the_code | of_the_report
