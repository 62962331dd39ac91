"""How every command ends on SIGINT (Ctrl-C) and SIGTERM: within seconds, with one line and the exit code of the signal
(130, 143), whatever it waits for.

The signal is raised as `Interrupted` in the main thread, so that a command removes its scratch files; a command that
is still there after a moment is ended all the same. That is safe at any instant, as kill -9 is: see bench/kills.py.
"""

from __future__ import annotations

import contextvars
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import FrameType
from typing import NoReturn, TypeVar

from recon.errors import ReconError
from resources.waiting import LOGGER

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 3.5
NUDGE_SECONDS = 0.1
RUN_AGAIN = "What was not finished does not count: run it again"
CLEAN_LINE = "\r\x1b[2K\x1b[?25h"  # of a progress bar
Got = TypeVar("Got")


class Interrupted(BaseException):
    """A person or a service manager wants this command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Shown(logging.Handler):
    """What is waited for, as a line of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(record.getMessage())


_command = "recon"
_stop: Interrupted | None = None  # the signal that came
_is_over = threading.Lock()  # taken by whoever ends the process


def run_command(name: str, act: Callable[[], int]) -> NoReturn:
    """Runs a whole command in the main thread and exits with its code, with that of the signal that ended it, or with 1
    and one line after an error of ours.
    """
    global _command
    _command = name
    if not LOGGER.handlers:
        LOGGER.addHandler(_Shown())
    noticed, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)  # the number of each signal, even while C code is busy
    threading.Thread(target=_end_in_the_end, args=[noticed], daemon=True).start()
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        code = act()
    except BaseException as error:
        if _stop is not None:  # whatever it became on its way: in the middle of a wait for a lock it is a RuntimeError
            end_now(_stop)
        if not isinstance(error, ReconError):
            raise
        _write(str(error))
        code = 1
    sys.exit(code)


def in_a_thread(act: Callable[[], Got]) -> Got:
    """Runs it while the main thread waits: Dagster replaces the signal handlers of a main thread it runs in."""
    future: Future[Got] = Future()
    context = contextvars.copy_context()

    def body() -> None:
        try:
            future.set_result(context.run(act))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=body, daemon=True).start()
    return future.result()


def end_now(stop: Interrupted, then: str = RUN_AGAIN) -> NoReturn:
    """One line, and the end of the process: nothing is cleaned up, no thread is waited for. `then`: what it means."""
    with _is_over:
        _write(f"stopped by {signal.Signals(stop.number).name}. {then}")
        sys.stdout.flush()
        os._exit(128 + stop.number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _stop
    for each in SIGNALS:
        signal.signal(each, _ignore)  # a second one hurries nothing, and does not break what the first one does
    _stop = Interrupted(number)
    raise _stop


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def _end_in_the_end(noticed: int) -> None:
    """Ends the process if the main thread has not done so a moment after the signal.

    A signal that comes just before the main thread begins to wait, or in another thread, does not end that wait, and
    Python runs a handler in the main thread only: so it is sent there again until the handler ran.
    """
    while (number := os.read(noticed, 1)[0]) not in SIGNALS:
        pass
    end = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < end:
        if _stop is None:
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        time.sleep(NUDGE_SECONDS)
    end_now(Interrupted(number))


def _write(text: str) -> None:
    """To stderr without any lock that another thread may hold."""
    clean = CLEAN_LINE if os.isatty(2) else ""
    os.write(2, f"{clean}{_command}: {text}\n".encode())
