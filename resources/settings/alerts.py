"""The section [alerts]: who is notified of what, and how close a deadline is near."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from recon.alerts import Cause
from recon.breaks.catalogue import Severity
from resources.settings.orders import EnvName, Section

Address = Annotated[str, Field(pattern=r"^(https?://[^\s?#@]+)?$")]


class ChannelSettings(Section):
    """Where messages go: mail, Slack, Teams or a webhook, as the address in the variable says."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    url_env: EnvName
    causes: tuple[Cause, ...] = ()  # all of them
    min_severity: Severity = Severity.S4

    def wants(self, cause: Cause, severity: Severity) -> bool:
        """Whether a message is for this channel."""
        return (not self.causes or cause in self.causes) and severity <= self.min_severity


class Alerts(Section):
    """The channels for alerts. Without one, no alert is sent."""

    ui_url: Address = ""
    report_url: Address = ""
    runbook_url: Address = ""
    late_minutes: Annotated[int, Field(ge=0)] = 60
    deadline_hours: Annotated[int, Field(gt=0, le=24 * 365)] = 48
    file_loss_days: Annotated[int, Field(ge=0, le=7)] = 2
    channels: tuple[ChannelSettings, ...] = ()

    @model_validator(mode="after")
    def _distinct_channels(self) -> Self:
        names = [channel.name for channel in self.channels]
        if len(set(names)) < len(names):
            raise ValueError("two [[alerts.channels]] have the same name")
        return self
