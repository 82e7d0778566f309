"""Files to models: every mistake of a file at once, each at its place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.places import Path_, ReadFile, read_text
from policy_engine.rulefiles import forms
from policy_engine.rulefiles.shape import DECISION, PROVISION, SNAKE, DocumentList, Model
from policy_engine.rulefiles.shape_file import RuleFile
from policy_engine.rulefiles.shape_tables import CSV, USED
from policy_engine.rulefiles.yaml_read import read_yaml

Parsed = TypeVar("Parsed", bound=Model)
_TAGS: Final = frozenset({"text", "mapping", "list"})


def validate(model: type[Parsed], source: ReadFile) -> Parsed:
    """Read data as a model. Raises PolicyError with every mistake, each at its place."""
    if not isinstance(source.data, dict):
        raise _not_a_mapping(source)
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        found = [_shape_problem(dict(detail), source, model) for detail in error.errors(include_url=False)]
        raise PolicyError(sorted((*source.problems, *found), key=lambda p: p.place or Place(""))) from None


def _not_a_mapping(source: ReadFile) -> PolicyError:
    return PolicyError(problem("shape", "the file is not a mapping of keys", "文件不是键值映射", source.place(())))


ROUNDS: Final = 4


def _readable(source: ReadFile) -> tuple[RuleFile, ReadFile]:
    """A rule file with what is misshapen left out and told in `problems`, so that the rest is checked as well.

    Unknown keys are left out, and checks, which no other part refers to. Raises PolicyError where more is misshapen.
    """
    problems, left_out = list(source.problems), set[Path_]()
    data = source.data
    for _ in range(ROUNDS):
        try:
            return RuleFile.model_validate(data), replace(source, problems=tuple(problems))
        except ValidationError as error:
            details: list[dict[str, Any]] = [dict(detail) for detail in error.errors(include_url=False)]
        paths = [_real_path(data, detail["loc"]) for detail in details]
        unknown = {path for detail, path in zip(details, paths, strict=True) if detail["type"] == "extra_forbidden"}
        problems += [
            _shape_problem(detail, source, RuleFile)
            for detail, path in zip(details, paths, strict=True)
            if not (detail["type"] == "value_error" and path in left_out)  # a consequence of the key left out
            and not (path in unknown and _goes_on(data, path, unknown))
        ]
        data = deepcopy(data)
        if not all(_leave_out(data, detail["type"], path) for detail, path in zip(details, paths, strict=True)):
            break
        left_out |= {path[:-1] for path in paths}
    raise PolicyError(sorted(problems, key=lambda p: p.place or Place("")))


def _goes_on(data: Any, path: Path_, unknown: set[Path_]) -> bool:
    """Whether an unknown key without a value goes on with the text that a comma ended before: `{is: min(a, b, c)}`."""
    for step in path[:-1]:
        data = data[step]
    keys = list(data)
    before = keys.index(path[-1]) - 1
    return before >= 0 and all(data[key] is None and (*path[:-1], key) in unknown for key in keys[before : before + 2])


def _leave_out(data: Any, kind: str, path: Path_) -> bool:
    """Take an unknown key, or the check a mistake is in, out of the data; whether that could be done."""
    if kind == "extra_forbidden":
        try:
            for step in path[:-1]:
                data = data[step]
            data.pop(path[-1], None)
        except (KeyError, IndexError):
            pass  # the check that it is in is left out already
        return True
    if len(path) < 2 or path[0] != "provisions":
        return False
    check = data["provisions"][path[1]]
    if isinstance(check, dict) and "value" not in check:
        name = f"left-out-{path[1]}"
        data["provisions"][path[1]] = {"id": name, "cite": {"at": name, "phrase": name}, "unsettled": name}
        return True
    return False


def _shape_problem(detail: dict[str, Any], source: ReadFile, model: type[Model]) -> Problem:
    path = _real_path(source.data, detail["loc"])
    kind, name = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        place = source.places.get((*path, ""), source.place(path))
        inside = not name.isidentifier() and place is not None and "{" in place.source
        comma = detail["input"] is None or inside  # `{en: one, two}`, `{is: min(a, b)}`
        help = _COMMA if comma and name not in known else forms.of_key(name, known) or did_you_mean(name, known)
        return problem(
            "comma" if help is _COMMA else "unknown-key", f"unknown key `{name}`", f"未知的键 `{name}`", place, help
        )
    place = source.place(path)
    if kind == "missing":
        return problem("missing-key", f"the key `{name}` is missing", f"缺少键 `{name}`", place,
                       forms.of_form(path[:-1]))  # fmt: skip
    if kind == "literal_error":
        accepted = detail["ctx"]["expected"].replace("'", "`").replace(" or ", "、")
        found = detail["input"]
        near = "" if str(found)[:1].isdigit() else str(found)  # 12 months are no slip for 2 months
        help = forms.of_word(str(found)) or did_you_mean(
            near, [w.strip("`, ") for w in accepted.replace("、", ", ").split(", ")]
        )
        return problem("not-accepted", f"`{found}` is not accepted here", f"此处不接受 `{found}`", place, help)
    if kind == "value_error":
        return Problem("shape", detail["ctx"]["error"].text, place)
    if kind == "string_pattern_mismatch":
        if path and path[-1] == "[key]":
            place = source.places.get((*path[:-1], ""), place)
        return problem("name", f"`{detail['input']}` is not a name of this kind", f"`{detail['input']}` 不合命名规则", place,
                       _NAMES.get(detail["ctx"]["pattern"]))  # fmt: skip
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), name)
    if kind == "union_tag_invalid":
        kind = "text or mapping" if "mapping" in detail["ctx"]["expected_tags"] else "text or list"
    wanted = _WANTED.get(kind)
    if wanted is None:
        return problem("shape", f"`{name}`: {detail['msg'].lower()}", f"`{name}`：{detail['msg']}", place)
    least = detail.get("ctx", {}).get("max_length" if kind == "string_too_long" else "min_length", "")
    return problem("shape", f"`{name}` takes {wanted.en}".format(least), f"`{name}` {wanted.zh}".format(least), place,
                   forms.of_form(path))  # fmt: skip


_COMMA: Final = Text("put the text in quotes: a comma ends it inside { }", "请给文字加引号：{ } 内逗号会将其截断")
_WANTED: Final = {
    "string_type": Text("one value", "应为单个值"), "list_type": Text("a list", "应为列表"), "dict_type": Text("a mapping", "应为键值映射"),
    "model_type": Text("a mapping", "应为键值映射"), "too_short": Text("at least {}", "至少应有 {} 项"),
    "string_too_short": Text("some text", "应为文字"), "string_too_long": Text("at most {} characters", "至多 {} 个字符"),
    "int_parsing": Text("a whole number", "应为整数"), "int_type": Text("a whole number", "应为整数"),
    "bool_parsing": Text("true or false", "应为 true 或 false"), "bool_type": Text("true or false", "应为 true 或 false"),
    "text or list": Text("one value, or a list of them", "应为单个值，或其列表"), "text or mapping": Text("one value, or a mapping", "应为单个值，或键值映射"),
    "greater_than_equal": Text("a whole number from 1 on", "应为不小于 1 的整数"),
}  # fmt: skip
_NAMES: Final = {
    SNAKE: Text("small letters, digits and _, not beginning with a digit: fund_total", "小写字母、数字和 _，不以数字开头：fund_total"),
    PROVISION: Text("a check is written share-cap, a formula share_cap", "检查写作 share-cap，公式写作 share_cap"),
    USED: Text("decision/formula: fund.investment/size", "决定/公式：fund.investment/size"),
    CSV: Text("a CSV file beside the rule: rates.csv", "与规则同目录的文件：rates.csv"),
    DECISION: Text("two or more words with points between: fund.investment", "以点分隔的两个或更多词：fund.investment"),
}  # fmt: skip


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


def load_rule(path: Path) -> tuple[RuleFile, ReadFile]:
    """One rule file. Raises PolicyError."""
    sources = read_yaml(read_text(path), str(path), refuse=False)
    if len(sources) != 1:
        raise PolicyError(
            problem("shape", "a rule file holds one decision", "规则文件应只含一项决定", Place(str(path)))
        )
    if marks := sorted(_marks(sources[0].data, (), sources[0])):
        raise PolicyError(_undecided(marks))
    if not isinstance(sources[0].data, dict) or any(p.code == "tag" for p in sources[0].problems):
        raise PolicyError(sources[0].problems) if sources[0].problems else _not_a_mapping(sources[0])
    _with_files(sources[0], path.parent)
    return _readable(sources[0])


def _with_files(source: ReadFile, folder: Path) -> None:
    """The rows of tables that stand in CSV files beside the rule. Raises PolicyError."""
    tables = source.data.get("tables")
    for name, table in tables.items() if isinstance(tables, dict) else ():
        dated = table.get("from") if isinstance(table, dict) else None
        bodies: dict[Path_, Any] = {("tables", name): table}
        bodies |= (
            {("tables", name, "from", day): body for day, body in dated.items()} if isinstance(dated, dict) else {}
        )
        for path, body in bodies.items():
            file = body.get("file") if isinstance(body, dict) else None
            if not isinstance(file, str) or not re.match(CSV, file):
                continue
            if "rows" in body:
                raise PolicyError(
                    problem(
                        "table",
                        "rows stand in the file or here, not in both",
                        "各行写在文件或此处，不可两处都有",
                        source.place(path),
                    )
                )
            at = folder / file
            lines = read_text(at).splitlines()
            rows = [
                (i, [cell.strip() for cell in row])
                for i, row in enumerate(csv.reader(lines))
                if any(map(str.strip, row))
            ]
            body["rows"] = [row for _, row in rows]
            source.places.update(
                {(*path, "rows", k): Place(str(at), i + 1, 1, lines[i]) for k, (i, _) in enumerate(rows)}
            )


_MARK: Final = re.compile("(?<![A-Za-z0-9_])TODO(?![A-Za-z0-9_])")


def _undecided(marks: list[Place]) -> Problem:
    """A draft that is not finished: how much is left, and where to begin."""
    many, first = len(marks), marks[0]
    help = Text("replace each mark with what you decided", "请逐处改为你的决定")
    return problem("todo", f"{many} mark{'s' if many > 1 else ''} left to decide, first at line {first.line}",
                   f"尚有 {many} 处待决定，首处在第 {first.line} 行", first, help)  # fmt: skip


def _marks(part: Any, path: Path_, source: ReadFile) -> Iterator[Place]:
    """Where a draft is not decided yet, mark by mark."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inner:
        yield from (source.place((*path, key)) for _ in _MARK.findall(str(key)))
        yield from _marks(value, (*path, key), source)
    if isinstance(part, str):
        yield from (source.place(path) for _ in _MARK.findall(part))


def load_documents(root: Path) -> tuple[DocumentList, ReadFile] | None:
    """`documents.yaml` of a tree, if there is one. Raises PolicyError."""
    path = root / "documents.yaml"
    if not path.exists():
        return None
    sources = read_yaml(read_text(path), str(path))
    source = sources[0] if sources else ReadFile(str(path), None, {})
    return validate(DocumentList, source), source
