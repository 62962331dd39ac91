"""What a person may write into the Launchpad of the job `back_fill`, and the errors about the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.back_fill import Days, days, require_good
from pipelines.day_result import DayResult, Status
from pipelines.packaged import EXAMPLE
from recon.errors import ReconError
from resources.settings import load_settings

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "workers", "message"),
    [
        ("20 Nov", "2026-11-20", 2, "job back_fill, first: '20 Nov' is not a day like 2026-11-20. Correct it"),
        ("2026-11-20", "2026-11-31", 2, "job back_fill, last: '2026-11-31' is not a day like 2026-11-20"),
        ("2026-11-20", "2026-11-18", 2, "2026-11-18 is before 2026-11-20. Swap them"),
        ("2026-11-18", "2026-11-20", 0, "job back_fill, workers: 0 is too few or too many. Give 1 to 16"),
        ("2026-11-18", "2026-11-20", 17, "job back_fill, workers: 17 is too few or too many. Give 1 to 16"),
        ("2026-11-20", "2026-11-21", 2, "2026-11-21 has not ended yet"),
        ("2026-10-20", "2026-11-20", 2, "2026-10-20 is before the first day 2026-11-01. Choose a later day"),
    ],
)
def test_what_cannot_run_is_an_error_of_one_line(first: str, last: str, workers: int, message: str) -> None:
    with dg.build_op_context() as context, pytest.raises(ReconError) as caught:
        days(
            context,
            config=Days(first=first, last=last, workers=workers),
            settings=load_settings(EXAMPLE),
            clock=lambda: NOW,
        )
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason", "not_stored", "message"),
    [
        ("failed", "2026-11-19 is not proved", "", "2026-11-20 failed: 2026-11-19 is not proved"),
        ("incomplete", "a file is missing", "", "2026-11-20 is incomplete: a file is missing"),
        ("proved", None, "no room", "2026-11-20 is proved, but the state is not stored: no room"),
    ],
)
def test_a_day_that_ends_the_job_is_named(status: Status, reason: str | None, not_stored: str, message: str) -> None:
    with pytest.raises(dg.Failure) as caught:
        require_good(DayResult(date(2026, 11, 20), status, reason, "run", Path("exports"), not_stored=not_stored))
    assert str(caught.value) == message
