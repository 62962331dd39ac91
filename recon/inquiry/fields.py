"""A JSON object of Alipay+, read strictly: typed looks at its fields, nothing guessed.

Alipay+ documents every scalar as text, but its own software also sends numbers: ids and amounts may
be either, never a fraction. What is there but makes no sense counts as missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from recon.inquiry import Amount, Result
from recon.money import known_exponent

_NATURAL = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)  # fits into 64 bits
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)


def json_object(body: bytes) -> Mapping[str, Any]:
    """Strict: UTF-8, one object, no key twice, no NaN; fractions stay exact."""
    read = json.loads(
        body.decode("utf-8"),
        object_pairs_hook=_without_repetition,
        parse_float=_exact,
        parse_constant=_refuse_constant,
    )
    if not isinstance(read, dict):
        raise ValueError("not an object")
    return read


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a key comes twice")
    return read


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text} is out of range") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Fields:
    """Typed looks into one JSON object."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Text, or a whole number written as one; empty if it is missing, null or something else."""
        value = self._fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) and _can_be_kept(value) else ""

    def part(self, name: str) -> Fields | None:
        """A nested object."""
        value = self._fields.get(name)
        return Fields(value) if isinstance(value, dict) else None

    def result(self, name: str) -> Result | None:
        """`result` or `paymentResult`; None if it is missing or no object."""
        part = self.part(name)
        if part is None:
            return None
        code = part.text("resultCode")
        return Result(part.text("resultStatus"), code if _CODE.fullmatch(code) else "")

    def amount(self, name: str) -> Amount | None:
        """Smallest units as text or whole number, from 1 on, with a currency of ISO 4217."""
        part = self.part(name)
        if part is None:
            return None
        value, currency = part.text("value"), part.text("currency")
        return Amount(int(value), currency) if _NATURAL.fullmatch(value) and _is_currency(currency) else None

    def instant(self, name: str) -> datetime | None:
        """A time with its offset, whatever the offset is; in UTC."""
        try:
            read = datetime.fromisoformat(self.text(name))
            return None if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def _can_be_kept(text: str) -> bool:
    """Half of a surrogate pair and NUL cannot be stored as text."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_currency(code: str) -> bool:
    return bool(re.fullmatch("[A-Z]{3}", code, re.ASCII)) and known_exponent(code) is not None
