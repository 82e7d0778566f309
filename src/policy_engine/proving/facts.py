"""Facts as files: YAML or JSON, or what comes on standard input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.basics.places import ReadFile, decode, read_text, read_yaml
from policy_engine.procedures.json_text import read_json

STDIN: Final = "<stdin>"


def read_facts_file(path: Path) -> ReadFile:
    """The facts of a YAML or JSON file, as they were written. Raises PolicyError."""
    return parse_facts(read_text(path), str(path))


def read_facts_bytes(raw: bytes, file: str) -> ReadFile:
    """The facts of YAML or JSON bytes, such as standard input. Raises PolicyError."""
    return parse_facts(decode(raw, file), file)


def parse_facts(text: str, file: str) -> ReadFile:
    """The facts of a YAML or JSON text. Raises PolicyError."""
    if file.endswith(".json") or (file == STDIN and text.lstrip().startswith('{"')):
        return _mapping(read_json(text, file))
    sources = read_yaml(text, file)
    if len(sources) > 1:
        raise PolicyError(
            problem("shape", "one case is expected, found several", "应为一个案例，却有多个", Place(file))
        )
    return _mapping(sources[0] if sources else ReadFile(file, {}, {}))


def _mapping(source: ReadFile) -> ReadFile:
    data: Any = {} if source.data is None else source.data
    if not isinstance(data, dict):
        raise PolicyError(
            problem("shape", "facts are a mapping of names to values", "事实应为名称到值的映射", source.place(()))
        )
    return replace(source, data=data)


def parse_setting(text: str) -> tuple[str, object]:
    """`name=value` of `--set`; a list is written a,b,c. Raises PolicyError."""
    name, equals, value = (text if "=" in text else text.replace("＝", "=", 1)).partition("=")
    if not equals or not name.strip():
        raise PolicyError(problem("setting", f"`{text}` is not name=value", f"`{text}` 不是 name=value 的形式"))
    return name.strip(), value.strip()
