"""JSON texts, as events and cases are written: every number as the text that was written, no key twice."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Problem, demand, problem
from policy_engine.basics.places import MAX_DEPTH, ReadFile, decode
from policy_engine.basics.values import NumberText
from policy_engine.rulefiles.parsers import said_by_parser

_HALF_PAIR: Final = re.compile(r"\\ud[89a-f]", re.IGNORECASE)


class _Twice(Exception):
    """A key that stands twice in an object."""


def _once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(items)
    if len(entries) < len(items):
        seen = set[str]()
        for key, _ in items:
            if key in seen:
                raise _Twice(key)
            seen.add(key)
    return entries


_DECODER: Final = json.JSONDecoder(
    parse_float=NumberText, parse_int=NumberText, parse_constant=str, object_pairs_hook=_once
)
"""Made once: a line of a table is read by it, too."""


def _refuse_half_pairs(data: Any, file: str) -> None:
    """Half of a surrogate pair is no character: it could not be written out again. Raises PolicyError."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PolicyError(
            problem("encoding", "half of a surrogate pair is no character", "半个代理对不是字符", Place(file))
        ) from None


def _refuse_depth(data: Any, file: str) -> None:
    """What is nested deeper than YAML may be could not be handed to another process. Raises PolicyError."""
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    if level:
        raise _too_deep(file)


def _too_deep(file: str) -> PolicyError:
    return PolicyError(problem("depth", "the file is nested too deeply", "文件嵌套过深", Place(file)))


def _line(text: str, number: int) -> str:
    """A line of a text; the end of a text may lie on a line after its last."""
    lines = text.splitlines()
    return lines[number - 1] if number <= len(lines) else ""


def loads(text: str | bytes) -> Any:
    """A JSON text as `json.loads` reads it, but with numbers exact: what `Book.decide` takes as facts, such as a request's body.

    Numbers become text as they were written (`3500.5` is `"3500.5"`), so that none passes through a binary float.

    Raises:
        PolicyError: it is no JSON, no UTF-8, has a key twice or is nested too deeply.
    """
    demand("text", text, str, bytes)
    return read_json(text if isinstance(text, str) else decode(text, "<json>"), "<json>").data


def read_json(text: str, file: str) -> ReadFile:
    """A JSON text with every number as the text that was written. Raises PolicyError."""
    try:
        data = _DECODER.decode(text)
    except _Twice as error:
        raise PolicyError(
            problem("duplicate-key", f"the key `{error}` stands twice", f"键 `{error}` 重复", Place(file))
        ) from None
    except json.JSONDecodeError as error:
        place = Place(file, error.lineno, error.colno, _line(text, error.lineno))
        raise PolicyError(Problem("json", said_by_parser("JSON", error.msg), place)) from None
    except RecursionError:
        raise _too_deep(file) from None
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _refuse_depth(data, file)
    if "\\" in text and _HALF_PAIR.search(text):
        _refuse_half_pairs(data, file)
    return ReadFile(file, data, {})
