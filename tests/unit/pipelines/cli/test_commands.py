"""The command line as a person and a script meet it: clear lines, exit codes, no tracebacks."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from pipelines.cli.commands import app, run_cli, show_any_text
from pipelines.cli.run import days_between
from recon.errors import ReconError
from resources.warehouse import Warehouse
from tests.support import ROOT
from tests.support.inquiry import write_inquiry_settings
from views.catalogue_page import page

Recon = Callable[..., tuple[int, str, str]]
COMMANDS = (
    ["run"], ["land"], ["inquire"], ["export"], ["trail"], ["score"], ["sandbox", "seed"], ["sandbox", "serve"],
)  # fmt: skip


@pytest.fixture
def recon(capsys: pytest.CaptureFixture[str]) -> Recon:
    """Runs a command line: exit code, what it says, what it complains about."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_cli(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example configuration in a folder of its own; the state directory is empty."""
    for file in [*(ROOT / "config").glob("*.toml"), *(ROOT / "config").glob("*.sql")]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    return tmp_path


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["decide", "--comment", "seen"], "recon: recon decide: no break is named."),
        (["decide", "--accept", "--because", "small"], "recon: recon decide: no break is named."),
        (["--config", "", "days"], "recon: --config: no file is named."),
    ],
)
def test_what_is_given_is_never_left_out_in_silence(
    recon: Recon, configured: Path, words: list[str], said: str
) -> None:
    code, _, error = recon(*words)
    assert (code, is_one_line(error)) == (1, True)
    assert said in error


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(recon: Recon, command: list[str]) -> None:
    code, out, _ = recon(*command, "--help")
    assert code == 0
    assert "Usage: recon" in out


@pytest.mark.parametrize("words", [[], ["sandbox"]], ids=["recon", "recon sandbox"])
def test_without_a_command_there_is_help(recon: Recon, words: list[str]) -> None:
    code, out, _ = recon(*words)
    assert code == 0
    assert "Commands:" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("frobnicate", "No such command 'frobnicate'"),
        ("run --bogus", "No such option: --bogus"),
        ("run --day 2026-13-01", "'2026-13-01' is not a day like 2026-11-20"),
        ("run --day tomorrow", "'tomorrow' is not a day like 2026-11-20, nor yesterday"),
        ("land --day 9999-12-31", "'9999-12-31' is not a day like 2026-11-20, nor yesterday"),
        ("run 2026-11-20 --day 2026-11-19", "two days are given, 2026-11-20 and 2026-11-19. Give one"),
        ("run", "Give --day, or --from and --to"),
        (
            "run --day 2026-11-20 --from 2026-11-19 --to 2026-11-20",
            "a day is given and a span of days too. Give --day, or --from and --to",
        ),
        ("run --from 2026-11-20", "Give --day, or --from and --to"),
        ("run --from 2026-11-20 --to 2026-11-19", "Swap --from and --to"),
        ("land", "Give --day, or --from a folder"),
        ("inquire", "Missing option '--day'"),
        ("inquire --day tomorrow", "'tomorrow' is not a day"),
        ("export", "Missing option '--day'"),
        ("trail", "Missing argument"),
        ("sandbox seed --dir x --days many", "--days"),
        ("score --dir /nowhere --day 2026-11-20", "Run `recon sandbox seed` first"),
        ("sandbox serve --dir /nowhere", "Run `recon sandbox seed` first"),
    ],
)
def test_a_wrong_request_is_one_clear_line(recon: Recon, words: str, expected: str) -> None:
    code, out, err = recon(*words.split())
    assert (code, out) == (1, "")
    assert expected in err
    assert is_one_line(err)


