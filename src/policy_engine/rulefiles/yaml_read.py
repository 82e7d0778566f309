"""How YAML and JSON are read: to plain data with the text of every scalar and the place of every part.

Apart from `basics.places`, so that a start whose rules are compiled does not import the reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, problem
from policy_engine.basics.places import MAX_DEPTH, Path_, ReadFile
from policy_engine.rulefiles.parsers import said_by_parser

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str, file: str, refuse: bool = True) -> list[ReadFile]:
    """The documents of a YAML or JSON text. Duplicate keys, anchors, tags and tabs are refused. Raises PolicyError.

    With `refuse` false, what does not hinder reading (a duplicate key, a tag) is left in `problems` for the caller to tell.
    """
    try:
        sources = list(_Documents(text, file).documents())
        if refuse and (problems := [p for source in sources for p in source.problems]):
            raise PolicyError(problems)
        return sources
    except yaml.MarkedYAMLError as error:
        raise PolicyError(_yaml_problem(error, text, file)) from None
    except yaml.reader.ReaderError:
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        before = text[: found.start() if found else 0]
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise PolicyError(problem("yaml", "a control character stands here", "此处有控制字符", place)) from None


def read_merged(text: str, file: str) -> Any:
    """The data of a YAML text of others, anchors and merges resolved, every scalar the text that was written. Raises PolicyError."""
    try:
        return _Texts(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        raise PolicyError(_yaml_problem(error, text, file)) from None


class _Texts(Loader):  # type: ignore[misc]
    """No scalar is made a number, so none is a binary float; what is shared is not copied."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        c: [(tag, form) for tag, form in known if tag.endswith((":null", ":merge"))]
        for c, known in Loader.yaml_implicit_resolvers.items()
    }


def _yaml_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = _place(mark, text.splitlines(), file) if mark else Place(file)
    if "\t" in place.source[: place.column + 1]:
        return problem("tab", "a tab is used for indentation", "缩进用了制表符", place, Text("use spaces", "请用空格"))
    reason = error.problem or "cannot be read"
    advice = Text(
        "put a text in quotes that begins with a quote, holds `: ` or ` #`, or inside { } a comma or a bracket",
        "以引号开头，或含 `: `、` #`，或在 { } 内含逗号、括号 [ ] { } 的文字，须整体加引号",
    )
    return Problem("yaml", said_by_parser("YAML", reason), place, advice)


def _place(mark: Any, lines: list[str], file: str) -> Place:
    source = lines[mark.line] if mark.line < len(lines) else ""
    return Place(file, mark.line + 1, mark.column + 1, source)


class _Documents:
    """Events to plain data, without recursion in the parser and without aliases, so that size is bounded."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file, self.lines = text, file, text.splitlines()
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=Loader))
        self.problems: list[Problem] = []
        self.places: dict[Path_, Place] = {}

    def documents(self) -> Iterator[ReadFile]:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.places = {}
                data = self.node(next(self.events), ())
                yield ReadFile(self.file, data, self.places, tuple(self.problems), tuple(self.lines))
                self.problems = []

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
            # nothing: the parsers differ in whether it stands before or after a blank
            if not event.style and not event.value:
                before = place.source[: place.column - 1]
                self.places[path] = place.shifted(len(before.rstrip()) - len(before))
            plain_null = not event.style and event.value in ("", "~", "null", "Null", "NULL")
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
