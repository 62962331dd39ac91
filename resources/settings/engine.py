"""The section [engine]: where the statements of the match run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from resources.settings.orders import EnvName, Section


class EngineKind(StrEnum):
    """DuckDB in this process, or a server that speaks Spark Connect."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class EngineSettings(Section):
    """Where the statements of the match run."""

    kind: EngineKind = EngineKind.DUCKDB
    url: Annotated[str, Field(pattern=r"^(sc://[^\s/;?#@]+(/(;[^\s;=?#@]+=[^\s;?#@]*)*)?)?$")] = ""
    token_env: EnvName = "RECON_ENGINE_TOKEN"  # noqa: S105 - a name, not the secret
    wait_seconds: Annotated[int, Field(ge=0, le=24 * 60 * 60)] = 60

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind is EngineKind.SPARK and not self.url:
            raise ValueError('kind = "spark" needs a url, such as "sc://localhost:15002"')
        if self.kind is EngineKind.DUCKDB and self.url:
            raise ValueError('a url is for kind = "spark"; DuckDB runs in this process')
        if ";token=" in self.url.lower():
            raise ValueError("a token does not belong in the file: set the variable that token_env names")
        return self
