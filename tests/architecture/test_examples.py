"""Every example of the documentation is one that works: commands parse, TOML loads, SQL and JSON parse.

Those that need nothing but a sandbox that was run are run, too: `tests/e2e/test_demo.py`.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import typer
from typer.exceptions import TyperException

from pipelines.cli.commands import VERBOSE, app
from recon.reports.names import parse_report_name
from resources.settings import Settings
from resources.settings.rules import report_options
from tests.architecture.test_configuration_documented import configured
from tests.support.documented import PAGES, ROOT, blocks, commands

COMMANDS = {(page, " ".join(words)): words for page, words in commands()}
FILE_ENDINGS = (".csv", ".json", ".html")
EXAMPLE = tomllib.loads((ROOT / "config/recon.toml").read_text("utf-8"))


@pytest.mark.parametrize("place", COMMANDS, ids=": ".join)
def test_a_command_is_understood(place: tuple[str, str]) -> None:
    assert not complaint(COMMANDS[place])


def complaint(words: list[str]) -> str:
    """What is wrong with a command line; a command that a sentence only names needs nothing more."""
    command: Any = typer.main.get_command(app)
    left = [word for word in words if word != VERBOSE]
    depth = 0
    try:
        context = command.make_context("recon", left)
        while hasattr(command, "resolve_command"):
            depth += 1
            _, command, left = command.resolve_command(context, [*context._protected_args, *context.args])
            context = command.make_context(command.name, left, parent=context)
    except TyperException as error:
        message = error.format_message()
        return "" if message.startswith("Missing") and len(words) <= depth else message
    return ""


def test_a_wrong_command_is_found() -> None:
    assert complaint(["run", "--dey", "2026-11-20"])
    assert complaint(["inquire", "--dry-run"])
    assert complaint(["sandbox", "sow"])


def test_the_documentation_shows_every_command() -> None:
    from pipelines.cli.commands import sandbox

    shown = {" ".join(words[: 2 if words[0] == "sandbox" else 1]) for words in COMMANDS.values()}
    groups = (("", app.registered_commands), ("sandbox ", sandbox.registered_commands))
    known = {group + (one.name or one.callback.__name__) for group, some in groups for one in some if one.callback}
    assert known == shown


@pytest.mark.parametrize(("page", "block"), list(blocks("toml")))
def test_a_configuration_loads_in_place_of_that_of_the_example(page: str, block: str) -> None:
    part = tomllib.loads(block)
    if "orders" in part or "statement" in part or "returns" in part:  # of the first source
        write_back = part.get("orders", {}).get("write_back", part)
        base = {"url_env": "RECON_ORDERS_WRITE_URL", "states": {"SUCCESS": "S"}}
        part = {"orders": [EXAMPLE["orders"][0] | {"write_back": base | write_back}, *EXAMPLE["orders"][1:]]}
    settings = Settings.model_validate(EXAMPLE | part, context={"folder": ROOT / "config"})
    assert report_options(settings)
    assert part


@pytest.mark.parametrize(("page", "block"), list(blocks("sql")))
def test_a_statement_parses(page: str, block: str) -> None:
    dialect = next(
        (known for told, known in (("Oracle", "oracle"), ("SQL Server", "tsql")) if told in block), "postgres"
    )
    assert all(sqlglot.parse(block, dialect=dialect))


def test_a_json_example_parses() -> None:
    for _, block in blocks("json"):
        json.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_setting_that_is_named_exists(page: Path) -> None:
    keys = {f"{section}.{key}" for section, found in configured().items() for key in found}
    sections = {section.split(".")[0] for section in configured()}
    named = set(re.findall(r"`\[{0,2}([a-z_]+\.[a-z_.]+?)\]{0,2}`", page.read_text("utf-8")))
    settings = {one for one in named if one.split(".")[0] in sections}
    assert not {one for one in settings if one not in keys and not one.endswith(FILE_ENDINGS)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_fenced_block_ends(page: Path) -> None:
    assert page.read_text("utf-8").count("\n```") % 2 == page.read_text("utf-8").startswith("```")


def test_a_file_name_of_an_example_is_one_of_alipayplus() -> None:
    files = {word for words in COMMANDS.values() for word in words if word.endswith(".csv") and "..." not in word}
    assert files
    for file in files:
        assert parse_report_name(file, "1022188000000123", ()).file_name == file
