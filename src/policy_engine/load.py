"""Where rules live: files to models with the place of every part; every mistake of a file at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import ValidationError

from policy_engine.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.model import DocumentList, Model, RuleFile

Parsed = TypeVar("Parsed", bound=Model)
Path_ = tuple[str | int, ...]
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 40
_TAGS: Final = frozenset({"text", "mapping", "list"})
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A read file: plain data with every scalar as the text that was written, and the place of each part."""

    file: str
    data: Any
    places: dict[Path_, Place]

    def place(self, path: Path_) -> Place:
        """The place of a part, or of the nearest part around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return Place(self.file)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises PolicyError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise PolicyError(
            problem("unreadable", f"cannot read: {reason}", f"无法读取：{reason}", Place(str(path)))
        ) from None
    return decode(raw, str(path))


def decode(raw: bytes, file: str) -> str:
    """Bytes as UTF-8 text; anything else is refused, not guessed. Raises PolicyError."""
    if len(raw) > MAX_BYTES:
        raise PolicyError(problem("too-large", "the file is larger than 32 MiB", "文件超过 32 MiB", Place(file)))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        advice = Text("save the file as UTF-8", "请将文件另存为 UTF-8 编码")
        raise PolicyError(
            problem("encoding", "the file is not UTF-8", "文件不是 UTF-8 编码", Place(file, line, 1), advice)
        ) from None


def read_yaml(text: str, file: str) -> list[Source]:
    """The documents of a YAML or JSON text. Duplicate keys, anchors, tags and tabs are refused. Raises PolicyError."""
    try:
        return list(_Composer(text, file).documents())
    except yaml.MarkedYAMLError as error:
        raise PolicyError(_yaml_problem(error, text, file)) from None
    except yaml.reader.ReaderError as error:
        place = Place(file, text[: error.position].count("\n") + 1, 1)
        raise PolicyError(problem("yaml", "a control character stands here", "此处有控制字符", place)) from None


def _yaml_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = _place(mark, text.splitlines(), file) if mark else Place(file)
    if "\t" in place.source[: place.column + 1]:
        return problem("tab", "a tab is used for indentation", "缩进用了制表符", place, Text("use spaces", "请用空格"))
    reason = error.problem or "cannot be read"
    return problem("yaml", f"not valid YAML: {reason}", f"不是有效的 YAML：{reason}", place)


def _place(mark: Any, lines: list[str], file: str) -> Place:
    source = lines[mark.line] if mark.line < len(lines) else ""
    return Place(file, mark.line + 1, mark.column + 1, source)


class _Composer:
    """Events to plain data, without recursion in the parser and without aliases, so that size is bounded."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file, self.lines = text, file, text.splitlines()
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=Loader))
        self.problems: list[Problem] = []
        self.places: dict[Path_, Place] = {}

    def documents(self) -> Iterator[Source]:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.places = {}
                data = self.node(next(self.events), ())
                if self.problems:
                    raise PolicyError(self.problems)
                yield Source(self.file, data, self.places)

    def refuse(self, mark: Any, code: str, en: str, zh: str) -> None:
        self.problems.append(problem(code, en, zh, _place(mark, self.lines, self.file)))
        if code in ("anchor", "depth"):
            raise PolicyError(self.problems)

    def node(self, event: Any, path: Path_) -> Any:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.refuse(event.start_mark, "anchor", "anchors and aliases are not accepted", "不接受锚点和别名")
        if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            self.refuse(event.start_mark, "tag", f"the tag `{event.tag}` is not accepted", f"不接受标签 `{event.tag}`")
        if len(path) > MAX_DEPTH:
            self.refuse(event.start_mark, "depth", "the file is nested too deeply", "文件嵌套过深")
        place = _place(event.start_mark, self.lines, self.file)
        self.places[path] = place
        if isinstance(event, yaml.ScalarEvent):
            if event.style in ("'", '"'):
                self.places[path] = place.shifted(1)
            plain_null = event.style is None and event.value in ("", "~", "null", "Null", "NULL")
            return None if plain_null and event.implicit[0] else event.value
        return self.sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(path)

    def sequence(self, path: Path_) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return items

    def mapping(self, path: Path_) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.refuse(event.start_mark, "depth", "a key is a word", "键应为单词")
            key = event.value
            self.places[(*path, key, "")] = _place(event.start_mark, self.lines, self.file)
            if key in entries:
                self.refuse(event.start_mark, "duplicate-key", f"the key `{key}` stands twice", f"键 `{key}` 重复")
            entries[key] = self.node(next(self.events), (*path, key))
        return entries


