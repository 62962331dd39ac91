"""`python -m bench.kills --kills 40 --seed 1`: kill -9 at random instants, on the real command line and Dagster's real
records, and whether the next `recon run` ends as if nothing had happened.

Each kill has a state of its own: as before the first run of the day (`land`, `run`), or as after it (`run`, `inquire`,
`export`, `backup`). After it `recon run` has to end proved, with the bytes and tables of an undisturbed one, no run of
Dagster may be left without an end and no slot of a pool claimed. After a killed `inquire` the questions are asked at
once, and the breaks have the answers of an undisturbed one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from bench.state_digest import bytes_kept, tables
from pipelines.dead_runs import UNDER_WAY
from pipelines.demo import use_environment
from pipelines.instance import open_instance
from resources.settings import Settings, load_settings
from sandbox.answers import asked_at
from sandbox.api import ApiServer
from sandbox.seeding import seed
from sandbox.serving import SftpServer

LAST_DAY = date(2026, 11, 20)
DAY = LAST_DAY - timedelta(days=1)
COMMANDS = {  # what is killed, and the state it begins with
    "land": "seeded",
    "run": "seeded",
    "run again": "proved",
    "inquire": "proved",
    "export": "proved",
    "backup": "proved",
}
PARTS = ("state", "exports", "orders.db")
ANSWERED = ["break_id", "break_code", "state", "answer", "verdict"]
ROOT = Path(__file__).parents[1]


@dataclass
class Campaign:
    """A served sandbox, what undisturbed commands leave, and how long they take."""

    folder: Path
    settings: Settings
    seconds: dict[str, float] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    answered: pl.DataFrame = field(default_factory=pl.DataFrame)

    def prepare(self, commands: list[str]) -> None:
        """The states to begin with, and what comes of the commands that no one kills."""
        self._save("seeded")
        self._timed("run")
        self.kept, self.tables = bytes_kept(self.settings, self.folder), tables(self.settings)
        self._save("proved")
        for command in commands:
            if command != "run":
                self._restore(COMMANDS[command])
                self._timed(command)
                if command == "inquire":
                    self.answered = self._answers()

    def kill(self, command: str, part: float) -> str:
        """Kills a command when this part of its time is over; what is wrong afterwards, or empty."""
        self._restore(COMMANDS[command])
        if command == "export":  # else there is nothing to write
            shutil.rmtree(self.settings.exports.directory)
        process = self._started(command)
        try:
            process.wait(self.seconds[command] * part)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        ended = self._started("run")
        _, said = ended.communicate()
        if ended.returncode:
            return f"the next run ended with {ended.returncode}: {said}"
        if command == "inquire":
            return self._wrong_answers() or self._left_over()
        now = bytes_kept(self.settings, self.folder)
        changed = sorted(name for name in now.keys() | self.kept.keys() if now.get(name) != self.kept.get(name))
        if changed:
            return f"other bytes: {', '.join(changed[:5])}"
        after = tables(self.settings)
        changed = [name for name, digest in after.items() if digest != self.tables[name]]
        return f"other tables: {', '.join(changed)}" if changed else self._left_over()

    def _wrong_answers(self) -> str:
        ended = self._started("inquire")
        _, said = ended.communicate()
        if ended.returncode:
            return f"asking again ended with {ended.returncode}: {said}"
        return "" if self._answers().equals(self.answered) else "other answers"

    def _left_over(self) -> str:
        with open_instance(self.settings) as instance:
            runs = [run for run in instance.get_runs() if run.status in UNDER_WAY]
            storage = instance.event_log_storage
            claimed = [key for key in storage.get_concurrency_keys() if storage.get_concurrency_info(key).claimed_slots]
        return f"left over: {len(runs)} runs, slots of {claimed}" if runs or claimed else ""

    def _answers(self) -> pl.DataFrame:
        exported = self.settings.exports.directory / DAY.isoformat() / "breaks.parquet"
        return pl.read_parquet(exported, columns=ANSWERED).sort("break_id")

    def _timed(self, command: str) -> None:
        started = time.monotonic()
        process = self._started(command)
        _, said = process.communicate()
        if process.returncode:
            raise SystemExit(f"{command} ended with {process.returncode} before anything was killed: {said}")
        self.seconds[command] = time.monotonic() - started

    def _started(self, command: str) -> subprocess.Popen[str]:
        word, target = command.split()[0], self.folder / "backup.tar"
        target.unlink(missing_ok=True)
        options = ["--to", str(target)] if word == "backup" else ["--day", DAY.isoformat()]
        return subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", word, *options],
            cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )  # fmt: skip

    def _save(self, name: str) -> None:
        for part in PARTS:
            _copy(self.folder / part, self.folder / "saved" / name / part)

    def _restore(self, name: str) -> None:
        for part in PARTS:
            _copy(self.folder / "saved" / name / part, self.folder / part)


def _copy(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


@contextmanager
def served(folder: Path, payments: int) -> Iterator[Campaign]:
    """A seeded sandbox with its SFTP server and its API, named by the environment of this process."""
    seed(folder, days=2, payments=payments, last_day=LAST_DAY)
    with SftpServer(folder) as server, ApiServer(folder, at=asked_at(DAY)) as api:
        config = folder / "recon.toml"
        text = config.read_text().replace("port = 2222", f"port = {server.port}")
        config.write_text(text.replace("http://127.0.0.1:2280", api.base_url))
        use_environment(folder / "sandbox.env")
        yield Campaign(folder, load_settings(config))


def kills(
    count: int, number: int, folder: Path, payments: int = 60, commands: tuple[str, ...] = tuple(COMMANDS)
) -> int:
    """Kills so many commands in turn, each at a random instant, and says what came of each; the number of failures."""
    chance, wrong = random.Random(number), 0
    with served(folder, payments) as campaign:
        campaign.prepare(list(commands))
        for place in range(count):
            command, part = commands[place % len(commands)], chance.uniform(0.05, 1)
            problem = campaign.kill(command, part)
            wrong += bool(problem)
            print(f"{place + 1}/{count} {command} killed at {part:.0%}: {problem or 'as undisturbed'}", flush=True)
    print(f"{count - wrong} of {count}")
    return wrong


def main() -> None:
    """Exit code 1 if one state was not as undisturbed."""
    options = argparse.ArgumentParser(prog="bench.kills", description=__doc__)
    options.add_argument("--kills", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--payments", type=int, default=60, help="a day")
    given = options.parse_args()
    folder = Path(mkdtemp(prefix="kills-"))
    try:
        sys.exit(bool(kills(given.kills, given.seed, folder, given.payments)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
