"""Finding a break from the command line: filters, the order of the report, three forms, and no lock."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.cli.break_ids import read_break_ids
from pipelines.cli.commands import read_day, run_cli
from recon.clearing_day import clearing_day
from resources.register import mark_day
from resources.state_lock import StateLock
from resources.warehouse import Warehouse
from tests.support import ROOT
from tests.support.listed import Item, item, listed_folder

Recon = Callable[..., tuple[int, str, str]]
CAFE = {"merchant_id": "M1", "merchant_name": "Café du Port"}
ITEMS: tuple[Item, ...] = (
    item("A", **CAFE, amount_at_risk_minor=50_000),
    item("B", **CAFE, break_code="P01", who_acts="OPS", currency="JPY", amount_at_risk_minor=50_000),
    item("C", merchant_id="M2", severity="S2", who_acts="A+", state="ASKED", amount_at_risk_minor=9_999),
    item("D", merchant_id="M2", family="R", break_code="R04", severity="S2", amount_at_risk_minor=10_000),
    item("E", severity="S4", state="WAITING", amount_at_risk_minor=0),
    item("F", incident_id="I/alipayplus/incident/I01:file:x:EUR"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration and its state directory with one proved day, which every test here only reads."""
    folder = tmp_path_factory.mktemp("listed")
    return listed_folder(folder, ITEMS).parent


@pytest.fixture
def recon(folder: Path, capsys: pytest.CaptureFixture[str]) -> Recon:
    """A command line on that state directory, named by --config."""
    config = folder / "recon.toml"

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_cli([*words, "--config", str(config)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def keys(recon: Recon, *words: str) -> list[str]:
    code, out, err = recon("breaks", "--json", *words)
    assert (code, err) == (0, "")
    return [row["order_key"] for row in json.loads(out)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["A", "B", "D", "C"]),
        ("--code P01,R", ["B", "D"]),
        ("--code P08", ["A", "C"]),
        ("--severity s2", ["D", "C"]),
        ("--who OPS", ["B"]),
        ("--who operations", ["B"]),
        ("--merchant M2", ["D", "C"]),
        ("--merchant café", ["A", "B"]),
        ("--currency jpy", ["B"]),
        ("--state WAITING", ["E"]),
        ("--state all", ["A", "B", "D", "C", "E"]),
        ("--currency EUR --min-amount 100", ["A", "D"]),
        ("--currency JPY --min-amount 50001", []),
        ("--day 2026-11-20 --severity S1 --who FIN", ["A"]),
    ],
)
def test_what_fits_is_shown_in_the_order_of_the_report(recon: Recon, words: str, found: list[str]) -> None:
    assert keys(recon, *words.split()) == found


def test_a_person_sees_a_table_and_a_program_the_columns_of_the_export(recon: Recon) -> None:
    _, table, _ = recon("breaks", "--merchant", "M2")
    assert table.startswith("Clearing day 2026-11-20: 2 breaks of 5")
    lines = [line.split("  ") for line in table.splitlines() if line.startswith("S2")]
    assert [line[1].strip() for line in lines] == ["R04", "P08"]
    assert "100.00 EUR" in table
    assert "Alipay+ support" in table
    _, text, _ = recon("breaks", "--merchant", "M2", "--csv")
    assert [row["order_key"] for row in csv.DictReader(io.StringIO(text))] == ["D", "C"]
    assert text.startswith("as_of_day,break_id,family,break_code,break_name,severity,state,opened_day")
    row = json.loads(recon("breaks", "--code", "R04", "--json")[1])[0]
    assert (row["amount_at_risk"], row["merchant_id"], row["evidence"]["ours"]["order_key"]) == ("100.00", "M2", "D")


def test_a_figure_in_doubt_is_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doubtful = item("X", break_code="P09", amount_at_risk_minor=50_000)
    folder = listed_folder(tmp_path, [doubtful, item("Y", amount_at_risk_minor=70_000)]).parent
    assert run_cli(["breaks", "--config", str(folder / "recon.toml")]) == 0
    out = capsys.readouterr().out
    assert "500.00 EUR in doubt" in out
    assert "700.00 EUR in doubt" not in out


