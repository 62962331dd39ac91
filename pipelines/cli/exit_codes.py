"""How a command of `recon` ends: what its help says, and what a scheduler looks at."""

from __future__ import annotations

DONE, FAILED, INCOMPLETE = 0, 1, 2
OF_STATUS = {"proved": DONE, "failed": FAILED, "incomplete": INCOMPLETE}  # of a `DayResult`
