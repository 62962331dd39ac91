"""What `make bench` measures, what it was before anybody looked at it, and what it shall be. Seconds and MiB; CPU
seconds where it says so. Only ratios and CPU seconds say something on a machine that others use at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from bench.measure import print_table

# What, before, aim; before: two shared cores, November 2026.
AIMS = {
    "match": ("match + classify against one hand-written join of the same rows, CPU", "6.0x", "2.3x"),
    "match memory": ("its peak memory, MiB", "855", "700"),
    "day": ("whole day through Dagster, after SFTP: sum of the steps, s", "76", "12"),
    "day memory": ("its peak memory, MiB", "1,323", "1,024"),
    "small day": ("a day of 1,000 payments, warm process, CPU s", "10", "4"),
    "small day, cold": ("`recon run` of such a day, cold, to its exit, s", "20", "10"),
    "last day": ("the last of its days against the second, nothing resolved, CPU", "2.8x", "the open list alone"),
    "back-fill": ("thirty days of 1,000 payments, two workers against one, time on two cores", "", "1.7x"),
    "back-fill, CPU": ("their CPU seconds against those of one", "", "1.1x"),
    "demo": ("`make demo` with the environment in place, s", "62 to 81", "25"),
    "help": ("`recon --help`, CPU s", "", "0.5"),
    "trail": ("`recon trail`, CPU s", "", "1.5"),
    "sftp, small files": ("landing 40 files of 5 MB against OpenSSH's client, speed", "0.69x", "1.0x"),
    "sftp, large file": ("landing a file of 1 GB against OpenSSH's client, speed", "0.72x", "0.9x"),
}


def print_figures(console: Console, figures: Mapping[str, str]) -> None:
    """One table; what was not measured is left out."""
    rows = [(*AIMS[name], f"[bold]{figures[name]}") for name in AIMS if name in figures]
    print_table(console, "Figures", ("what", "before", "aim", "now"), rows)
