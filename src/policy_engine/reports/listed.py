"""The decisions and procedures of a tree, by name: as text, Markdown, data."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.basics.errors import Lang
from policy_engine.rulebook.called import Called
from policy_engine.words import over, say


def _named(decisions: Sequence[Called], procedures: Sequence[Called]) -> list[tuple[str, Called]]:
    return [*((one.name, one) for one in decisions), *((f"watch:{one.name}", one) for one in procedures)]


def text(decisions: Sequence[Called], procedures: Sequence[Called], lang: Lang) -> str:
    """A line a decision, then a line a procedure."""
    named = _named(decisions, procedures)
    width = max((len(name) for name, _ in named), default=0)
    lines = [f"{name:<{width}}  {one.document}  {one.title.of(lang)}\n" for name, one in named]
    if procedures:
        lines.insert(len(decisions), f"\n{over('procedures', lang)}\n")
    return "".join(lines)


def markdown(decisions: Sequence[Called], procedures: Sequence[Called], lang: Lang) -> str:
    """A row a decision or procedure."""
    from policy_engine.reports.markdown import cell

    heads = " | ".join(say(key, lang) for key in ("decision", "document", "title"))
    rows = (
        f"| `{name}` | {cell(one.document)} | {cell(one.title.of(lang))} |"
        for name, one in _named(decisions, procedures)
    )
    return "\n".join([f"| {heads} |", "| --- | --- | --- |", *rows]) + "\n"


def to_data(decisions: Sequence[Called], procedures: Sequence[Called]) -> list[dict[str, object]]:
    """Decisions, then procedures, with their documents, as data."""
    found = [*(("decision", one) for one in decisions), *(("procedure", one) for one in procedures)]
    return [{kind: one.name, "document": one.document, "title": one.title.to_json()} for kind, one in found]
