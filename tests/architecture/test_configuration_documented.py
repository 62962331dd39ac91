"""docs/CONFIGURATION.md names every key of recon.toml with its real default, and no other key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from recon.orders import PAYMENT_REQUIRED, REFUND_REQUIRED
from resources.settings import CONFIG_VARIABLE, Inquiry, Settings, Sftp
from resources.settings.orders import (
    PAYMENT_NAMES,
    REFUND_NAMES,
    PaymentMeaning,
    RefundMeaning,
    source_names,
)
from resources.settings.storage import Storage

PAGE = (Path(__file__).parents[2] / "docs" / "CONFIGURATION.md").read_text()
HEADING = re.compile(r"^## ")
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \|")
SKIPPED = (PaymentMeaning, RefundMeaning)


def documented() -> dict[str, dict[str, str]]:
    """Section -> key -> default, as the page says. A heading may name two sections."""
    found: dict[str, dict[str, str]] = {}
    sections: list[str] = []
    for line in PAGE.splitlines():
        if HEADING.match(line):
            sections = [name.strip("[]") for name in re.findall(r"`(\[+[a-z_.]+\]+)`", line)]
        elif (row := ROW.match(line)) and line.count(" | ") >= 3:
            for section in sections:
                found.setdefault(section, {})[row[1]] = row[3].strip()
    return found


def configured(
    model: type[BaseModel] = Settings, section: str = ""
) -> dict[str, dict[str, tuple[Any, type[BaseModel] | None]]]:
    """Section -> key -> (default, model of a nested section), as the code says."""
    found: dict[str, dict[str, tuple[Any, type[BaseModel] | None]]] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        nested = nested_model(field.annotation)
        default = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
        if section:
            found.setdefault(section, {})[key] = (default, nested)
        if nested and nested not in SKIPPED:
            found |= configured(nested, f"{section}.{key}".lstrip("."))
    return found


def nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := nested_model(part))), None)


def as_written(default: Any) -> str:
    """A default as the page writes it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    if isinstance(default, (str, Path)):
        return f'`"{default}"`'
    return f"`{default}`"


def test_every_section_and_key_is_documented_and_no_other() -> None:
    named = {section: set(keys) for section, keys in documented().items()}
    assert named == {section: set(keys) for section, keys in configured().items()}


def test_the_defaults_are_the_real_ones() -> None:
    named = documented()
    for section, keys in configured().items():
        for key, (default, nested) in keys.items():
            expected = as_written(default)
            if key in ("query", "query_file", "statement", "statement_file"):
                expected = "one of the two"
            elif default is PydanticUndefined:
                expected = "required"
            elif nested:
                expected = "see below"
            assert named[section][key] == expected, f"{section}.{key}"


def test_every_column_is_documented_with_whether_it_is_required() -> None:
    for names, required, heading in (
        (PAYMENT_NAMES, PAYMENT_REQUIRED, "## `[orders.payments]`"),
        (REFUND_NAMES, REFUND_REQUIRED, "## `[orders.refunds]`"),
    ):
        part = PAGE.split(heading, 1)[1].split("\n## ", 1)[0]
        marked = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", part, re.MULTILINE))
        needed = source_names(required)
        assert marked == {name: "yes" if name in needed else "no" for name in names}


def test_every_variable_is_documented() -> None:
    names = [
        field.default
        for section in (Sftp, Inquiry, Storage)
        for key, field in section.model_fields.items()
        if key.endswith("_env")
    ]
    for name in (CONFIG_VARIABLE, *names):
        assert f"| `{name}` |" in PAGE
