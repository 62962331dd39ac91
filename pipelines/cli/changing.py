"""A command that changes the state: taken and stored as in a run, and an exit code if it is not stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import typer

from pipelines.cli.exit_codes import FAILED
from pipelines.kept_state import NOT_STORED, changing_state
from resources.settings import Settings
from resources.state_store.record import Stored
from views.terminal import print_error


@contextmanager
def command_changes_state(settings: Settings, doing: str, *days: date, alone: bool = True) -> Iterator[None]:
    """As `changing_state`, for a command that shows its results inside; in the end it exits if they are not stored."""
    with changing_state(settings, doing, *days, alone=alone) as stored:
        yield
    require_stored(stored)


def require_stored(stored: Stored) -> None:
    """Says why a changed state is not in the object store, and ends the command. The next one stores it."""
    if stored.problem:
        print_error(f"recon: {NOT_STORED}: {stored.problem}")
        raise typer.Exit(FAILED)
