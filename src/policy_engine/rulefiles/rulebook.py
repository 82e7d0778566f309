"""What rules mean together: the decisions of a tree, each read when it is first asked for, and its documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, demand, did_you_mean, problem
from policy_engine.deciding.outline import bare
from policy_engine.rulebook.called import Called
from policy_engine.rulebook.rule import Document, Rule
from policy_engine.rulefiles.cache import cached, named
from policy_engine.rulefiles.folder import (
    NAME,
    calendar_files,
    decision_names,
    files_of,
    is_decision,
    misplaced,
    rule_path,
)

ALL: Final = "all"
CONTENT: Final = "content"
"""Under what a rule has the name of the content it was made of, in what is kept with it."""
_CALENDAR: Final = re.compile(r"^calendar:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_USES: Final = re.compile(r"""\buses["']?\s*:""")
_USED: Final = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)+)/\w")


class Rulebook:
    """The decisions of a tree of rules, each loaded when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._rules: dict[str, Rule] = {}
        self._reading: list[str] = []
        self._one_at_a_time = RLock()
        self._beside: dict[Path, list[Path]] = {}

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The documents by number. Raises PolicyError."""
        path = self.root / "documents.yaml"

        def compiled() -> Mapping[str, Document]:
            from policy_engine.rulefiles.compose import compose_documents
            from policy_engine.rulefiles.load import load_documents

            loaded = load_documents(self.root)
            return compose_documents(*loaded) if loaded else {}

        return cached("documents", (path,), compiled)

    @cached_property
    def _calendars(self) -> Mapping[str, Path]:
        return calendar_files(self.root)

    def decisions(self) -> list[str]:
        """The names of all decisions, by their paths, without loading them."""
        return decision_names(self.root)

    def rule(self, decision: str, assume: str = ALL) -> Rule:
        """One decision, with all that silence is taken to mean or with `none` of it. Raises PolicyError."""
        demand("decision", decision, str)
        demand("assume", assume, str)
        if assume not in (ALL, "none"):
            raise PolicyError(problem("assume", f"`{assume}` is not `all` or `none`", f"`{assume}` 应为 all 或 none"))
        if decision not in self._rules:
            with self._one_at_a_time:
                self._read(decision)
        rule = self._rules[decision]
        return rule if assume == ALL else bare(rule)

    def _read(self, decision: str) -> None:
        """Read a decision, and those it uses, unless another thread just did. Raises PolicyError."""
        if decision in self._rules:
            return
        known = is_decision(self.root, decision)
        path = rule_path(self.root, decision)
        if known and not path.is_file():
            en, zh = "not a file, or a link that leads nowhere", "不是文件，或链接无所指"
            raise PolicyError(problem("unreadable", en, zh, Place(str(path))))
        if not known:
            raise PolicyError(self._unknown(decision))

        def compiled() -> Rule:
            from policy_engine.rulefiles.calendars import calendar_named
            from policy_engine.rulefiles.compose import compose
            from policy_engine.rulefiles.load import load_rule

            file, source = load_rule(path)
            calendar = calendar_named(file.calendar, source, calendars) if file.calendar else None
            return compose(file, source, self.documents, decision, self.rule, calendar)

        if decision in self._reading:
            ring = " → ".join([*self._reading[self._reading.index(decision) :], decision])
            raise PolicyError(problem("cycle", f"decisions use each other: {ring}", f"各决定互相引用：{ring}"))
        calendars = self._calendars
        files = (self.root / "documents.yaml", *calendars.values())
        self._reading.append(decision)
        try:
            rule, content = named(f"rule {decision}", (*files, *self._sources([decision])), compiled)
            if content is not None:
                rule.kept[CONTENT] = content
            self._rules[decision] = rule
        finally:
            self._reading.pop()

    def _sources(self, decisions: list[str]) -> list[Path]:
        """The files a decision is read from: its own, those it uses, and the tables beside those that may name one."""
        found: dict[Path, None] = {}
        while decisions:
            path = rule_path(self.root, decisions.pop())
            if path not in found and path.is_file():
                text = path.read_bytes().decode(errors="replace")
                named = ".csv" in text or "\\" in text  # a name can be written with escapes
                if named and path.parent not in self._beside:  # once: a folder of many decisions is long
                    self._beside[path.parent] = sorted(path.parent.glob("*.csv"))
                found |= dict.fromkeys((path, *(self._beside[path.parent] if named else ())))
                decisions += _USED.findall(text) if _USES.search(text) else []
        return list(found)

    def sources(self, decision: str) -> list[Path]:
        """All files that a decision is read from: documents, its own and those it uses, tables, the calendars they name. Raises PolicyError."""
        self.rule(decision)
        own = self._sources([decision])
        named = {name for path in own for name in _CALENDAR.findall(path.read_text(encoding="utf-8"))}
        found = (self.root / "documents.yaml", *(path for name, path in self._calendars.items() if name in named), *own)
        return [path for path in found if path.is_file()]

    def pointers(self, rule: Rule) -> dict[str, Text]:
        """What is called what the provisions of a rule point to: the provision, and the decision it stands in."""
        found: dict[str, Text] = {}
        for target in dict.fromkeys(target for p in rule.provisions for target in p.see):
            decision, _, name = target.partition("/")
            other = self.rule(decision) if decision in self.decisions() else None
            titles = [p.title for p in other.provisions if p.id == name] if other else []
            if other and titles:
                found[target] = Text(f"{other.title.en}: {titles[0].en}", f"{other.title.zh}：{titles[0].zh}")
        return found

    def _unknown(self, decision: str) -> Problem:
        for path in misplaced(self.root):
            if path.stem == decision.rsplit(".", 1)[-1]:
                return _misplaced(path)
        en, zh = f"unknown decision `{decision}`", f"没有 `{decision}` 这项决定"
        return problem("unknown-decision", en, zh, None, did_you_mean(decision, self.decisions()))

    def called(self) -> list[Called]:
        """What every decision is called. Raises PolicyError with the problems of all files."""
        found = files_of(self.root)
        names = ";".join(str(path.relative_to(self.root)) for path in found)  # a file where none can be is a problem

        def compiled() -> list[Called]:
            return [Called(rule.decision, rule.document.number, rule.title) for rule in self.rules()]

        return cached(f"called {names}", (*found, *self._calendars.values()), compiled)

    def rules(self) -> list[Rule]:
        """Every decision. Raises PolicyError with the problems of all files."""
        rules: list[Rule] = []
        problems: list[Problem] = [_misplaced(path) for path in misplaced(self.root)]
        for decision in filter(NAME.fullmatch, self.decisions()):
            try:
                rules.append(self.rule(decision))
            except PolicyError as error:
                problems += error.problems
        if problems:
            raise PolicyError(problems)
        return rules


def _misplaced(path: Path) -> Problem:
    help = Text("the path is the address: `<area>/<question>.yaml`, in small letters, digits and -",
                "路径即名称：应为 `<领域>/<问题>.yaml`，用小写字母、数字和 -")  # fmt: skip
    return problem("misplaced", "no rule can be here", "此处不能放规则文件", Place(str(path)), help)
