"""What `make demo` runs: three clearing days on the sandbox, from SFTP to the list of breaks, and the
questions to Alipay+ about what is unresolved on the last one.

The sandbox is seeded once and served on loopback; the days run in order through Dagster. The loop
asks at an instant of its own, five minutes after the last day was judged, so that the demo is the
same every time. A second run lands nothing, asks nothing, gives the same exports, and says so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from pipelines.build_resources import journal_of
from pipelines.cli.exit_codes import OF_STATUS
from pipelines.cli.inquire import ask_and_run
from pipelines.cli.run import show_result
from pipelines.cli.sandbox import LAST_DAY, seed_sandbox, show_score
from pipelines.environment import DAGSTER_VARIABLE, HOME_VARIABLE
from pipelines.interruption import run_command
from recon.errors import ReconError
from recon.listing import counted
from resources.files import create_readable_by
from resources.imports import kept_imports
from resources.settings import Settings, load_settings
from views.terminal import print_line, waiting

DAYS, PAYMENTS, SEED, PORT = 3, 1000, 1, 2222  # payments a day
MARKER = "demo.json"


def demo(folder: Path, payments: int = PAYMENTS) -> int:
    """Seeds if needed, runs the days, shows the last one; the exit code."""
    create_readable_by("owner")
    started = time.monotonic()
    prepare(folder, payments)
    with served(folder) as settings:
        before = _footprint(settings)
        code = _run(settings)
        after = _footprint(settings)
    asked = journal_of(settings).history().height
    if code == 0 and not show_score(folder, LAST_DAY, briefly=True):
        code = 1
    landed = sum(1 for name in after if name.startswith("landed/"))
    if before == after:
        print_line(
            f"nothing changed: {counted(landed, 'file')} already landed, {counted(asked, 'question')} already asked, "
            "exports identical"
        )
    print_line(f"{DAYS} days in {time.monotonic() - started:.0f} seconds")
    return code


def demo_days() -> list[date]:
    """The days of the demo, in order."""
    return [LAST_DAY - timedelta(days=back) for back in reversed(range(DAYS))]


def prepare(folder: Path, payments: int = PAYMENTS) -> None:
    """A seeded folder; what another version of the sandbox made there is replaced."""
    marker = folder / MARKER
    wanted = json.dumps({"seed": SEED, "payments": payments, "sandbox": _sandbox_version()})
    if marker.exists() and marker.read_text() == wanted:
        print_line(f"Sandbox in {folder}: seeded before")
        return
    if folder.exists() and any(folder.iterdir()):
        if not marker.exists():
            raise ReconError(
                "the folder holds something else",
                where=str(folder),
                do="Name an empty one in DEMO_DIR",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text("unfinished")
    seed_sandbox(
        folder, days=DAYS, payments=payments, number=SEED, last_day=LAST_DAY,
        mode="multi-batch", faults=True, orders_url=None, port=PORT,
    )  # fmt: skip
    marker.write_text(wanted)


@contextmanager
def served(folder: Path) -> Iterator[Settings]:
    """The settings of the sandbox while its SFTP server and its API run on free ports of loopback."""
    from sandbox.answers import asked_at
    from sandbox.api import ApiServer
    from sandbox.serving import SftpServer

    use_environment(folder / "sandbox.env")
    settings = load_settings(folder / "recon.toml")
    with SftpServer(folder) as server, ApiServer(folder, at=asked_at(LAST_DAY)) as api:
        print_line(f"SFTP server on {server.host}:{server.port}, inquiryPayment on {api.base_url}")
        sftp = settings.wanted_sftp().model_copy(update={"port": server.port})
        inquiry = settings.inquiry and settings.inquiry.model_copy(update={"base_url": api.base_url})
        yield settings.model_copy(update={"sftp": sftp, "inquiry": inquiry})


def _run(settings: Settings) -> int:
    with kept_imports():
        from pipelines.instance import open_instance
        from pipelines.run_day import run_day
        from sandbox.answers import asked_at

    with open_instance(settings) as instance:
        for day in demo_days():
            started = time.monotonic()
            with waiting(f"Clearing day {day}"):
                result = run_day(settings, day, instance=instance)
            print_line(f"{day} {result.status} in {time.monotonic() - started:.1f} seconds")
            if code := OF_STATUS[result.status]:
                show_result(result)
                return code
        code, again = ask_and_run(settings, LAST_DAY, instance=instance, clock=lambda: asked_at(LAST_DAY))
        show_result(again or result)
    return code


def use_environment(file: Path) -> None:
    """Takes what sandbox.env exports."""
    for line in file.read_text().splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        os.environ[name] = "".join(shlex.split(value))
    for name in (DAGSTER_VARIABLE, HOME_VARIABLE):  # the demo keeps to its own folder
        os.environ.pop(name, None)


def _footprint(settings: Settings) -> dict[str, str]:
    """Every landed report, every question and answer, and every exported file, by content."""
    landed, exports = settings.warehouse.directory / "landed", settings.exports.directory
    files = {path: f"landed/{path.name}" for path in landed.rglob("*.csv.v*[0-9]")}
    files |= {path: f"exports/{path.relative_to(exports)}" for path in exports.rglob("*.*")}
    found = {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in files.items()}
    return found | {"journal": hashlib.sha256(journal_of(settings).history().write_csv().encode()).hexdigest()}


def _sandbox_version() -> str:
    """Another sandbox would make other files: its sources are its version."""
    import sandbox

    digest = hashlib.sha256()
    for path in sorted(Path(sandbox.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    """`python -m pipelines.demo --dir var/demo`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, dest="folder")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="a day")
    chosen = parser.parse_args()
    run_command("demo", lambda: demo(chosen.folder.resolve(), chosen.payments))


if __name__ == "__main__":
    main()
