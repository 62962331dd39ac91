"""Days with reports that come late, by hand and again: the same lists, whether rows of past days are joined or not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import resources.joined_rows as joined_rows
from bench.day_driver import DayDriver, small
from resources.settings import load_settings
from resources.warehouse import JOINED
from sandbox.deliveries import FEWEST_DAYS, read_deliveries
from sandbox.seeding import seed

LAST_DAY = date(2026, 10, 20)
DAYS = [LAST_DAY - timedelta(days=back) for back in reversed(range(FEWEST_DAYS))]
pytestmark = pytest.mark.slow


def _played(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[date, str, pl.DataFrame | None]], int]:
    """Every run with its reason and its list, and how many joined files there are at the end."""
    seeded = seed(folder, days=len(DAYS), payments=60, settlement=True, fees=True, deliveries=True, last_day=LAST_DAY)
    monkeypatch.setenv("RECON_ORDERS_URL", seeded.orders_url)
    driver = DayDriver(small(load_settings(seeded.config)), seeded.directory, read_deliveries(folder))
    ended = [(ran.day, ran.reason, ran.after) for ran in driver.play(DAYS)]
    return ended, len(list((driver.warehouse.directory / "parsed" / JOINED).rglob("*.parquet")))


def test_lists_are_the_same_with_and_without_joined_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined_rows, "SPANS", (2, 1))
    joined, files = _played(tmp_path / "joined", monkeypatch)
    assert files
    monkeypatch.setattr(joined_rows, "SPANS", (len(DAYS) * 1000,))
    plain, files = _played(tmp_path / "plain", monkeypatch)
    assert not files
    assert [one[:2] for one in joined] == [one[:2] for one in plain]
    for (_, _, ours), (_, _, theirs) in zip(joined, plain, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or theirs is None or ours.equals(theirs)
