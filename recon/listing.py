"""Parts of a sentence: a list of names, shortened if there are many, a count, a capital letter to begin with."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MOST_NAMED = 10


def some_of(names: Iterable[object], most: int = MOST_NAMED) -> str:
    """`a, b, c`, or `a, b and 9,998 more`: at most `most` names, in their order."""
    rest = iter(names)
    first = [str(name) for name in islice(rest, most)]
    more = sum(1 for _ in rest)
    return ", ".join(first) + (f" and {more:,} more" if more else "")


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 break`, `1,204 breaks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def are(number: int) -> str:
    """`1 report is`, `2 reports are`."""
    return "is" if number == 1 else "are"


def capitalize_first(text: str) -> str:
    """The first letter as a capital, the others unchanged."""
    return text[:1].upper() + text[1:]
