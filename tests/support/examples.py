"""How many examples a property test draws, and whether they are new ones.

`drawn`: new in each run, the default; one that failed is kept in `.hypothesis/` and tried first.
`ci`: the same in each run, wherever the variable CI is set. `deep`: twenty times as many (`make test-deep`).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

USUAL, DEEP = 100, 2000


def load_profile() -> None:
    """Once a run, before any test module is imported; `--hypothesis-profile` chooses another one."""
    anyhow = {
        "parent": settings.get_profile("default"),
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
        "print_blob": True,
    }
    settings.register_profile("drawn", max_examples=USUAL, derandomize=False, **anyhow)  # type: ignore[arg-type]
    settings.register_profile("ci", max_examples=USUAL, derandomize=True, database=None, **anyhow)  # type: ignore[arg-type]
    settings.register_profile("deep", max_examples=DEEP, derandomize=False, **anyhow)  # type: ignore[arg-type]
    settings.load_profile("ci" if os.environ.get("CI") else "drawn")


def examples(count: int, *, shrunk: bool = True) -> settings:
    """`count` examples of a usual run. Not `shrunk` where each takes seconds and the message says enough."""
    phases = [phase for phase in Phase if shrunk or phase not in (Phase.shrink, Phase.explain)]
    return settings(max_examples=count * settings.default.max_examples // USUAL, phases=phases)
