"""The section [storage]: the object store that keeps every state which a run has left."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from resources.settings.orders import EnvName, Seconds, Section, Text

StoreUrl = Annotated[
    str,
    Field(pattern=r"^s3://[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._=-]+)*/?$"),
    AfterValidator(lambda url: url.rstrip("/")),
]
LEAST_DAYS = 7  # that anything is kept: see resources/state_store/prune.py
Days = Annotated[int, Field(ge=LEAST_DAYS)]


class Storage(Section):
    """Without it the state is on the disk of this machine only."""

    url: StoreUrl
    endpoint_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+/?$")] | None = None
    region: Text | None = None
    access_key_env: EnvName = "RECON_STORAGE_ACCESS_KEY"
    secret_key_env: EnvName = "RECON_STORAGE_SECRET_KEY"  # noqa: S105 - a name, not the secret
    session_token_env: EnvName = "RECON_STORAGE_SESSION_TOKEN"  # noqa: S105 - a name, not the secret
    connect_timeout_seconds: Seconds = 10
    read_timeout_seconds: Seconds = 60
    attempts: Annotated[int, Field(gt=0)] = 5
    keep_states: Annotated[int, Field(gt=0)] = 10
    keep_days: Days = 30
    unnamed_days: Days = 14
