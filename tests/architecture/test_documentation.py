"""What the documentation names exists: commands, make targets, paths, variables, break codes, checks, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recon.breaks.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "deploy/README.md")), *ROOT.glob("docs/**/*.md")]
)
CODE = [path for folder in ("recon", "resources", "views", "assets", "checks", "pipelines", "sandbox", "bench", "tests")
        for path in (ROOT / folder).rglob("*.py")]  # fmt: skip
NAMED_PATH = re.compile(
    r"`((?:recon|resources|views|assets|checks|pipelines|sandbox|bench|tests|docs|config|deploy)/[\w./-]+?)`"
)


def text(page: Path) -> str:
    return page.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_exist(page: Path) -> None:
    named = NAMED_PATH.findall(text(page))
    linked = re.findall(r"\]\((?!http)([^)#]+)", text(page))
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [path for path in linked if not (page.parent / path).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text(page), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    from pipelines.cli.commands import app

    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    commands |= {group.name for group in app.registered_groups if group.name}
    named = set(re.findall(r"(?:`|\$ |^)recon ([a-z-]+)\b", text(page), re.MULTILINE))
    assert named <= commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_environment_variables_are_read_somewhere(page: Path) -> None:
    sources = "".join(text(path) for path in CODE) + text(ROOT / "dagster.yaml") + text(ROOT / "config/recon.toml")
    unknown = {name for name in re.findall(r"\bRECON_[A-Z_]+\b", text(page)) if name not in sources}
    assert not {name for name in unknown if not name.startswith("RECON_OGLOBA_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_break_codes_exist(page: Path) -> None:
    named = set(re.findall(r"\b([PRT]\d\ds?)\b", text(page)))
    assert named <= {*CATALOGUE, "P00", "R00", "R18"}  # R18: the worked example of CONTRIBUTING.md


def test_every_check_that_can_stop_a_day_is_in_the_runbook() -> None:
    from pipelines.definitions import defs

    runbook = text(ROOT / "docs/RUNBOOK.md")
    endings = tuple(re.findall(r"`(_[a-z_]+)`", runbook))
    graph = defs.resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking}
    assert not {name for name in blocking if f"`{name}`" not in runbook and not name.endswith(endings)}
