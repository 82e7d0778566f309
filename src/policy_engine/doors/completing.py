"""What a shell offers while a command line is typed: decisions, procedures, inputs, options and readings by name, or as Chinese calls them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from policy_engine.basics.errors import PolicyError

if TYPE_CHECKING:
    from policy_engine.rulebook.rule import Rule

WATCH = "watch:"
_QUOTED: Final = r"(\"[^\"]*\"|'[^']*'|[^,}]*?)"
_TITLE: Final = re.compile(rf"^title: *\{{ *en: *{_QUOTED} *, *zh: *{_QUOTED} *\}}", re.MULTILINE)


def typed() -> list[str]:
    """The words before the one that is completed, where a shell asks for one; else none."""
    asked = next((os.environ[name] for name in ("_TYPER_COMPLETE_ARGS", "COMP_WORDS") if name in os.environ), "")
    words = asked.split()
    return (words if asked[-1:].isspace() else words[:-1])[1:] if "_POLICY_COMPLETE" in os.environ else []


def decisions(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Decisions by name, each with its title; none where the rules cannot be read."""
    return _titled(ctx, incomplete)


def shown(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Decisions, and procedures behind `watch:`."""
    watched = [(WATCH + name, "") for name in _procedures(ctx) if (WATCH + name).startswith(incomplete)]
    return [*_titled(ctx, incomplete), *watched]


def procedures(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Procedures by name."""
    return [(name, "") for name in _procedures(ctx) if name.startswith(incomplete)]


def settings(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """`name=` of each input of the decision that was typed, then `name=option` of those that have options."""
    rule = _rule(ctx)
    return [] if rule is None else [one for one in _settings(rule, incomplete) if one[0].startswith(incomplete)]


def readings(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """`question=reading` of each question that the text leaves open."""
    rule = _rule(ctx)
    found = [] if rule is None else [
        (f"{question.name}={name}", label.en) for question in rule.readings.values() for name, label in question.options.items()
    ]  # fmt: skip
    return [one for one in found if one[0].startswith(incomplete)]


def _settings(rule: Rule, incomplete: str) -> Iterator[tuple[str, str]]:
    name, equals, _ = incomplete.partition("=")
    chinese = not name.isascii()
    for entry in rule.askable.values():
        called = entry.label.zh if chinese else entry.name
        if not equals:
            yield f"{called}=", entry.label.en
        elif called == name:
            options = {label.zh if chinese else option: label.en for option, label in entry.options.items()}
            flags = ("是", "否") if chinese else ("yes", "no")
            options |= dict.fromkeys(flags, "") if entry.type.kind == "flag" else {}
            yield from ((f"{name}={option}", label) for option, label in options.items())


def _titled(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The decisions whose names or Chinese titles begin so, with titles as the files write them: no rule is made of them."""
    from policy_engine.rulefiles.folder import decision_names, rule_path, shipped_rules

    root = _path(ctx, "rules") or shipped_rules()
    named = [(name, *_titles(rule_path(root, name))) for name in decision_names(root)]
    offered = [(name, en) if incomplete.isascii() else (zh, en) for name, en, zh in named]
    return [one for one in offered if one[0].startswith(incomplete)]


def _titles(path: Path) -> tuple[str, str]:
    """The titles in English and Chinese, where they stand on a line as usual; else none."""
    try:
        found = _TITLE.search(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return "", ""
    return (found[1].strip("\"'"), found[2].strip("\"'")) if found else ("", "")


def _procedures(ctx: typer.Context) -> list[str]:
    from policy_engine.procedures.load import procedure_names

    try:
        return procedure_names(_path(ctx, "procedures"))
    except PolicyError:
        return []


def _rule(ctx: typer.Context) -> Rule | None:
    from policy_engine.book import load
    from policy_engine.doors.called import decision_called

    name = ctx.params.get("decision") or next(iter(ctx.args), None)  # left over where an option waits for its value
    try:
        book = load(_path(ctx, "rules"))
        return book.rule(decision_called(book, name)) if name else None
    except PolicyError:
        return None


def _path(ctx: typer.Context, name: str) -> Path | None:
    found: Any = ctx.params.get(name)
    return Path(found) if found else None
