"""The section [alerts]: who is notified of what, and how close a deadline is near."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from recon.alerts import Cause, Message
from recon.breaks.catalogue import CATALOGUE, Severity
from resources.settings.orders import EnvName, Minutes, Section

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


class DigestSettings(Section):
    """The daily digest of one team: of which breaks, and where it goes."""

    team: Annotated[str, Field(pattern=r"^\w[\w .&-]*$")]
    who_acts: Annotated[tuple[str, ...], Field(min_length=1)]
    channels: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("who_acts")
    @classmethod
    def _are_words_of_the_list(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        known = sorted({entry.who_acts for entry in CATALOGUE.values()})
        if unknown := sorted(set(words) - set(known)):
            raise ValueError(f"{unknown[0]} acts on no break; choose from {', '.join(known)}")
        return words


class Alerts(Section):
    """The channels for alerts. Without one, no alert is sent."""

    ui_url: Address = ""
    report_url: Address = ""
    runbook_url: Address = ""
    late_minutes: Minutes = 60
    deadline_hours: Annotated[int, Field(gt=0, le=24 * 365)] = 48
    file_loss_days: Annotated[int, Field(ge=0, le=7)] = 2
    channels: tuple[ChannelSettings, ...] = ()
    digests: tuple[DigestSettings, ...] = ()

    @model_validator(mode="after")
    def _distinct_channels(self) -> Self:
        names = [channel.name for channel in self.channels]
        if len(set(names)) < len(names):
            raise ValueError("two [[alerts.channels]] have the same name")
        return self

    @model_validator(mode="after")
    def _digests_reach_somebody(self) -> Self:
        teams = [digest.team for digest in self.digests]
        if len(set(teams)) < len(teams):
            raise ValueError("two [[alerts.digests]] have the same team")
        names = {channel.name for channel in self.channels}
        for digest in self.digests:
            if unknown := sorted(set(digest.channels) - names):
                raise ValueError(
                    f"the digest of {digest.team} names {unknown[0]}, which is not the name of an [[alerts.channels]]"
                )
        return self

    def channels_for(self, message: Message) -> list[str]:
        """Who gets a message: a digest the channels of its team, any other one those that want it."""
        if message.cause is Cause.DAILY_DIGEST:
            return [name for digest in self.digests if digest.team == message.subject for name in digest.channels]
        return [channel.name for channel in self.channels if channel.wants(message.cause, message.severity)]
