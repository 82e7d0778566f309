"""Data as YAML that is read by people: what is short on one line, what is long folded."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any, Final

WIDTH: Final = 118
_PLAIN: Final = re.compile(r"[\w(](?:[\w .()+*/%<=>\"'-]*[\w.()%\"'])?")
_IN_BRACES: Final = re.compile(r"[\w(](?:[\w .()+*/%<=>-]*[\w.()%])?")


def yaml_text(data: dict[str, Any]) -> str:
    """A mapping as the text of a file, read again as the same with every scalar a text."""
    return "".join(f"{line}\n" for line in _mapping(data, 0))


def _mapping(data: dict[str, Any], indent: int) -> list[str]:
    lines = list[str]()
    for key, value in data.items():
        lines += _entry(" " * indent + _scalar(str(key), _PLAIN) + ":", value, indent + 2)
    return lines


def _entry(head: str, value: Any, indent: int) -> list[str]:
    short = f"{head} {_flow(value)}"
    if isinstance(value, dict) and value:
        return [short] if len(short) <= WIDTH and indent > 2 else [head, *_mapping(value, indent)]
    if isinstance(value, list) and value:
        if len(short) <= WIDTH and not isinstance(value[0], dict):
            return [short]
        return [head, *(line for item in value for line in _item(item, indent))]
    if isinstance(value, str):
        plain = f"{head} {_scalar(value, _PLAIN)}"
        foldable = len(plain) > WIDTH and "  " not in value and _PLAIN.fullmatch(value)
        return [f"{head} >-", *_folded(value, indent)] if foldable else [plain]
    return [short]


def _item(item: Any, indent: int) -> list[str]:
    if not isinstance(item, dict):
        return [" " * indent + "- " + _flow(item)]
    short = " " * indent + "- " + _flow(item)
    if len(short) <= WIDTH:
        return [short]
    lines = _mapping(item, indent + 2)
    return [" " * indent + "- " + lines[0].lstrip(), *lines[1:]]


def _folded(text: str, indent: int) -> list[str]:
    wrapped = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return [" " * indent + line for line in wrapped]


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(str(k), _IN_BRACES)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return "null" if value is None else _scalar(str(value), _IN_BRACES)


def _scalar(text: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(text) and text.lower() != "null":
        return text
    return json.dumps(text, ensure_ascii=False)
