"""What `make ui` runs: the Dagster UI on the sandbox, with its SFTP server and its API, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pipelines.cli.sandbox import LAST_DAY
from pipelines.demo import prepare, use_environment
from pipelines.environment import DAGSTER_VARIABLE, HOME_VARIABLE, environment
from pipelines.interruption import run_command
from pipelines.packaged import PROJECT
from views.terminal import print_line

HOST = "127.0.0.1"
WORKSPACE = """load_from:
  - python_module:
      module_name: pipelines.definitions
      location_name: recon
"""
SERVICES = ("dagster-webserver", "dagster-daemon")
STOP_SECONDS = 1.5
# The daemon renews its code server each minute, and the old one warns that it goes: of those only errors are shown.
LOG_LEVELS = ("--log-level", "warning", "--code-server-log-level", "error")


def serve_ui(folder: Path, port: int) -> int:
    """Seeds if needed and serves until a service ends or somebody stops it."""
    from sandbox.answers import asked_at
    from sandbox.api import ApiServer
    from sandbox.serving import SftpServer, configured_api_port, configured_port

    prepare(folder)
    use_environment(folder / "sandbox.env")
    with ExitStack() as stack:
        server = stack.enter_context(SftpServer(folder, configured_port(folder)))
        api = stack.enter_context(ApiServer(folder, configured_api_port(folder), at=asked_at(LAST_DAY)))
        running = stack.enter_context(services(folder, port))
        print_line(f"SFTP server on {server.host}:{server.port}, inquiryPayment on {api.base_url}")
        print_line(f"Dagster on http://{HOST}:{port} in a few seconds; stop with Ctrl-C")
        print_line(
            "Try: Jobs, clearing_day, then inquiries, Launchpad or Partitions; the days are those of the sandbox"
        )
        while all(service.poll() is None for service in running):
            time.sleep(0.5)
        return next((service.returncode for service in running if service.returncode), 0)


@contextmanager
def services(folder: Path, port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The webserver on this port of loopback and the daemon, of the configuration in RECON_CONFIG, until the end."""
    with ExitStack() as stack:
        stack.enter_context(environment(_dagster_homes(folder)))
        import dagster as dg

        with dg.DagsterInstance.get():  # makes the databases; two services that both make them ruin them
            pass
        workspace = _records(folder) / "workspace.yaml"
        workspace.write_text(WORKSPACE)
        yield [_started(stack, name, port, workspace) for name in SERVICES]


def _dagster_homes(folder: Path) -> dict[str, str]:
    """Dagster's own records are with the state of the sandbox, as `recon run` keeps them there."""
    return {HOME_VARIABLE: str(_records(folder)), DAGSTER_VARIABLE: str(PROJECT)}


def _records(folder: Path) -> Path:
    records = folder / "state" / "dagster"
    records.mkdir(parents=True, exist_ok=True)
    return records


def _started(stack: ExitStack, name: str, port: int, workspace: Path) -> subprocess.Popen[bytes]:
    place = ["-h", HOST, "-p", str(port)] if name == SERVICES[0] else ["run"]
    command = [str(Path(sys.executable).with_name(name)), *place, "-w", str(workspace)]
    service = subprocess.Popen([*command, *LOG_LEVELS], start_new_session=True)  # noqa: S603
    stack.callback(_end, service)
    return service


def _end(service: subprocess.Popen[bytes]) -> None:
    """Its processes are asked to end, and killed if they take long."""
    os.killpg(service.pid, signal.SIGTERM)
    try:
        service.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(service.pid, signal.SIGKILL)
        service.wait()


def main(arguments: Any = None) -> None:
    """`python -m pipelines.ui --dir var/demo`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, dest="folder")
    parser.add_argument("--port", type=int, default=3000)
    chosen = parser.parse_args(arguments)
    run_command("ui", lambda: serve_ui(chosen.folder.resolve(), chosen.port))


if __name__ == "__main__":
    main()
