"""What several files of integration tests stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Postgres, installed, running_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """PostgreSQL, where a file has no server of its own."""
    binaries = installed()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    with running_postgres(binaries) as running:
        yield running