def read_json(text: str, file: str) -> Source:
    """A JSON text with every number as the text that was written. Raises PolicyError."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for key, value in items:
            if key in entries:
                raise PolicyError(
                    problem("duplicate-key", f"the key `{key}` stands twice", f"键 `{key}` 重复", Place(file))
                )
            entries[key] = value
        return entries

    try:
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        place = Place(file, error.lineno, error.colno, text.splitlines()[error.lineno - 1] if text else "")
        raise PolicyError(
            problem("json", f"not valid JSON: {error.msg}", f"不是有效的 JSON：{error.msg}", place)
        ) from None
    except RecursionError:
        raise PolicyError(problem("depth", "the file is nested too deeply", "文件嵌套过深", Place(file))) from None
    return Source(file, data, {})


def validate(model: type[Parsed], source: Source) -> Parsed:
    """Read data as a model. Raises PolicyError with every mistake, each at its place."""
    if not isinstance(source.data, dict):
        raise PolicyError(problem("shape", "the file is not a mapping of keys", "文件不是键值映射", source.place(())))
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        found = [_shape_problem(dict(detail), source, model) for detail in error.errors(include_url=False)]
        raise PolicyError(sorted(found, key=lambda p: p.place or Place(""))) from None


def _shape_problem(detail: dict[str, Any], source: Source, model: type[Model]) -> Problem:
    path = _real_path(source.data, detail["loc"])
    kind, name = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        place = source.places.get((*path, ""), source.place(path))
        return problem("unknown-key", f"unknown key `{name}`", f"未知的键 `{name}`", place, did_you_mean(name, known))
    place = source.place(path)
    if kind == "missing":
        return problem("missing-key", f"the key `{name}` is missing", f"缺少键 `{name}`", place)
    if kind == "literal_error":
        accepted = detail["ctx"]["expected"].replace("'", "`").replace(" or ", "、")
        found = detail["input"]
        help = did_you_mean(str(found), [w.strip("`, ") for w in accepted.replace("、", ", ").split(", ")])
        return problem("not-accepted", f"`{found}` is not accepted here", f"此处不接受 `{found}`", place, help)
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
        return problem("shape", message, message, place)
    if kind == "string_pattern_mismatch":
        return problem("name", f"`{detail['input']}` is not a name of this kind", f"`{detail['input']}` 不合命名规则", place,
                       Text(f"accepted: {detail['ctx']['pattern']}", f"规则：{detail['ctx']['pattern']}"))  # fmt: skip
    if path and path[-1] == "[key]":
        path = path[:-1]
    return problem("shape", f"`{name}`: {detail['msg'].lower()}", f"`{name}`：{detail['msg']}", place)


def _real_path(data: Any, loc: tuple[Any, ...]) -> Path_:
    """A pydantic location without the parts that name a branch of a union."""
    path: list[str | int] = []
    for part in loc:
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            data = data[part]
            path.append(part)
        elif part not in _TAGS and part is loc[-1]:
            path.append(part)
    return tuple(path)


def _known_keys(model: type[Model], loc: tuple[Any, ...]) -> list[str]:
    """The keys accepted where an unknown one was found, from the schema, by following the location."""
    schema = model.model_json_schema(by_alias=True)
    parts: list[Any] = [schema]
    for step in loc:
        parts = [found for part in parts for found in _inside(part, step, schema)] or parts
    keys: list[str] = []
    for part in parts:
        for option in _resolved(part, schema):
            keys += option.get("properties", {})
    return keys


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in part:
        return _resolved(schema["$defs"][part["$ref"].rsplit("/", 1)[1]], schema)
    branches = part.get("anyOf", []) + part.get("oneOf", []) + part.get("allOf", [])
    return [option for branch in branches for option in _resolved(branch, schema)] or [part]


def _inside(part: dict[str, Any], step: Any, schema: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for option in _resolved(part, schema):
        if isinstance(step, int) and "items" in option:
            found.append(option["items"])
        elif step in option.get("properties", {}):
            found.append(option["properties"][step])
        elif isinstance(option.get("additionalProperties"), dict) and step not in _TAGS:
            found.append(option["additionalProperties"])
        elif isinstance(option.get("patternProperties"), dict) and step not in _TAGS:
            found += option["patternProperties"].values()
    return found


def shipped_rules() -> Path:
    """The rules this package was installed with, or those of the checkout it runs from."""
    inside = Path(__file__).parent / "rules"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "rules"


def rule_path(root: Path, decision: str) -> Path:
    """The path is the address: `fund.investment` is `fund/investment.yaml`."""
    return root.joinpath(*decision.split(".")).with_suffix(".yaml")


def decision_names(root: Path) -> list[str]:
    """The decisions of a tree, in order, by their paths."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            f for f in folders if not (Path(folder) == root and f == "exclusions") and not f.startswith(".")
        )
        inside = Path(folder).relative_to(root).parts
        if inside:
            found += [".".join((*inside, name.removesuffix(".yaml"))) for name in files if name.endswith(".yaml")]
    return sorted(found)


def load_rule(path: Path) -> tuple[RuleFile, Source]:
    """One rule file. Raises PolicyError."""
    sources = read_yaml(read_text(path), str(path))
    if len(sources) != 1:
        raise PolicyError(
            problem("shape", "a rule file holds one decision", "规则文件应只含一项决定", Place(str(path)))
        )
    return validate(RuleFile, sources[0]), sources[0]


def load_documents(root: Path) -> tuple[DocumentList, Source] | None:
    """`documents.yaml` of a tree, if there is one. Raises PolicyError."""
    path = root / "documents.yaml"
    if not path.exists():
        return None
    sources = read_yaml(read_text(path), str(path))
    source = sources[0] if sources else Source(str(path), None, {})
    return validate(DocumentList, source), source
