"""Which error means that the inputs do not pass the checks, and which that the work could not be done."""

from __future__ import annotations

import pytest

from pipelines.run_day import ending_of
from recon import errors
from recon.errors import ReconError


@pytest.mark.parametrize("kind", [errors.MalformedReportError, errors.StaleSourceError, errors.SourceContractError])
def test_what_came_and_is_not_what_it_must_be_makes_the_day_incomplete(kind: type[ReconError]) -> None:
    assert ending_of(kind) == "incomplete"


@pytest.mark.parametrize(
    "kind",
    [errors.LandingError, errors.HostKeyError, errors.OrdersError, errors.ConfigurationError, errors.BusyError,
     errors.DayOrderError],
)  # fmt: skip
def test_a_neighbour_who_does_not_answer_decides_nothing(kind: type[ReconError]) -> None:
    assert ending_of(kind) == "failed"
