"""Importing a module only when somebody uses it, or not at all."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType

PATH = "__path__"  # asked for by whoever imports a module within it


class _Waiting(ModuleType):
    """A module that is loaded when one of its names is asked for. The `LazyLoader` of importlib loads it already when
    `import` names it in full.
    """

    __spec__: ModuleSpec

    def __getattr__(self, name: str) -> object:
        spec = self.__spec__
        if spec.loader is None or (name.startswith("__") and name != PATH):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations
        spec.loader.exec_module(self)
        return getattr(self, name)


def import_when_used(name: str) -> None:
    """From here on the module is loaded when one of its names, or a module within it, is asked for; `import` waits.

    The packages above it are imported at once. A module that is there already stays as it is. ModuleNotFoundError if
    there is none.
    """
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"no module named {name!r}", name=name)
    sys.modules[name] = module = module_from_spec(spec)
    vars(module).pop(PATH, None)
    module.__class__ = _Waiting
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
