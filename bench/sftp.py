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
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bench.measure import run_child
from recon.reports.names import ReportKind, ReportName, report_directory
from resources.landing import Landing
from resources.report_sftp import MIB, ReportSftp
from tests.support.sshd import Sshd, running_sshd

PARTICIPANT, AGREEMENT = "1022188000000123", "2188EU0001"
DAY = date(2026, 11, 19)
SETS = {"40 files of 5 MB": (40, 5), "one file of 1 GB": (1, 1024)}
RUNS = 5


@dataclass(frozen=True)
class Transfer:
    """Medians of one set of files, in seconds; `ratio`: how many times as fast as theirs ours is."""

    files: str
    ours: float
    ours_cpu: float
    theirs: float

    @property
    def ratio(self) -> float:
        """Above 1: ours is faster."""
        return self.theirs / self.ours


def transfers(runs: int = RUNS) -> list[Transfer]:
    """Each set of files, ours and theirs in turn."""
    with tempfile.TemporaryDirectory() as folder, running_sshd(Path(folder)) as server:
        return [_transfer(server, name, count, size, runs) for name, (count, size) in SETS.items()]


def _transfer(server: Sshd, name: str, count: int, size: int, runs: int) -> Transfer:
    remote = Path(report_directory(str(server.root), ReportKind.TRANSACTION_DETAIL.area, PARTICIPANT, DAY))
    shutil.rmtree(remote, ignore_errors=True)
    remote.mkdir(parents=True)
    for seq in range(count):
        report = ReportName(ReportKind.TRANSACTION_DETAIL, PARTICIPANT, "EUR", "2026111900000001", AGREEMENT, seq)
        with (remote / report.file_name).open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(MIB))
    taken = [(_ours(server), _theirs(server, remote)) for _ in range(runs)]
    return Transfer(
        name,
        statistics.median(ours["seconds"] for ours, _ in taken),
        statistics.median(ours["cpu"] for ours, _ in taken),
        statistics.median(theirs for _, theirs in taken),
    )


def _ours(server: Sshd) -> dict[str, float]:
    settings = {key: str(value) if isinstance(value, Path) else value for key, value in server.settings().items()}
    result, _ = run_child([sys.executable, "-m", "bench.sftp", json.dumps(settings)])
    return result


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
    paths = {key: Path(str(settings.pop(key))) for key in ("known_hosts", "private_key_file")}
    with tempfile.TemporaryDirectory(dir=paths["known_hosts"].parent) as folder:
        landing = Landing(
            Path(folder), participant_id=PARTICIPANT, agreement_ids=[AGREEMENT], now=lambda: datetime.now(UTC)
        )
        with ReportSftp(**settings, **paths) as server:  # type: ignore[arg-type]
            server.list_folder("/")
            started, cpu = time.perf_counter(), time.process_time()
            landing.land(DAY, server, [ReportKind.TRANSACTION_DETAIL])
            print(json.dumps({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
