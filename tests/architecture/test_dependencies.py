"""pyproject.toml lists what the product imports: no more, and no less."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

PROJECT = Path(__file__).parents[2]
CONFIGURATION = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
ROOMS = CONFIGURATION["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
WITHOUT_IMPORT = {"dagster-webserver"}  # by others, for us: `make ui` starts it


def plain(name: str) -> str:
    """A distribution as the registry compares names."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()  # type: ignore[index]


def imported() -> dict[str, str]:
    """Every top-level module that the product imports, and one file that does."""
    found: dict[str, str] = {}
    for file in (file for room in ROOMS for file in sorted((PROJECT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.split(".")[0]: str(file.relative_to(PROJECT)) for name in names}
    return {name: file for name, file in found.items() if name not in {*ROOMS, *sys.stdlib_module_names}}


def test_every_import_is_a_listed_dependency_and_every_dependency_is_used() -> None:
    known = packages_distributions()
    listed = {plain(name) for name in CONFIGURATION["project"]["dependencies"]}
    optional = {plain(name) for names in CONFIGURATION["project"]["optional-dependencies"].values() for name in names}
    needed = {module: {plain(name) for name in known.get(module, [module])} for module in imported()}
    unlisted = {module: imported()[module] for module, names in needed.items() if not names & (listed | optional)}
    assert unlisted == {}
    assert listed - set().union(*needed.values()) == WITHOUT_IMPORT


def test_every_dependency_is_pinned() -> None:
    lines = (PROJECT / "requirements.in").read_text("utf-8").splitlines()
    pinned = {plain(line) for line in lines if "==" in line and not line.startswith("#")}
    assert {plain(name) for name in CONFIGURATION["project"]["dependencies"]} <= pinned
