"""The questions of a day from the command line: the same job as everywhere, in this process, recorded in the instance.

It holds no lock of the state directory: the day itself is run again afterwards, by `run_day`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from assets.inquiries.asset import NEWS
from pipelines.day_result import Status
from pipelines.run_day import ending
from pipelines.run_here import execute
from pipelines.sensors.alert_runs import said_of_answers
from pipelines.sensors.inquiries import JOB
from recon.clearing_day import Clock
from resources.settings import Settings


@dataclass(frozen=True)
class InquiryResult:
    """How the questions of a day ended. `reported`: the metadata of the asset, as plain values, tables as rows."""

    day: date
    status: Status
    reason: str | None
    run_id: str
    reported: Mapping[str, Any]

    @property
    def has_news(self) -> bool:
        """Whether the list of the day would say more if the day ran again."""
        return bool(self.reported.get(NEWS))


def inquire_day(
    settings: Settings,
    day: date,
    *,
    instance: dg.DagsterInstance,
    clock: Clock,
    write_back: bool | None = None,
) -> InquiryResult:
    """Asks what is due about a proved day. `write_back`: None is as configured."""
    chosen = {"ops": {"answers": {"config": {"write_back": write_back}}}}
    result = execute(settings, JOB, day, instance=instance, overrides={"clock": clock}, run_config=chosen)
    status, reason = ending(instance, result)
    reported = said_of_answers(instance, result.run_id) if result.success else {}
    return InquiryResult(day, status, reason, result.run_id, reported)
