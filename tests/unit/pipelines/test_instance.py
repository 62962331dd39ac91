"""Which Dagster instance `recon run` records in: the one that the services use."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from pipelines.instance import open_instance
from pipelines.packaged import PROJECT
from recon.errors import ConfigurationError
from resources.settings import Settings, load_settings

LIMITED = "storage:\n  sqlite:\n    base_dir: {folder}/records\nconcurrency:\n  pools:\n    default_limit: 1\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("DAGSTER_HOME", "RECON_DAGSTER_HOME"):
        monkeypatch.setenv(name, "")  # so that whatever is set is undone
        monkeypatch.delenv(name)
    example = load_settings(PROJECT / "config" / "recon.toml", {})
    state = example.warehouse.model_copy(update={"directory": tmp_path / "state"})
    return example.model_copy(update={"warehouse": state})


def test_without_a_home_the_records_lie_beside_the_state(settings: Settings) -> None:
    with open_instance(settings) as instance:
        assert instance.get_runs_count() == 0
    assert "RECON_DAGSTER_HOME" not in os.environ  # the next configuration has its own records
    assert (settings.warehouse.directory / "dagster" / "history").is_dir()


def test_a_home_that_somebody_set_is_used(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(LIMITED.format(folder=tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with open_instance(settings) as ours:
        ours.add_run(dg.DagsterRun("clearing_day"))
    with dg.DagsterInstance.get() as theirs:
        assert theirs.get_runs_count() == 1
    assert (tmp_path / "records" / "history").is_dir()
    assert not settings.warehouse.directory.exists()


@pytest.mark.parametrize("home", ["relative", "/is/not/there"])
def test_a_home_that_is_none_is_reported(settings: Settings, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("DAGSTER_HOME", home)
    with pytest.raises(ConfigurationError, match="DAGSTER_HOME: is not the absolute path of a folder"):
        open_instance(settings)
    assert os.environ["DAGSTER_HOME"] == home
