"""A real OpenSSH server on loopback, and a bad network before it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {directory}/host_key
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
AuthorizedKeysFile {directory}/client_key.pub
Subsystem sftp internal-sftp
LogLevel ERROR
"""


@dataclass(frozen=True)
class Sshd:
    """A running server; `root` is the folder that stands for the server's root."""

    port: int
    directory: Path
    root: Path

    def settings(self, port: int | None = None, **other: Any) -> dict[str, Any]:
        """Keyword arguments of `report_sftp`; by another port, with the same host key."""
        known_hosts = self.directory / f"known_hosts_{port or self.port}"
        key = " ".join((self.directory / "host_key.pub").read_text().split()[:2])
        known_hosts.write_text(f"[127.0.0.1]:{port or self.port} {key}\n")
        return {
            "host": "127.0.0.1",
            "port": port or self.port,
            "username": getpass.getuser(),
            "root": str(self.root),
            "known_hosts": known_hosts,
            "private_key_file": self.directory / "client_key",
            "connect_timeout_seconds": 5,
            "read_timeout_seconds": 5,
            "attempts": 3,
            "backoff_seconds": 0,
        } | other


@contextmanager
def running_sshd(directory: Path) -> Iterator[Sshd]:
    """Start a server with its own host key and one client key; stop it in the end."""
    assert SSHD, "install openssh-server"
    for name in ("host_key", "client_key"):
        make_key(directory / name)
    root = directory / "root"
    root.mkdir()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks itself in as root
    port = free_port()
    config = directory / "sshd_config"
    config.write_text(_CONFIG.format(port=port, directory=directory))
    with (directory / "sshd.log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log)
    try:
        _wait_for(port, directory / "sshd.log")
        yield Sshd(port, directory, root)
    finally:
        server.terminate()
        server.wait(10)


def make_key(path: Path) -> None:
    """An Ed25519 key pair without passphrase."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    for _ in range(100):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"sshd did not start: {log.read_text()}")


class BadNetwork:
    """A relay to a server that cuts its first connections after some bytes, or is slow."""

    def __init__(self, port: int, *, cut_after: int = 0, cuts: int = 0, pause_seconds: float = 0) -> None:
        self.connections = 0
        self._target, self._cut_after, self._cuts = port, cut_after, cuts
        self._pause = pause_seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> BadNetwork:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            limit = self._cut_after if self.connections <= self._cuts else None
            server = socket.create_connection(("127.0.0.1", self._target))
            for source, target, most in ((client, server, None), (server, client, limit)):
                relay = threading.Thread(target=self._relay, args=(source, target, most))
                relay.daemon = True
                relay.start()

    def _relay(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        passed = 0
        try:
            while (content := source.recv(65536)) and (limit is None or passed < limit):
                target.sendall(content)
                passed += len(content)
                if limit is None and self._pause and len(content) > 8192:
                    time.sleep(self._pause)
        except OSError:
            pass
        for end in (source, target):
            with closing(end):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