def test_a_missing_configuration_says_what_to_do(recon: Recon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    code, _, err = recon("trail", "0012")
    assert code == 1
    assert "there is no such file" in err
    assert "RECON_CONFIG" in err
    assert is_one_line(err)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("run --day 2026-11-20", "recon.toml: there is no such file. Write one with `recon init`"),
        ("init --dir {file}", "Check the path, its rights and the disk"),
        ("land --from {here}/none --day 2026-11-20", "recon.toml: there is no such file"),
        ("restore --from {here}/none.tar --dir {here}/new", "none.tar: there is no such file. Check --from"),
        ("restore --from {file} --dir {here}", "is not empty. Name a new folder"),
        ("doctor --at yesterday", "is not an instant like"),
        ("doctor --first-file {file}", "Give --kind: "),
        ("doctor --first-file {here}/none.csv", "none.csv: cannot be read (FileNotFoundError). Check the path"),
        ("doctor --first-file {here}/none.csv --kind fee", "cannot be read (FileNotFoundError). Check the path"),
        ("doctor --first-file {file} --kind fees", "there is no report 'fees'. Give one of "),
        ("sandbox seed --dir {here}/s --mode both", "there is no mode 'both'. Choose one of "),
        ("sandbox seed --dir {here}/s --days 0", "must be at least 1. Give larger numbers"),
        ("sandbox seed --dir {file}", "Check the path, its rights and the disk"),
    ],
)
def test_a_mistake_of_the_first_hour_is_one_clear_line(
    recon: Recon, words: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a configuration, or with a path that is not what it should be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECON_CONFIG", raising=False)
    (tmp_path / "thesis.txt").write_text("mine")
    code, out, err = recon(*(word.format(here=tmp_path, file=tmp_path / "thesis.txt") for word in words.split()))
    assert (code, out) == (1, "")
    assert expected in err
    assert is_one_line(err)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("run --day 2025-12-31", "is before the first day 2026-11-01. Choose a later day"),
        ("run --day 2099-01-01", "has not ended yet, today is "),
        ("land --day 2026-11-20", "neither a key nor a password is given. Set one of the environment variables"),
        ("land --from {here}/none --day 2026-11-20", "none: there is no such folder. Check the path given with --from"),
        ("backup --to {here}/b.tar", "there is no state directory. Run a day first"),
        ("alerts", "there is no [[alerts.channels]]: no one is notified. Write it"),
    ],
)
def test_a_mistake_with_a_configuration_is_one_clear_line(
    recon: Recon, configured: Path, words: str, expected: str
) -> None:
    code, _, err = recon(*(word.format(here=configured) for word in words.split()))
    assert code == 1
    assert expected in err
    assert is_one_line(err)


@pytest.mark.parametrize("words", [["--verbose", "trail", "0012"], ["trail", "0012", "--verbose"]])
def test_verbose_shows_where_an_error_came_from(
    recon: Recon, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    code, _, err = recon(*words)
    assert code == 1
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("recon: ")


@pytest.mark.parametrize("words", ["trail 0012", "export --day 2026-11-20"])
def test_before_the_first_run_there_is_nothing(recon: Recon, configured: Path, words: str) -> None:
    code, _, err = recon(*words.split())
    assert code == 1
    assert "`recon run" in err
    assert is_one_line(err)


@pytest.mark.parametrize("words", ["inquire --day 2026-11-20", "inquire --day 2026-11-20 --dry-run"])
def test_nobody_is_asked_unless_it_is_configured(recon: Recon, configured: Path, words: str) -> None:
    code, out, err = recon(*words.split())
    assert (code, out) == (1, "")
    assert "there is no section [inquiry]" in err
    assert is_one_line(err)


@pytest.mark.parametrize("words", ["inquire --day 2026-11-20", "inquire --day 2026-11-20 --dry-run"])
def test_a_day_is_run_before_anybody_is_asked(recon: Recon, configured: Path, words: str) -> None:
    write_inquiry_settings(configured)
    code, out, err = recon(*words.split())
    assert (code, out) == (1, "")
    assert "`recon run --day 2026-11-20` first" in err
    assert is_one_line(err)


def test_nothing_known_is_an_answer(recon: Recon, configured: Path) -> None:
    from resources.settings import load_settings

    with Warehouse(load_settings().warehouse.directory).connect():
        pass
    code, _, err = recon("trail", "0012")
    assert code == 1
    assert "nothing is known about 0012" in err


def test_a_day_that_has_not_ended(recon: Recon, configured: Path) -> None:
    code, _, err = recon("run", "--day", "2999-01-01")
    assert code == 1
    assert "2999-01-01 has not ended yet" in err
    assert is_one_line(err)


def test_an_unknown_format_of_the_exports(recon: Recon, configured: Path) -> None:
    code, _, err = recon("export", "--day", "2026-11-20", "--format", "csv,docx")
    assert code == 1
    assert "docx is not a format" in err
    assert "csv,parquet,xlsx" in err


def test_reports_from_a_folder_land(recon: Recon, configured: Path, tmp_path: Path) -> None:
    from resources.settings import load_settings

    settings = load_settings()
    first = settings.agreements[0]
    ids = f"{settings.participant.id}_{first.settlement_currency}_B1_{first.id}"
    name = f"feeItems_{ids}_000.csv"
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / name).write_text("x\n")
    (folder / "notes.txt").write_text("mine\n")
    code, out, _ = recon("land", "--from", str(folder), "--day", "2026-11-20")
    assert code == 0
    assert f"landed     2026-11-21/{name} version 1, 2 bytes" in out
    assert "left alone notes.txt" in out
    assert "`recon run --day 2026-11-20`" in out
    _, again, _ = recon("land", "--from", str(folder), "--day", "2026-11-20")
    assert "0 files landed, 1 already there, 1 left alone" in again
    assert "recon run" not in again
    landed = json.loads(recon("land", "--from", str(folder), "--day", "2026-11-20", "--json")[1])
    assert (landed["landed"], landed["already_there"], landed["left_alone"][0]["name"]) == ([], 1, "notes.txt")
    code, out, _ = recon("set-aside", "--day", "2026-11-20", name, "--because", "not ours")
    assert (code, f"{name}@v1 of 2026-11-20 is set aside: not ours" in out) == (0, True)
    code, out, _ = recon("set-aside", "--day", "2026-11-20", name, "--back")
    assert (code, f"{name}@v1 of 2026-11-20 counts again" in out) == (0, True)
    code, _, err = recon("set-aside", "--day", "2026-11-20", name)
    assert (code, "no reason is given" in err) == (1, True)


