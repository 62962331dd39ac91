"""Importing a module only when somebody uses it, or not at all."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import LazyLoader, find_spec, module_from_spec


def import_when_used(name: str) -> None:
    """From here on the module is loaded when one of its names is asked for, or `import` names it in full.

    So `from package import module` waits. The packages above it are imported at once. A module that is there already
    stays as it is.
    """
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module named {name!r}", name=name)
    spec.loader = loader = LazyLoader(spec.loader)
    sys.modules[name] = module = module_from_spec(spec)
    loader.exec_module(module)
    package, _, last = name.rpartition(".")
    if package:
        setattr(importlib.import_module(package), last, module)


@contextmanager
def without(package: str) -> Iterator[None]:
    """Within it a package is as if not installed, unless it is imported already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]
