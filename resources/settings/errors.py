"""From pydantic's list of errors to one line that names file, key and what to do.

No value of the file is repeated: somebody may have put a secret there.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from recon.errors import ConfigurationError

DOCUMENTED = "docs/CONFIGURATION.md explains every key"
MOST_OTHERS = 5  # keys that are named after the first one
PLAIN = {  # type of pydantic's error -> what is wrong, and the words of pydantic where there are none
    "bool_parsing": "is not true or false",
    "bool_type": "is not true or false",
    "date_from_datetime_inexact": "is not a day like 2026-11-20",
    "date_from_datetime_parsing": "is not a day like 2026-11-20",
    "date_parsing": "is not a day like 2026-11-20",
    "date_type": "is not a day like 2026-11-20",
    "decimal_parsing": "is not a number",
    "decimal_type": "is not a number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "list_type": "is not a list in square brackets",
    "string_type": "is not text in quotation marks",
    "time_parsing": "is not a time like 08:00",
    "tuple_type": "is not a list in square brackets",
}
PATTERNS = {  # a pattern of a key -> what is wrong with a value that does not fit
    r"^[A-Z]{3}$": "is not a currency code of three capitals, such as EUR",
    r"^([A-Z]{3}|\*)$": "is neither a currency code of three capitals, such as EUR, nor *",
    r"^[+-](0\d|1[0-5]):[0-5]\d$": "is not an offset such as +08:00",
    r"^https?://[^/?#@\s]+/?$": "is not an address such as https://host:443, without a path",
    r"^/": "does not begin with /",
}


def first_error(error: ValidationError, file: Path, model: type[BaseModel]) -> ConfigurationError:
    """The first error as one line, and the keys of the others."""
    problems = _causes(error.errors(include_url=False, include_input=False))
    first = problems[0]
    location = _location(first)
    what, do = _what_and_do(first, location, model)
    if len(problems) > 1:
        what += f" (and {len(problems) - 1} more: {_others(problems[1:])})"
    return ConfigurationError(what, where=f"{file}: {key_path(location)}", do=do)


def _location(problem: Any) -> tuple[int | str, ...]:
    return tuple(part for part in problem["loc"] if part != "[key]")


def _others(problems: list[Any]) -> str:
    names = list(dict.fromkeys(key_path(_location(problem)) for problem in problems))
    return ", ".join(names[:MOST_OTHERS]) + (", ..." if len(names) > MOST_OTHERS else "")


def _causes(problems: list[Any]) -> list[Any]:
    """A section fails because of a key in it, and a key is missing because it was misspelt."""
    places = [problem["loc"] for problem in problems]
    own = [
        problem
        for problem in problems
        if not any(len(loc) > len(problem["loc"]) == _shared(loc, problem["loc"]) for loc in places)
    ]
    return sorted(own, key=lambda problem: bool(problem["type"] != "extra_forbidden"))


def _shared(left: tuple[int | str, ...], right: tuple[int | str, ...]) -> int:
    return len(right) if left[: len(right)] == right else 0


def key_path(location: tuple[int | str, ...]) -> str:
    """orders[0].payments.status.map."S|Y".pay"""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += "." + (part if re.fullmatch(r"[\w-]+", part) else f'"{part}"')
    return path.lstrip(".") or "(whole file)"


def _what_and_do(problem: Any, location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, str]:
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _keys_beside(location, model), n=1)
        return "is not a known key", f"Did you mean {near[0]}?" if near else DOCUMENTED
    if problem["type"] == "missing":
        return "is missing", DOCUMENTED
    return _plain(problem), DOCUMENTED


def _plain(problem: Any) -> str:
    """What is wrong with a value, in plain words where we have them."""
    if problem["type"] == "string_pattern_mismatch":
        pattern = problem["ctx"]["pattern"]
        return PATTERNS.get(pattern, f"does not have the form {pattern}")
    return PLAIN.get(problem["type"]) or re.sub(r"^(Value error, |Input )", "", problem["msg"])


def _keys_beside(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The keys that the section of a location knows."""
    here: type[BaseModel] | None = model
    for part in location[:-1]:
        if here is not None and isinstance(part, str):
            field = _by_alias(here).get(part)
            here = _section_in(field.annotation) if field is not None else here
    return list(_by_alias(here)) if here else []


def _by_alias(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_in(part) for part in get_args(annotation))
    return next((section for section in found if section), None)
