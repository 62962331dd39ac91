"""One run at a time on a state directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recon.errors import BusyError
from resources.state_lock import StateLock
from tests.support import ROOT

HOLD = """
import sys, time
from pathlib import Path
from resources.state_lock import StateLock
with StateLock(Path(sys.argv[1]), 0).held("run of 2026-11-20"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def another_process(directory: Path, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock for a while."""
    command = [sys.executable, "-c", HOLD, str(directory), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_reported_who_holds_it(tmp_path: Path) -> None:
    with another_process(tmp_path, 30) as process:
        lock = StateLock(tmp_path, 0.2)
        with pytest.raises(BusyError) as caught, lock.held("run of 2026-11-21"):
            pass
        assert f"process {process.pid}, run of 2026-11-20" in str(caught.value)


def test_it_waits_until_the_first_is_done(tmp_path: Path) -> None:
    with another_process(tmp_path, 0.3), StateLock(tmp_path, 10).held("run"):
        assert f"process {os.getpid()}, run" in (tmp_path / ".lock").read_text()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with another_process(tmp_path, 30) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        started = time.monotonic()
        with StateLock(tmp_path, 5).held("run"):
            assert time.monotonic() - started < 2


def test_one_process_may_take_it_twice(tmp_path: Path) -> None:
    with StateLock(tmp_path, 0).held("job"), StateLock(tmp_path / ".", 0).held("step"):
        pass
    with another_process(tmp_path, 0):
        pass


def test_it_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), StateLock(tmp_path, 0).held("run"):
        raise RuntimeError
    with another_process(tmp_path, 0):
        pass
