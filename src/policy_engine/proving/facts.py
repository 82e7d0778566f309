"""Facts as files: YAML or JSON, or what comes on standard input."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.basics.places import ReadFile, decode, read_text
from policy_engine.procedures.json_text import read_json
from policy_engine.rulebook.rule import Reading, Rule, plain

STDIN: Final = "<stdin>"
TABLES: Final = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".parquet")
_COLON: Final = re.compile(r"""^(\s*(?:- +)?[^\s:："'{\[#-][^:："'{\[#]*)：[ \t]*""", re.MULTILINE)


def read_facts_file(path: Path) -> ReadFile:
    """The facts of a YAML or JSON file, as they were written. Raises PolicyError."""
    if path.suffix.lower() in TABLES:
        advice = Text("the cases of a table are decided by policy batch", "表格中的案例用 policy batch 判定")
        en, zh = "a table: facts are a file of YAML or JSON", "是表格：事实文件应为 YAML 或 JSON"
        raise PolicyError(problem("facts-format", en, zh, Place(str(path)), advice))
    return parse_facts(read_text(path), str(path))


def read_facts_bytes(raw: bytes, file: str) -> ReadFile:
    """The facts of YAML or JSON bytes, such as standard input. Raises PolicyError."""
    return parse_facts(decode(raw, file), file)


def parse_facts(text: str, file: str) -> ReadFile:
    """The facts of a YAML or JSON text. Raises PolicyError."""
    if file.endswith(".json") or (file == STDIN and text.lstrip().startswith('{"')):
        return _mapping(read_json(text, file))
    sources = _read(text, file)
    if len(sources) > 1:
        raise PolicyError(
            problem("shape", "one case is expected, found several", "应为一个案例，却有多个", Place(file))
        )
    return _mapping(sources[0] if sources else ReadFile(file, {}, {}))


def _read(text: str, file: str) -> list[ReadFile]:
    """The documents of a YAML text; where it is none with names, with the colons of a Chinese keyboard read as colons."""
    from policy_engine.rulefiles.yaml_read import read_yaml  # facts given by --set do without it

    try:
        found = read_yaml(text, file)
        if "：" not in text or any(isinstance(source.data, dict) for source in found):
            return found
    except PolicyError:
        if "：" not in text:
            raise
    mended = _COLON.sub(r"\1: ", text)
    return read_yaml(mended if mended != text else text, file)


def _mapping(source: ReadFile) -> ReadFile:
    data: Any = {} if source.data is None else source.data
    if not isinstance(data, dict):
        raise PolicyError(
            problem(
                "shape",
                "each line is a name and a value, as in `amount: 3500`",
                "应逐行写作“名称: 值”，如 `所得奖金: 3500`",
                source.place(()),
            )
        )
    return replace(source, data=data)


def parse_setting(text: str) -> tuple[str, object]:
    """`name=value` of `--set`, also with the signs of a Chinese keyboard; a list is written a,b,c. Raises PolicyError."""
    sign = next((sign for sign in ("=", "＝", "：") if sign in text), "=")
    name, equals, value = text.partition(sign)
    if not equals or not name.strip():
        raise PolicyError(problem("setting", f"`{text}` is not name=value", f"`{text}` 应写作 名称=值"))
    return name.strip(), value.strip()


def beside(
    rule: Rule, source: ReadFile, given: Mapping[str, object]
) -> tuple[dict[str, Any], Callable[[str], Place | None]]:
    """The facts of a file with those given beside it, which win whatever either calls them; where those of the file stand."""

    def called(word: str) -> str:
        entry = rule.called(word)
        return word if entry is None else entry.name

    told = set(map(called, given))
    kept = {word: value for word, value in source.data.items() if called(word) not in told}

    def place_of(word: str) -> Place | None:
        if word not in kept:
            return None
        at_key = source.places.get((word, "")) if rule.called(word) is None else None  # the word itself is wrong
        return at_key or source.places.get((word,))

    return {**kept, **given}, place_of


def readings_called(rule: Rule, said: Mapping[str, object]) -> dict[str, Any]:
    """Readings by what people call them: the question by its name, title or words, the option by its label or reason."""
    chosen: dict[str, Any] = {}
    for word, option in said.items():
        found = [r for r in rule.readings.values() if plain(word) in map(plain, (r.name, *r.title, *r.question))]
        if len(found) != 1:
            chosen[word] = option
        else:
            chosen[found[0].name] = _option_called(found[0], str(option))
    return chosen


def _option_called(reading: Reading, word: str) -> str:
    key = plain(word.rstrip("。."))
    words = {
        o: (o, *reading.labels.get(o, ()), *(text.rstrip("。.") for text in why)) for o, why in reading.options.items()
    }
    found = [option for option, called in words.items() if key in map(plain, called)]
    return found[0] if len(found) == 1 else word
