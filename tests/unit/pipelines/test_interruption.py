"""SIGINT and SIGTERM end every command with one line and the exit code of the signal, whatever it is busy with."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from resources.state_lock import StateLock
from tests.support import ROOT

COMMAND = """
import signal, sqlite3, sys, threading, time
from pathlib import Path
from pipelines.interruption import in_a_thread, run_command
from resources.state_lock import StateLock

folder = Path(sys.argv[2])


def sleeps():
    try:
        print("ready", flush=True)
        time.sleep(600)
    finally:
        (folder / "cleaned").touch()


def sleeps_while_another_thread_gets_the_signal():
    def get():
        time.sleep(0.5)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    threading.Thread(target=get).start()
    sleeps()


def is_stuck_in_c():
    one, other = (sqlite3.connect(folder / "db", timeout=600, isolation_level=None) for _ in range(2))
    one.execute("BEGIN IMMEDIATE")
    print("ready", flush=True)
    other.execute("BEGIN IMMEDIATE")


def breaks_on_the_way():
    try:
        sleeps()
    finally:
        raise RuntimeError("cannot release un-acquired lock")


def works_in_a_thread():
    in_a_thread(sleeps)


def waits_for_a_lock():
    print("ready", flush=True)
    with StateLock(folder, 600).held("a second run"):
        pass


run_command("recon", lambda: globals()[sys.argv[1]]() or 0)
"""


def started(act: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COMMAND, act, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("act", ["sleeps", "breaks_on_the_way", "is_stuck_in_c", "works_in_a_thread"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_one_line(act: str, number: signal.Signals, code: int, tmp_path: Path) -> None:
    process = started(act, tmp_path)
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert said == f"recon: stopped by {number.name}. What was not finished does not count: run it again\n"
    assert (tmp_path / "cleaned").exists() is (act in ("sleeps", "breaks_on_the_way")), (
        "a command removes what it was making"
    )


def test_a_signal_that_does_not_wake_the_main_thread_lets_it_clean_up_all_the_same(tmp_path: Path) -> None:
    process = started("sleeps_while_another_thread_gets_the_signal", tmp_path)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.count("stopped by SIGTERM")) == (143, 1)
    assert (tmp_path / "cleaned").exists()


def test_it_says_what_it_waits_for_and_a_signal_ends_the_wait(tmp_path: Path) -> None:
    with StateLock(tmp_path).held("run of 2026-11-20"):
        holder = (tmp_path / ".lock").read_text().strip()
        process = started("waits_for_a_lock", tmp_path)
        assert process.stderr is not None
        line = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert line == f"recon: waiting for the state directory, which {holder} holds, at most 600 seconds\n"
    assert "process " in holder
    assert ", run of 2026-11-20, since 20" in holder
    assert (process.returncode, said.count("\n")) == (143, 1)


def test_a_command_that_nobody_stops_ends_as_it_ends(tmp_path: Path) -> None:
    script = "from pipelines.interruption import run_command; run_command('recon', lambda: 2)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
