"""Runs one contender in a process of its own and prints what it took: python -m bench.child NAME DIRECTORY."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from bench.inputs import Inputs


def main(name: str, directory: str) -> None:
    """Imports first, then the clock."""
    contender = importlib.import_module(f"bench.contenders.{name}")
    inputs = Inputs(Path(directory))
    started, cpu = time.perf_counter(), time.process_time()
    found = contender.match(inputs)
    print(json.dumps({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "found": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
