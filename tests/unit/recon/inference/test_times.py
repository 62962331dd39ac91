"""The zone of our times, from pairs."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from recon.inference.times import zone

AT = datetime(2026, 11, 20, 3, 7, 11)  # noqa: DTZ001 - UTC, as the tables hold it


def proposed(hours: float, count: int = 30, configured: str = "UTC") -> tuple[str, tuple[str, ...]]:
    theirs = [AT + timedelta(minutes=7 * place) for place in range(count)]
    ours = [at + timedelta(hours=hours, seconds=3) for at in theirs]
    found = zone(pl.DataFrame({"ours": ours, "theirs": theirs}), "[[orders]]", configured)
    return found.found, found.toml


@pytest.mark.parametrize(
    ("hours", "configured", "name"),
    [
        (0, "UTC", "UTC"),
        (8, "UTC", "Etc/GMT-8"),
        (8, "Asia/Taipei", "Asia/Taipei"),
        (1, "Europe/Paris", "Europe/Paris"),
        (2, "Europe/Paris", "Etc/GMT-2"),
        (-5, "UTC", "Etc/GMT+5"),
        (5.5, "UTC", "Asia/Kolkata"),
    ],
)
def test_the_zone_that_fits(hours: float, configured: str, name: str) -> None:
    found, lines = proposed(hours, configured=configured)
    assert lines == (f'naive_timezone = "{name}"',)
    assert "(30 of 30 payments)" in found


def test_few_payments_and_times_of_something_else_decide_nothing() -> None:
    assert proposed(8, count=1) == ("not enough: 1 payment with a time on both sides, 20 are needed", ())
    found, lines = proposed(2.13)
    assert lines == ()
    assert found == "no offset fits nearly all: the most frequent one fits 0 of 30"
