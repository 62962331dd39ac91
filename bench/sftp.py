"""Landing over SFTP against OpenSSH's own client and `sha256sum`, both from one OpenSSH server on loopback.

Ours is the landing of the product: fetched, hashed, on disk, with receipts. Theirs is `sftp -b`, then `sha256sum`, then
`sync` of the files. The time to start and to log in is left out on both sides.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from bench.measure import run_child
from recon.reports.names import ReportKind, ReportName, report_directory
from resources.landing import Landing
from resources.report_sftp import MIB
from tests.support.report_sftp import report_sftp
from tests.support.sshd import Sshd, running_sshd

PARTICIPANT, AGREEMENT = "1022188000000123", "2188EU0001"
DAY = date(2026, 11, 19)
SETS = {"sftp, small files": (40, 5), "sftp, large file": (1, 1024)}  # files and their MiB


def transfers(runs: int) -> dict[str, str]:
    """The figures of `bench.aims`, by name: medians of ours and theirs in turn. Above 1: ours is faster."""
    with tempfile.TemporaryDirectory() as folder, running_sshd(Path(folder)) as server:
        return {name: _transfer(server, *files, runs) for name, files in SETS.items()}


def _transfer(server: Sshd, count: int, size: int, runs: int) -> str:
    remote = Path(report_directory(str(server.root), ReportKind.TRANSACTION_DETAIL.area, PARTICIPANT, DAY))
    shutil.rmtree(remote, ignore_errors=True)
    remote.mkdir(parents=True)
    for seq in range(count):
        report = ReportName(ReportKind.TRANSACTION_DETAIL, PARTICIPANT, "EUR", "2026111900000001", AGREEMENT, seq)
        with (remote / report.file_name).open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(MIB))
    taken = [(_ours(server)["seconds"], _theirs(server, remote)) for _ in range(runs)]
    ours, theirs = (statistics.median(seconds) for seconds in zip(*taken, strict=True))
    return f"{theirs / ours:.2f}x ({ours:.1f} s against {theirs:.1f})"


def _ours(server: Sshd) -> dict[str, float]:
    settings = {key: str(value) if isinstance(value, Path) else value for key, value in server.settings().items()}
    return run_child([sys.executable, "-m", "bench.sftp", json.dumps(settings)]).result


def _theirs(server: Sshd, remote: Path) -> float:
    server.settings()  # writes known_hosts
    with tempfile.TemporaryDirectory(dir=server.directory) as folder:
        start = _seconds(_sftp(server, ""), folder)
        return (
            _seconds(_sftp(server, f"get {remote}/*.csv"), folder)
            - start
            + _seconds(["sh", "-c", "sha256sum *.csv && sync -d *.csv"], folder)
        )


def _sftp(server: Sshd, batch: str) -> list[str]:
    path = server.directory / "batch"
    path.write_text(f"{batch}\n")
    return [
        "sftp", "-q", "-b", str(path), "-P", str(server.port), "-i", str(server.directory / "client_key"),
        "-o", f"UserKnownHostsFile={server.directory}/known_hosts_{server.port}", f"{getpass.getuser()}@127.0.0.1",
    ]  # fmt: skip


def _seconds(command: list[str], folder: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main(settings: dict[str, str | int | float]) -> None:
    """The child: lands what is on the server, once it has logged in."""
    with tempfile.TemporaryDirectory(dir=Path(str(settings["known_hosts"])).parent) as folder:
        landing = Landing(
            Path(folder), participant_id=PARTICIPANT, agreement_ids=[AGREEMENT], now=lambda: datetime.now(UTC)
        )
        with report_sftp(**settings) as server:
            server.list_folder("/")
            started, cpu = time.perf_counter(), time.process_time()
            landing.land(DAY, server, [ReportKind.TRANSACTION_DETAIL])
            print(json.dumps({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
