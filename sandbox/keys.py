"""The keys of the sandbox's SFTP server: made once per directory, the only part that is random."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncssh

HOST = "127.0.0.1"
USERNAME = "recon"


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys of a sandbox directory are."""

    host_key: Path
    client_key: Path
    known_hosts: Path

    @property
    def authorized_keys(self) -> Path:
        """The public half of the client's key, as the server wants it."""
        return self.client_key.with_suffix(".pub")


def make_keys(directory: Path, *ports: int) -> Keys:
    """Makes what is missing and writes `known_hosts` for these ports."""
    folder = directory / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = Keys(folder / "host_ed25519", folder / "client_ed25519", folder / "known_hosts")
    for file in (keys.host_key, keys.client_key):
        if not file.exists():
            key = asyncssh.generate_private_key("ssh-ed25519", comment=file.name)
            key.write_public_key(file.with_suffix(".pub"))
            key.write_private_key(file)
            file.chmod(0o600)
    kind, public = keys.host_key.with_suffix(".pub").read_text().split()[:2]
    hosts = [HOST if port == 22 else f"[{HOST}]:{port}" for port in sorted(set(ports))]
    keys.known_hosts.write_text("".join(f"{host} {kind} {public}\n" for host in hosts))
    return keys
