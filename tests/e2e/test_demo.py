"""`make demo` as a new user meets it; again it changes nothing. What the README shows of it is what it gives."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli.commands import run_cli
from pipelines.demo import main
from tests.support.documented import ROOT, commands
from tests.support.forked import start

LAST_DAY = "2026-11-20"
# Documented commands that need a server or reconcile a day; other tests run them.
NEED_NEIGHBOURS = {
    "run --day", "run --from --to", "run --from --to --workers", "run --day --verbose", "run --day --no-fetch",
    "land --day", "land --from --day",
    "doctor", "doctor --at", "inquire --day", "inquire --day --no-write-back", "alerts --test", "alerts --day",
    "sandbox serve --dir", "set-aside --day --because", "set-aside --day --back", "restore --from --manifest --dir",
    "prune --dry-run",
}  # fmt: skip
DECISIONS = {  # they would change what the next day lists: tests/integration/test_decisions.py
    "decide --assign --comment", "decide --attach", "decide --snooze", "decide --claim", "decide --accept --because",
    "decide --approve", "decide --from", "decide --from --assign", "claim", "claim --from",
}  # fmt: skip
NAMED = {
    "breaks",
    "run",
    "land",
    "inquire",
    "export",
    "trail",
    "init",
    "alerts",
    "backup",
    "restore",
    "score",
    "set-aside",
    "prune",
}  # in a sentence
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True)
class Played:
    """A folder on which the demo ran twice."""

    folder: Path
    first: Said
    second: Said


Recon = Callable[..., Said]


def demo(folder: Path) -> Said:
    """`make demo` with a folder of its own."""
    command = [sys.executable, "-m", "pipelines.demo", "--dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    return Said(ended.returncode, ended.stdout, ended.stderr)


def demo_again(folder: Path, said: Path) -> Said:
    """The same in a process that has imported everything before."""
    return Said(*start(_demo, said, folder).ended())


def _demo(folder: Path) -> None:
    sys.argv = ["pipelines.demo", "--dir", str(folder)]
    main()


def shape(words: list[str]) -> str:
    """A command line without its values."""
    depth = 2 if words[0] == "sandbox" else 1
    return " ".join([*words[:depth], *(word for word in words[depth:] if word.startswith("--"))])


def environment(folder: Path) -> dict[str, str]:
    lines = (folder / "sandbox.env").read_text().splitlines()
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
    return {name: value.strip("'") for name, value in pairs}


@pytest.fixture
def recon(played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Recon:
    """Runs a command line with the environment of the sandbox."""
    for name, value in environment(played.folder).items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = run_cli(words)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo") / "sandbox"
    return Played(folder, demo(folder), demo_again(folder, folder.with_name("said")))


def test_the_demo_ends_with_a_proved_day_and_a_perfect_score(played: Played) -> None:
    assert played.first.code == 0, played.first
    said = played.first.out
    assert f"Clearing day {LAST_DAY}: proved" in said
    for part in ("Files landed", "Control totals", "Breaks:", "Money at risk", "Exports: ", "Day report: "):
        assert part in said
    assert "with answers: precision 1.0000, recall 1.0000, 0 false, 0 missed" in said


def test_the_demo_asks_alipayplus_and_shows_what_the_answers_changed(played: Played) -> None:
    said = played.first.out
    assert "Breaks before and after the answers" in said
    asked = re.findall(r"(\d+) questions are due", said)[0]
    assert f"Asked {asked}, answered {asked}, skipped 0" in said
    assert f"{asked} answers right, 0 wrong" in said
    exported = pl.read_parquet(played.folder / "exports" / LAST_DAY / "breaks.parquet")
    assert exported["answer"].is_not_null().sum() == int(asked) > 20


def test_the_result_is_not_drowned_in_log_lines(played: Played) -> None:
    assert played.first.err == ""
    assert "dagster" not in played.first.out.replace("Dagster run", "").lower()
    assert "\x1b" not in played.first.out


def test_a_second_run_changes_nothing_and_says_so(played: Played) -> None:
    assert (played.second.code, played.second.err) == (0, ""), played.second
    landed = len(list((played.folder / "state" / "landed").rglob("*.csv.v*[0-9]")))
    assert landed > 0
    (summary,) = [line for line in played.second.out.splitlines() if line.startswith("nothing changed")]
    assert f"{landed} files already landed" in summary
    assert summary.endswith("exports identical")
    assert "nothing changed" not in played.first.out
    assert "Asked 0, answered 0" in played.second.out


def test_the_exports_are_where_the_contract_says(played: Played) -> None:
    folder = played.folder / "exports" / LAST_DAY
    assert {path.name for path in folder.iterdir()} == {
        "breaks.csv", "breaks.parquet", "breaks.xlsx", "corrections.csv", "report.html", "tie_out.csv", "summary.json",
    }  # fmt: skip
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["breaks"]["count"] == pl.read_parquet(folder / "breaks.parquet").height > 0
    assert {line["residual"] for line in summary["register"]} == {0}


def test_a_worse_answer_is_named_and_fails(played: Played, recon: Recon, tmp_path: Path) -> None:
    config = (played.folder / "recon.toml").read_text()
    (tmp_path / "recon.toml").write_text(config)
    for query in played.folder.glob("*.sql"):
        (tmp_path / query.name).write_text(query.read_text())
    (tmp_path / "truth.csv").write_bytes((played.folder / "truth.csv").read_bytes())
    exports = tmp_path / "exports" / LAST_DAY
    exports.mkdir(parents=True)
    breaks = pl.read_parquet(played.folder / "exports" / LAST_DAY / "breaks.parquet")
    breaks.tail(-1).write_parquet(exports / "breaks.parquet")
    said = recon("score", "--dir", str(tmp_path), "--day", LAST_DAY)
    assert said.code == 1
    assert f"missed: {breaks['break_code'][0]}" in said.out
    assert "1 missed" in said.out


def test_the_commands_of_the_documentation_work(
    played: Played, recon: Recon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that need no connected system, with the values of this sandbox; none of them changes a list."""
    monkeypatch.chdir(tmp_path)
    exported = played.folder / "exports" / LAST_DAY
    known = pl.read_csv(exported / "breaks.csv", infer_schema_length=0)["order_key"].drop_nulls()[0]
    file = next(played.folder.glob("sftp/**/transactionItems_*.csv"))
    backup = str(tmp_path / "recon.tar")
    before = (exported / "breaks.csv").read_bytes()
    lines = [
        (["trail", known], " break "),
        (["trail", known, "--json"], '"events"'),
        (["export", "--day", LAST_DAY], "identical to what was there"),
        (["inquire", "--day", LAST_DAY, "--dry-run"], "nothing is asked"),
        (["alerts", "--dry-run"], ""),
        (["alerts", "--dry-run", "--json"], "["),
        (["inquire", "--day", LAST_DAY, "--dry-run", "--json"], "["),
        (["score", "--dir", str(played.folder), "--day", LAST_DAY, "--json"], '"precision": 1.0'),
        (["export", "--day", LAST_DAY, "--json"], '"is_changed": false'),
        (["breaks", "--day", LAST_DAY, "--merchant", "FR-PARIS-01", "--severity", "S1"], "Galerie Lumière"),
        (["breaks", "--merchant", "FR-PARIS-01"], "Galerie Lumière (FR-PARIS-01)"),
        (["breaks", "--code", "C04", "--merchant", "FR-PARIS-01"], "Clearing day 2026-11-20"),
        (["breaks", "--code", "C04"], "Clearing day 2026-11-20"),
        (["breaks", "--code", "C04", "--csv"], "break_id"),
        (["breaks", "--code", "C04", "--merchant", "FR-PARIS-01", "--csv"], "break_id"),
        (["breaks", "--owner", "-"], "Clearing day 2026-11-20"),
        (["decide"], "Nothing waits for a second person"),
        (["decide", "--json"], "[]"),
        (["days"], "proved"),
        (["doctor", "--first-file", str(file)], "reads as configured"),
        (["doctor", "--infer"], "To paste into recon.toml"),
        (["doctor", "--infer", "--from", str(played.folder / "sftp")], "[[agreements]]"),
        (
            ["backtest", "--config", str(played.folder / "recon.toml"), "--from", LAST_DAY, "--to", LAST_DAY],
            "The lists of 1 day are the same with both configurations",
        ),
        (["backup", "--to", backup], "files"),
        (["restore", "--from", backup, "--dir", str(tmp_path / "state-new")], "warehouse.directory = "),
        (["init", "--dir", str(tmp_path / "etc")], "Written: "),
        (
            ["sandbox", "seed", "--dir", str(tmp_path / "mine"), "--days", "1", "--payments", "20", "--seed", "7"],
            "Seeded",
        ),
        (["score", "--dir", str(played.folder), "--day", LAST_DAY], "precision 1.0000"),
        (["land", "--from", str(played.folder / "sftp")], "0 files landed"),
    ]
    for words, printed in lines:
        said = recon(*words)
        assert (said.code, said.err) == (0, ""), (words, said.err)
        assert printed in said.out, words
    assert (exported / "breaks.csv").read_bytes() == before
    run_here = {shape(words) for words, _ in lines}
    assert {shape(words) for _, words in commands()} <= run_here | NEED_NEIGHBOURS | DECISIONS | NAMED


