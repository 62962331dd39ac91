"""A policy is one value that refuses nonsense."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recon.tolerance import Tolerance


def test_the_documented_numbers() -> None:
    policy = Tolerance()
    assert policy.late_cycles == 2
    assert policy.confirm_grace == timedelta(minutes=15)
    assert policy.init_grace == timedelta(minutes=30)
    assert policy.duplicate_window == timedelta(minutes=10)
    assert (policy.settlement_minor, policy.refund_fx_minor) == (0, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"arrival_grace": timedelta(seconds=-1)},
        {"confirm_grace": timedelta(seconds=-1)},
        {"init_grace": timedelta(seconds=-1)},
        {"duplicate_window": timedelta(seconds=-1)},
        {"refund_warning": timedelta(days=-1)},
        {"late_cycles": -1},
        {"settlement_minor": -1},
        {"refund_fx_minor": -1},
        {"systematic_shift_share": 1.01},
        {"systematic_shift_share": -0.01},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"negative|share"):
        Tolerance(**wrong)  # type: ignore[arg-type]
