"""The whole clearing day, as a person would run it, from SFTP on loopback to exports: seconds by step, peak memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.inputs import Inputs
from bench.measure import run_child
from sandbox.serving import SftpServer


def whole_day(inputs: Inputs) -> tuple[list[tuple[str, float]], float]:
    """Steps in order with their seconds, and the peak memory of the process in MiB. The state starts empty."""
    inputs.clear()
    with SftpServer(inputs.directory) as server:
        inputs.point_at(server.port)
        child = run_child([sys.executable, "-m", "bench.day", str(inputs.directory)], inputs.environ())
    return [(str(name), float(seconds)) for name, seconds in child.result["steps"]], child.peak_mib


def main(directory: str) -> None:
    """The child: one day, recorded in a Dagster instance of its own."""
    from pipelines.instance import open_instance
    from pipelines.run_day import run_day

    inputs = Inputs(Path(directory))
    settings = inputs.settings()
    with open_instance(settings) as instance:
        result = run_day(settings, inputs.day, instance=instance)
        if result.status != "proved":
            sys.exit(f"{result.status}: {result.reason}")
        stats = sorted(instance.get_run_step_stats(result.run_id), key=lambda step: step.start_time or 0)
    steps = [(step.step_key, (step.end_time or 0) - (step.start_time or 0)) for step in stats]
    print(json.dumps({"steps": steps}))


if __name__ == "__main__":
    main(sys.argv[1])
