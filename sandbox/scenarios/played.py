"""Every scenario of payments and refunds: importing the modules fills the list."""

from __future__ import annotations

from sandbox.scenarios import differences, inquiries, next_morning, refund_groups
from sandbox.scenarios.listed import SCENARIOS, Scenario

__all__ = ["PLAYED", "SCENARIOS", "Scenario"]

PLAYED = (*next_morning.BEGUN, next_morning, differences, inquiries, refund_groups)