def test_a_fault_of_the_program_shows_no_traceback_unless_asked_for(
    recon: Recon, configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("pipelines.cli.trail.load_settings", broken)
    code, _, err = recon("trail", "0012")
    assert (code, err) == (
        1,
        "recon: a fault of this program: ZeroDivisionError. Run it again with --verbose, and report what it shows\n",
    )
    assert "ZeroDivisionError: a secret" in recon("--verbose", "trail", "0012")[2]


class Screen(io.TextIOWrapper):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("kind", "expected"), [(Screen, b"Galerie Lumi\\xe8re \\u738b"), (io.TextIOWrapper, "Galerie Lumière 王".encode())]
)
def test_where_not_all_characters_can_be_shown_the_text_is_shown_all_the_same(
    kind: type[io.TextIOWrapper], expected: bytes
) -> None:
    written = io.BytesIO()
    out = kind(written, encoding="ascii")
    show_any_text(out)
    out.write("Galerie Lumière 王")
    out.flush()
    assert written.getvalue() == expected


def test_each_command_that_shows_something_does_so_for_programs_too() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    without = {
        name for name, command in group.commands.items()
        if not isinstance(command, TyperGroup) and not any("--json" in one.opts for one in command.params)
    }  # fmt: skip
    assert without == {"set-aside", "init", "backup", "restore"}, "these only act"


def test_help_loads_nothing_heavy() -> None:
    """`recon --help` answers at once because neither it nor what prints the results imports any of these."""
    heavy = ("dagster", "polars", "duckdb", "paramiko", "pandas", "great_expectations", "asyncssh")
    script = (
        "import json, sys\n"
        "import views.terminal\n"
        "from pipelines.cli.commands import run_cli\n"
        "run_cli(['--help'])\n"
        f"print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "run", "--day", "2026-11-31"],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("recon: ")
    assert is_one_line(done.stderr)


def test_several_days_are_in_order() -> None:
    days = days_between(None, date(2026, 11, 29), date(2026, 12, 1))
    assert [day.isoformat() for day in days] == ["2026-11-29", "2026-11-30", "2026-12-01"]
    with pytest.raises(ReconError):
        days_between(None, None, date(2026, 12, 1))


def test_the_page_of_break_codes_is_the_catalogue() -> None:
    """Out of date? `python -m views.catalogue_page > docs/BREAKS.md`."""
    assert (ROOT / "docs" / "BREAKS.md").read_text("utf-8") == page()


READ_WITHOUT_PANDAS = """
import sys
import duckdb
from pipelines.cli.commands import without_pandas
with without_pandas():
    rows = duckdb.connect().execute("SELECT $id, $ids", {"id": "0012", "ids": ["a", None]}).fetchall()
print(rows, "pandas" in sys.modules)
import pandas
print(len(pandas.DataFrame({"id": ["0012"]})))
"""


def test_values_are_read_as_ever_without_pandas_which_is_there_afterwards() -> None:
    """A command that only reads takes values to DuckDB without it, and leaves it to whoever comes after it."""
    done = subprocess.run([sys.executable, "-c", READ_WITHOUT_PANDAS], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[('0012', ['a', None])] False", "1"]
