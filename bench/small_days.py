"""Days of a thousand payments: CPU seconds of each in a warm process, of the commands cold, and of the demo."""

from __future__ import annotations

import json
import shutil
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from bench.inputs import LAST_DAY, Inputs
from bench.measure import run_child
from sandbox.seeding import seed
from sandbox.serving import SftpServer

PAYMENTS = 1000
CLI = [sys.executable, "-m", "pipelines.cli"]


def small_days(directory: Path, days: int) -> dict[str, str]:
    """The figures of `bench.aims`, by name."""
    inputs = seeded_days(directory / f"{days}_days", days)
    environ = inputs.environ()
    with SftpServer(inputs.directory) as server:
        inputs.point_at(server.port)
        inputs.clear()
        cold = run_child([*CLI, "run", "--day", str(LAST_DAY - timedelta(days=days - 1))], environ)
        inputs.clear()
        taken = run_child([sys.executable, "-m", "bench.small_days", str(inputs.directory), str(days)], environ).result
        listed = json.loads(run_child([*CLI, "breaks", "--json"], environ).output)
    cpu = taken["cpu"]
    identifier = next(one["payment_request_id"] for one in listed if one["payment_request_id"])
    return {
        "small day": f"{cpu[1]:.1f}",
        "small day, cold": f"{cold.seconds:.1f}",
        "last day": f"{cpu[-1] / cpu[1]:.2f}x, day {days}: {cpu[-1]:.1f} s, {taken['open'][-1]:,} breaks are open",
        "help": f"{run_child([*CLI, '--help'], environ).cpu:.2f}",
        "trail": f"{run_child([*CLI, 'trail', identifier], environ).cpu:.2f}",
    }


def demo(directory: Path) -> dict[str, str]:
    """As a person runs it for the first time."""
    folder = directory / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    return {"demo": f"{run_child([sys.executable, '-m', 'pipelines.demo', '--dir', str(folder)]).seconds:.0f}"}


def seeded_days(directory: Path, days: int) -> Inputs:
    """Days of a thousand payments, seeded once and kept."""
    if not (directory / "truth.csv").exists():
        seed(directory, days=days, payments=PAYMENTS, last_day=LAST_DAY)
    return Inputs(directory.resolve())


def main(directory: str, days: int) -> None:
    """The child: all days in one process, each with its CPU seconds and how many breaks it left open."""
    from pipelines.build_resources import warehouse_of
    from pipelines.instance import open_instance
    from pipelines.run_day import run_day

    inputs = Inputs(Path(directory))
    settings = inputs.settings()
    cpu, left_open = list[float](), list[int]()
    with open_instance(settings) as instance:
        for back in reversed(range(days)):
            day: date = LAST_DAY - timedelta(days=back)
            started = time.process_time()
            result = run_day(settings, day, instance=instance)
            cpu.append(time.process_time() - started)
            if result.status != "proved":
                sys.exit(f"{result.status}: {result.reason}")
            with warehouse_of(settings).connect() as connection:
                statement = "SELECT COUNT(*) FROM breaks.items WHERE as_of_day = ? AND state = 'OPEN'"
                left_open.extend(count for (count,) in connection.execute(statement, [day]).fetchall())
    print(json.dumps({"cpu": cpu, "open": left_open}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
