"""A process that sends what is due from a state directory; its test kills it while the other side has the message."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dagster as dg

from pipelines.cli.alerts import alert_service
from resources.settings import load_settings
from tests.support.asking import Clock

if __name__ == "__main__":
    settings = load_settings(Path(sys.argv[1]) / "recon.toml", os.environ)
    with dg.DagsterInstance.ephemeral() as instance:
        alert_service(settings, instance, {"clock": Clock()}).notify()
