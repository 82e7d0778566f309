"""Canonical JSON (RFC 8785) of texts, whole numbers, flags, null, lists and mappings: the same bytes for the same thing."""

from __future__ import annotations

import json
from typing import Any, Final

EXACT: Final = 2**53
"""Whole numbers are exact for every reader up to here."""


def canonical(value: Any) -> bytes:
    """The bytes of a value. Raises ValueError for a binary float or a whole number that readers may round."""
    text = json.dumps(_checked(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if max(text, default="") > "\uffff":  # names are in the order of UTF-16, which is another beyond this
        text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _checked(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        for item in value.values():
            if type(item) is not str:
                _checked(item)
    elif kind is list:
        for item in value:
            _checked(item)
    elif kind is int and abs(value) > EXACT:
        raise ValueError(f"{value} is more than {EXACT}")
    elif kind is float:
        raise ValueError(f"{value!r} is a binary float")
    return value


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def parsed(data: bytes) -> dict[str, Any]:
    """The mapping that some bytes are the JSON of; an empty one where they are none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
