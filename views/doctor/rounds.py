"""All connected systems side by side: one that fails or never answers does not keep the others from being checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from recon.errors import ReconError
from views.doctor.findings import Finding, wrong

LIMIT_SECONDS = 30.0
T = TypeVar("T")


class StoppedError(Exception):
    """What was found makes further checks of this system useless."""

    def __init__(self, check: str, found: str, key: str, do: str) -> None:
        self.finding = wrong(check, found, key, do)
        super().__init__(found)


@contextmanager
def expected(check: str, key: str) -> Iterator[None]:
    """An error of ours becomes a finding, and the last one of this system."""
    try:
        yield
    except ReconError as error:
        raise StoppedError(check, error.what, key, error.do) from None


def within(seconds: float, ask: Callable[[], T]) -> T | None:
    """What somebody answers; None if that takes too long or fails."""
    answers: list[T] = []

    def listen() -> None:
        with suppress(Exception):
            answers.append(ask())

    asking = threading.Thread(target=listen, name="doctor-within", daemon=True)
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else None


@dataclass(frozen=True)
class ConnectedSystem:
    """What a run needs and doctor checks; `key` is the part of recon.toml that describes it."""

    name: str
    key: str
    look: Callable[[], Iterable[Finding]]


def examine(systems: Sequence[ConnectedSystem], limit_seconds: float = LIMIT_SECONDS) -> list[Finding]:
    """The findings, system after system; one without an answer when the time is over is named."""
    visits = [_Visit(system) for system in systems]
    until = time.monotonic() + limit_seconds
    for visit in visits:
        visit.start()
    for visit in visits:
        visit.join(max(0.0, until - time.monotonic()))
    return [finding for visit in visits for finding in visit.findings(limit_seconds)]


class _Visit(threading.Thread):
    """One system; a daemon thread, so that a silent one cannot keep the program."""

    def __init__(self, system: ConnectedSystem) -> None:
        super().__init__(name=f"doctor-{system.name}", daemon=True)
        self._system = system
        self._found: list[Finding] = []

    def run(self) -> None:
        """Looks, and notes what stops it."""
        try:
            for finding in self._system.look():
                self._found.append(finding)
        except StoppedError as stopped:
            self._found.append(stopped.finding)
        except ReconError as error:
            self._found.append(wrong("look", error.what, self._system.key, error.do))
        except Exception as error:  # whatever it is, the others go on; its text may hold a secret
            what = f"could not be looked at ({type(error).__name__})"
            self._found.append(
                wrong("look", what, self._system.key, "Correct this section, or report a fault of this program")
            )

    def findings(self, limit_seconds: float) -> list[Finding]:
        """What was found until now."""
        found = list(self._found)
        if self.is_alive():
            what = f"no answer within {limit_seconds:g} s"
            found.append(wrong("time", what, self._system.key, "Check the network and firewalls, then try again"))
        return [replace(finding, system=self._system.name) for finding in found]
