"""Names: no clash with an installed package, no empty words, one meaning per file."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("recon", "resources", "views", "assets", "checks", "pipelines", "sandbox", "bench")
OURS = "alipayplus-reconciliation"
EMPTY_WORDS = {"data", "info", "process", "handle", "manager", "helper", "helpers", "utils", "util", "common", "misc"}
MODULES = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_package_has_the_name(package: str) -> None:
    assert package not in sys.stdlib_module_names
    others = {name.lower() for name in packages_distributions().get(package, [])} - {OURS}
    assert not others


def test_no_module_has_an_empty_name() -> None:
    empty = [path for path in (*MODULES, *TESTS) if EMPTY_WORDS & set(re.split(r"[_/]", str(path.with_suffix(""))))]
    assert not empty


def test_a_unit_test_lies_where_its_module_lies() -> None:
    tested = [path.relative_to("tests/unit") for path in TESTS if path.is_relative_to("tests/unit")]
    modules = [ROOT / path.parent / path.stem.removeprefix("test_") for path in tested]
    assert len(modules) > 50
    assert not [module for module in modules if not (module.is_dir() or module.with_suffix(".py").exists())]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_says_what_lives_in_it(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert tree.body == [] or ast.get_docstring(tree), "open the module with a sentence"


def test_money_and_keys_are_never_a_float() -> None:
    found = [
        str(path)
        for path in MODULES
        if path.parts[0] in ("recon", "resources") and re.search(r"pl\.Float(32|64)", (ROOT / path).read_text("utf-8"))
    ]
    assert not found
