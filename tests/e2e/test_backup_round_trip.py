"""A restored state goes on where the old one was: the next day is the same, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from resources.settings import load_settings
from tests.support.played import LAST_DAY, Played, play, seed_once

FIRST_DAY = LAST_DAY - timedelta(days=1)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    with play(seed_once(tmp_path / "seeded"), tmp_path / "box") as box:
        yield box


def exported(played: Played) -> dict[str, bytes]:
    folder = played.settings.exports.directory / str(LAST_DAY)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_next_day_after_a_restore_gives_the_same_bytes(played: Played, tmp_path: Path) -> None:
    first = played.run(FIRST_DAY)
    assert first.status == "proved", first.reason
    assert run_cli(["backup", "--to", str(tmp_path / "b.tar")]) == 0
    assert run_cli(["restore", "--from", str(tmp_path / "b.tar"), "--dir", str(tmp_path / "restored")]) == 0

    config = played.folder / "recon.toml"
    text = config.read_text()
    assert 'directory = "state"' in text
    other = played.folder / "other.toml"
    text = text.replace('directory = "state"', f'directory = "{tmp_path / "restored"}"')
    other.write_text(text.replace('directory = "exports"', f'directory = "{tmp_path / "exports"}"'))
    restored = replace(played, settings=load_settings(other))

    for box in (played, restored):
        assert box.run(LAST_DAY).status == "proved"
    assert exported(restored) == exported(played)
    assert restored.tables() == played.tables()
