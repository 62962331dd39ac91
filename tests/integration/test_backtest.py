"""A seeded day with every fault, settlement and fees: the same configuration plays it to the same list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from tests.support.played import LAST_DAY, drive, seed_once

pytestmark = pytest.mark.slow


def test_a_seeded_day_is_played_to_the_list_that_it_had(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with drive(seed_once(tmp_path / "seeded", days=1), tmp_path / "box", are_rows_checked=False) as box:
        assert box.run(LAST_DAY).reason == ""
        box.driver.warehouse.publish()
        kept, tables = box.bytes_kept(), box.tables()
        other = box.folder / "other.toml"
        other.write_bytes((box.folder / "recon.toml").read_bytes())
        capsys.readouterr()
        words = ["backtest", "--config", str(other), "--from", str(LAST_DAY), "--to", str(LAST_DAY), "--json"]
        assert run_cli(words) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["breaks"], found["sums"], found["settings"]) == ([], [], [])
        assert (box.bytes_kept(), box.tables()) == (kept, tables)
