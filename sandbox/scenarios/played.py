"""Every scenario of payments and refunds: importing the modules fills the list."""

from __future__ import annotations

from sandbox.scenarios import differences, inquiries, one_fault, one_sided, payments, refund_groups, refunds
from sandbox.scenarios.listed import SCENARIOS, Scenario

__all__ = ["PLAYED", "SCENARIOS", "Scenario"]

PLAYED = (one_fault, payments, one_sided, differences, inquiries, refunds, refund_groups)
