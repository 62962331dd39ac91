"""Words in a sentence: names, all of them if they are few, else how many and the first ones; the first letter."""

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


def with_capital(words: str) -> str:
    """The first letter is a capital, the others stay as they are."""
    return words[:1].upper() + words[1:]
