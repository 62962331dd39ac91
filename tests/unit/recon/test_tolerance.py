"""What is tolerated unless recon.toml says something else."""

from __future__ import annotations

from datetime import timedelta

from recon.tolerance import Tolerance


def test_the_documented_numbers() -> None:
    policy = Tolerance()
    assert policy.late_cycles == 2
    assert policy.confirm_grace == timedelta(minutes=15)
    assert policy.init_grace == timedelta(minutes=30)
    assert policy.duplicate_window == timedelta(minutes=10)
    assert (policy.settlement_minor, policy.refund_fx_minor) == (0, 1)