def test_the_readme_shows_what_a_wrong_day_gives(recon: Recon) -> None:
    said = recon("run", "--day", "2026-11-17")
    assert said.code == 1
    assert said.err.startswith("recon: ")
    assert f"$ recon run --day 2026-11-17\n{said.err}" in (ROOT / "README.md").read_text()


def sample(after: str) -> list[str]:
    """The lines of the first block of the README after these words, without those that stand for others."""
    block = (ROOT / "README.md").read_text().partition(after)[2].split("```\n")[1]
    return [line for line in block.splitlines() if line not in ("", "...")]


def missing_lines(output: str, lines: list[str]) -> list[str]:
    """The lines that an output does not have, or not in this order; one that ends in `...` is the begin of a line."""
    rest, missing = iter(output.splitlines()), []
    for line in lines:
        begin = line.removesuffix("...")
        if not any(other.startswith(begin) if begin != line else other.rstrip() == line for other in rest):
            missing.append(line)
            rest = iter(output.splitlines())
    return missing


def test_the_readme_shows_what_the_demo_prints(played: Played) -> None:
    def plain(text: str) -> str:
        return re.sub(r"[\d.]+ seconds", "N seconds", text.replace(str(played.folder), "var/demo"))

    shown = [plain(line) for line in sample("What the demo prints (shortened):")]
    assert missing_lines(plain(played.first.out), shown) == []


