"""A new break code, added to a copy of the project as CONTRIBUTING says, and days that show it."""

from __future__ import annotations

import re
import textwrap
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from tests.support.copied import ROOT, copied, failing_tests, recon
from tests.support.played import LAST_DAY

PATH = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Worked path 1")[1].split("\n## ")[0]
FIRST_DAY = LAST_DAY - timedelta(days=1)
# The file of each block of the path, and the line that it follows, precedes or replaces.
BEHIND, BEFORE, INSTEAD = (
    r"({}.*?\n)(?=    \w|--   |  \w)",
    r"()(?=^ *{})",
    r"()^@scenario\(\"R04\"\)\n{}.*?\n(?=\n\n@)",
)
PLACES = (
    ("recon/breaks/catalogue.py", BEHIND.format(r"    BreakCode\(\"R17\""), 4),
    ("recon/matching/sql/refund_facts.sql", BEHIND.format("--   is_other_type"), 0),
    ("recon/matching/sql/refund_facts.sql", BEHIND.format(r"  COALESCE\(placed.row_role = 'OTHER'"), 2),
    ("recon/breaks/refunds.py", BEFORE.format(r"Rule\(\"R04\""), 4),
    ("sandbox/scenarios/refunds.py", INSTEAD.format(r"def dispute_accepted\("), 0),
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with what the worked path says, and nothing else."""
    folder = copied(tmp_path_factory.mktemp("project"))
    blocks = re.findall(r"```(?:python|sql|text)\n(.*?) *```", PATH, re.DOTALL)
    for (name, place, indent), block in zip(PLACES, blocks, strict=True):
        assert f"`{name}`" in PATH or f"`{Path(name).parent}/`" in PATH
        file, lines = folder / name, textwrap.indent(textwrap.dedent(block), " " * indent)
        text, count = re.subn(
            place, lambda found, lines=lines: found[1] + lines, file.read_text("utf-8"), count=1, flags=re.DOTALL | re.M
        )
        assert count == 1, place
        file.write_text(text, "utf-8")
    return folder


def test_days_show_the_code_exactly_where_it_is_deserved(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "box"
    monkeypatch.setenv("RECON_CONFIG", str(box / "recon.toml"))
    monkeypatch.setenv("RECON_ORDERS_URL", f"sqlite:///{box / 'orders.db'}")
    days = [(f"run --day {day} --no-fetch", f"score --dir {box} --day {day}") for day in (FIRST_DAY, LAST_DAY)]
    seed = f"sandbox seed --dir {box} --days 2 --payments 600 --last-day {LAST_DAY}"
    *_, said, score = recon(project, seed, f"land --from {box / 'sftp'}", *chain(*days))
    assert score[0] == 0, score[1]
    assert "precision 1.0000, recall 1.0000" in score[1]
    assert re.search(r"^R18 +REFUNDED_AFTER_DISPUTE +S2 +Merchant +[1-9]", said[1], re.MULTILINE), said[1]


def test_only_what_is_printed_and_the_second_opinion_wait_for_it(project: Path) -> None:
    tests = (
        "tests/unit/recon/breaks/test_catalogue.py", "tests/spec/test_enumeration.py",
        "tests/architecture/test_runbook.py", "tests/architecture/test_imports.py",
        "tests/architecture/test_asset_graph.py",
        "tests/unit/pipelines/cli/test_commands.py::test_the_page_of_break_codes_is_the_catalogue",
        "tests/golden/test_golden_days.py::test_every_code_but_incidents_has_a_golden_day",
        "tests/unit/sandbox/test_seeding.py::test_every_scenario_and_every_code_is_played",
    )  # fmt: skip
    assert failing_tests(project, *tests) == {
        "test_the_page_of_break_codes_is_the_catalogue",
        "test_refunds_as_read_from_top_to_bottom",
        "test_each_rule_is_reached",
        "test_every_code_but_incidents_has_a_golden_day",
    }
