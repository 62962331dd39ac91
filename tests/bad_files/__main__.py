"""Prints what becomes of each bad file, and how many are as documented."""

from __future__ import annotations

import sys

from tests.bad_files.playing import differences
from tests.bad_files.table import files


def main() -> int:
    """0 if all are as documented."""
    good, listed = 0, files()
    for file in listed:
        wrong = list(differences(file))
        good += not wrong
        print(f"{'ok ' if not wrong else 'NOT'} {file.kind}: {file.name}: {file.outcome}", *wrong, sep="\n      ")  # noqa: T201
    print(f"{good} of {len(listed)} as documented")  # noqa: T201
    return 0 if good == len(listed) else 1


if __name__ == "__main__":
    sys.exit(main())