@pytest.fixture(scope="module")
def decided(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a copy in which people decided about three of the breaks."""
    copy = tmp_path_factory.mktemp("decided") / "box"
    shutil.copytree(folder, copy)
    for key, *words in (("A", "--assign", "Alice", "--claim", "CASE-7"), ("B", "--assign", "shop-support"),
                        ("C", "--snooze", "2026-11-24")):  # fmt: skip
        assert run_cli(["decide", f"P/ogloba/order/{key}", *words, "--config", str(copy / "recon.toml")]) == 0
    return copy / "recon.toml"


@pytest.mark.parametrize(
    ("owner", "found"), [("alice", ["A"]), ("Shop-Support", ["B"]), ("-", ["D", "C"]), ("nemo", [])]
)
def test_the_breaks_of_a_person_a_team_or_nobody(
    decided: Path, capsys: pytest.CaptureFixture[str], owner: str, found: list[str]
) -> None:
    capsys.readouterr()
    assert run_cli(["breaks", "--owner", owner, "--json", "--config", str(decided)]) == 0
    assert [row["order_key"] for row in json.loads(capsys.readouterr().out)] == found


def test_owner_and_decision_are_shown_at_the_end(decided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    run_cli(["breaks", "--config", str(decided)])
    _, heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.index("owner") < heading.index("decision") < heading.index("break id")
    of_key = {line.rsplit("/", 1)[-1].strip(): line for line in lines if "P/ogloba/order/" in line}
    assert "Alice" in of_key["A"]
    assert "reference CASE-7" in of_key["A"]
    assert "snoozed until 2026-11-24" in of_key["C"]
    run_cli(["breaks", "--csv", "--config", str(decided)])
    rows = {row["order_key"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert (rows["B"]["owner"], rows["C"]["snoozed_until"], rows["D"]["owner"]) == ("shop-support", "2026-11-24", "")
    assert list(rows["A"]).index("owner") > list(rows["A"]).index("value_currency")


def test_a_list_about_which_nobody_decided_has_no_such_columns(recon: Recon) -> None:
    assert "owner" not in recon("breaks")[1]


def test_days_say_how_they_ended_and_what_is_at_risk(recon: Recon) -> None:
    (day,) = [line for line in json.loads(recon("days", "--json")[1]) if line["day"] == "2026-11-20"]
    assert (day["status"], day["open_breaks"], day["s1_breaks"]) == ("proved", 4, 2)
    assert [(risk["currency"], risk["amount_at_risk"]) for risk in day["money_at_risk"]] == [
        ("EUR", "699.99"), ("JPY", "50000"),
    ]  # fmt: skip
    assert "699.99 EUR, 50,000 JPY" in recon("days")[1]


@pytest.mark.parametrize(
    ("status", "shown"),
    [("incomplete", "incomplete"), (None, "not finished")],
)
def test_the_newest_list_says_if_a_later_day_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], status: str | None, shown: str
) -> None:
    config = listed_folder(tmp_path, ITEMS)
    warehouse = Warehouse(tmp_path / "state")
    with warehouse.connect() as connection:
        mark_day(connection, date(2026, 11, 21), status, "a report is missing" if status else None)
    warehouse.publish()
    assert run_cli(["breaks", "--config", str(config)]) == 0
    printed, warning = capsys.readouterr()
    assert warning.startswith("recon: 2026-11-21 is not proved; this is the newest list, of 2026-11-20. ")
    (tmp_path / "piped.txt").write_text(printed)
    assert len(read_break_ids(str(tmp_path / "piped.txt"))) == 4, "a pipe does not read that line"
    assert run_cli(["breaks", "--day", "2026-11-20", "--config", str(config)]) == 0
    assert "2026-11-21 is not proved" not in capsys.readouterr().err
    assert run_cli(["days", "--config", str(config)]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("2026-11-21"))
    assert shown in line
    assert ("recon run --day 2026-11-21" in line) == (status is None)


def test_reading_waits_for_nobody(recon: Recon, folder: Path) -> None:
    with StateLock(folder / "state", 0).held("a run"):
        assert keys(recon) == ["A", "B", "D", "C"]
        assert recon("days")[0] == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("breaks --day 2026-11-18", "Run `recon run --day 2026-11-18` first"),
        ("breaks --min-amount 10", "--min-amount needs a currency. Give one, such as --currency"),
        ("breaks --currency EUR --min-amount 1,000", "write it like 1234.56"),
        ("breaks --code P99", "P99 is not known. Choose a code of docs/BREAKS.md, or its first letter"),
        ("breaks --who boss", "Choose from A+, DEV, FIN, MER, OPS"),
        ("breaks --currency EUROS", "EUROS"),
        ("breaks --json --csv", "Give one of them"),
        ("trail  ", "Missing argument"),
    ],
)
def test_a_wrong_request_is_answered_with_the_right_one(recon: Recon, words: str, expected: str) -> None:
    code, out, err = recon(*words.split())
    assert (code, out) == (1, "")
    assert expected in err
    assert err.count("\n") == 1


def test_an_empty_id_is_named(recon: Recon) -> None:
    assert "the id is empty. Give a paymentRequestId" in recon("trail", " ")[2]


def test_yesterday_is_the_last_day_that_has_ended() -> None:
    assert read_day("yesterday") == clearing_day(datetime.now(UTC)) - timedelta(days=1)
    assert read_day("2026-11-20") == date(2026, 11, 20)


def test_the_version_and_short_help(recon: Recon) -> None:
    assert recon("--version")[1].startswith("recon 0.")
    assert "Usage: recon breaks" in recon("breaks", "-h")[1]


def test_a_configuration_that_is_named_and_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_cli(["breaks", f"--config={tmp_path / 'none.toml'}"]) == 1
    assert "none.toml: there is no such file" in capsys.readouterr().err


def test_a_shell_completes_commands() -> None:
    words = {"_RECON_COMPLETE": "complete_bash", "COMP_WORDS": "recon br", "COMP_CWORD": "1"}
    script = "from pipelines.cli.commands import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=words, check=False
    )
    assert done.stdout.split() == ["breaks"]


def test_the_list_needs_no_dagster(folder: Path) -> None:
    script = (
        "import sys\nfrom pipelines.cli.commands import run_cli\n"
        f"run_cli(['breaks', '--config', {str(folder / 'recon.toml')!r}])\n"
        "print([name for name in ('dagster', 'paramiko', 'asyncssh') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
