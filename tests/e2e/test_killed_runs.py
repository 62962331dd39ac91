"""kill -9 at any moment, or two runs of one day at once: the state ends as if nothing had
happened.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.played import LAST_DAY, Played, play, seed_once

DAY = LAST_DAY - timedelta(days=1)
ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]
# A run in a process of its own that kills itself where it is told to.
CHILD = """
import os, signal, sys
from datetime import date
from pathlib import Path

import dagster as dg

import checks.shape
from pipelines.run_day import run_day
from resources.settings import load_settings

_, config, day, place = sys.argv


def kill_in(owner, name):
    original = getattr(owner, name)

    def killed(*arguments, **named):
        if place.endswith("after"):
            original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killed)


checks.shape.validate = lambda suite, paths: [checks.shape.Tally() for _ in suite]  # takes seconds
if place != "nowhere":
    module, _, rest = place.partition(":")
    owner = __import__(module, fromlist=["_"])
    *path, name = rest.split(":")[0].split(".")
    for part in path:
        owner = getattr(owner, part)
    kill_in(owner, name)
with dg.DagsterInstance.ephemeral() as instance:
    result = run_day(load_settings(Path(config)), date.fromisoformat(day), instance=instance)
print(result.status, result.reason)
"""
PLACES = (
    "resources.landing:fsync_folder:before",  # a file has its name, and no receipt yet
    "resources.warehouse:Warehouse.write_parquet:after",
    "assets.parsed.step:_replace:after",  # inside a transaction
    "checks.shape:validate:before",
    "resources.orders_db.db:_publish:after",  # payments are new, refunds are old
    "assets.reconciled.step:_keep:after",
    "assets.tied_out.step:edges_of_day:after",
    "assets.exports.step:write_atomically:after",  # some of the exported files are there
    "assets.exports.asset:mark_day:before",
    "resources.warehouse:Warehouse.publish:before",
)


def run(played: Played, place: str = "nowhere") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(played.folder / "recon.toml"), str(DAY), place]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_once(tmp_path_factory.mktemp("seeded"))


@pytest.fixture(scope="module")
def undisturbed(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with play(seeded, tmp_path_factory.mktemp("undisturbed") / "box") as played:
        assert played.run(DAY).status == "proved"
        yield played


def test_a_run_killed_at_every_place_ends_like_an_undisturbed_one(
    undisturbed: Played, seeded: Path, tmp_path: Path
) -> None:
    expected, tables = undisturbed.bytes_kept(), undisturbed.tables()
    with play(seeded, tmp_path / "killed") as played:
        for place in PLACES:
            child = run(played, place)
            child.communicate(timeout=120)
            assert child.returncode == -signal.SIGKILL, f"was not killed in {place}"
        child = run(played)
        told, _ = child.communicate(timeout=120)
        assert told.startswith("proved"), told
        assert played.bytes_kept() == expected
        assert played.tables() == tables


def test_two_runs_of_one_day_at_once_wait_for_each_other(undisturbed: Played, seeded: Path, tmp_path: Path) -> None:
    with play(seeded, tmp_path / "twice") as played:
        children = [run(played), run(played)]
        told = [child.communicate(timeout=180)[0].split()[0] for child in children]
        assert told == ["proved", "proved"]
        assert played.bytes_kept() == undisturbed.bytes_kept()
        assert played.tables() == undisturbed.tables()