def test_the_readme_shows_a_break_and_its_story(played: Played, recon: Recon) -> None:
    values = dict(re.findall(r"^(\w+) {2,}(.+)$", "\n".join(sample("one line of `breaks.csv`")), re.M))
    listed = pl.read_csv(played.folder / "exports" / LAST_DAY / "breaks.csv", infer_schema_length=0)
    row = listed.filter(pl.col("break_id") == values["break_id"]).row(0, named=True)
    assert "{break_code} {break_name}, {severity}, {who_acts} acts".format(**row) == values["break_code"]
    assert (row["explanation"], row["what_to_do"]) == (values["explanation"], values["what_to_do"])

    command, *story = sample("with the raw line of each report:")
    said = recon(*command.removeprefix("$ recon ").split())
    assert said.code == 0
    assert missing_lines(said.out, story) == []


def test_a_day_without_its_server_fails_in_one_clear_line(
    played: Played, recon: Recon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody serves the sandbox now; the proof of the day stays."""
    config = (played.folder / "recon.toml").read_text()
    impatient = played.folder / "impatient.toml"
    impatient.write_text(config.replace("[sftp]\n", "[sftp]\nattempts = 1\n"))
    monkeypatch.setenv("RECON_CONFIG", str(impatient))
    said = recon("run", "--day", LAST_DAY)
    assert said.code == 1
    assert "Traceback" not in said.out + said.err
    assert said.err.startswith(f"recon: {LAST_DAY} failed: sftp://")
    assert said.err.count("\n") == 1
    summary = json.loads((played.folder / "exports" / LAST_DAY / "summary.json").read_text())
    assert summary["status"] == "proved"


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    done = demo_again(tmp_path, tmp_path.with_name("said"))
    assert done.code == 1
    assert "the folder holds something else" in done.err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_person_who_waits_sees_a_bar(tmp_path: Path) -> None:
    """On a terminal there is a progress bar; it is gone when the work is done."""
    leader, follower = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "sandbox",
        "seed",
        "--dir",
        str(tmp_path / "s"),
    ]
    done = subprocess.run(
        [*command, "--payments", "200", "--days", "1"],
        stdout=subprocess.PIPE, stderr=follower, cwd=ROOT, timeout=120,
        env=os.environ | {"TERM": "xterm"},
    )  # fmt: skip
    os.close(follower)
    shown = os.read(leader, 1_000_000).decode(errors="replace")
    os.close(leader)
    assert done.returncode == 0
    assert "Seeding 1 day" in shown
    assert b"Seeded 2026-11-20" in done.stdout
