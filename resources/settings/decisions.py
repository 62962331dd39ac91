"""The section [decisions]: who may accept a difference or write an amount off, and who has to agree."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from resources.settings.orders import EnvName, Section, Text

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]+$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LimitSettings(Section):
    """Up to an amount at risk, who may ask and who may approve."""

    kind: Literal["accept", "write_off"]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    up_to: Text  # in the currency's units: "10.00"
    may_ask: Annotated[tuple[Name, ...], Field(min_length=1)]
    may_approve: Annotated[tuple[Name, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _two_persons(self) -> Self:
        if len({*self.may_ask, *self.may_approve}) < 2:
            raise ValueError("may_ask and may_approve name one person only, who could not approve their own requests")
        return self


class Decisions(Section):
    """Without a limit nothing can be accepted or written off; every other decision is open to all."""

    token_env: EnvName = "RECON_DECISION_TOKEN"  # noqa: S105 - a name, not the secret
    people: dict[Name, Digest] = Field(default_factory=dict)  # sha256 of the token of each
    limits: tuple[LimitSettings, ...] = ()
