"""The files of a draft: the rule, its scenarios, what it leaves out, its document; and how many marks are left in them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.proving.draft import PHRASE, Draft, quoted
from policy_engine.proving.tokens import scan
from policy_engine.proving.wording import MARK

_IN_FORCE: Final = re.compile("起(?:施行|实施|执行)")
_SPAN: Final = re.compile("有效期|试行期")
"""Until when: by a span mostly, of which the text does not say whether its last day counts."""


def rule_text(decision: str, draft: Draft) -> str:
    """The rule file of a draft. It loads only when every mark has been replaced."""
    lines = [
        "# yaml-language-server: $schema=../schema.json",
        f"# A draft: decide each {MARK}, read every line beside the text. How: rules/README.md",
        f"decision: {decision}", f"document: {draft.document}", *(["calendar: cn"] if draft.working else []),
    ]  # fmt: skip
    lines += ["inputs:", *(f"  {name}: {entry}" for name, entry in draft.inputs.items())] if draft.inputs else []
    lines += (
        ["scope:", *(f"  - {{when: not {name}, cite: {cite}}}" for name, cite in draft.outside.items())]
        if draft.outside
        else []
    )
    lines += ["tables:", *draft.tables] if draft.tables else []
    return "\n".join([*lines, "provisions:", *(draft.provisions or [f"  - {MARK}"])]) + "\n"


def scenario_text(decision: str, draft: Draft, as_of: str) -> str:
    """The scenario file of a draft: each check where it is just reached, what it comes to as a mark; and nothing known."""
    lines = [f"decision: {decision}", f"as_of: {as_of or MARK}"]
    lines += [f"facts: {{{', '.join(f'{name}: false' for name in draft.outside)}}}"] if draft.outside else []
    lines.append("cases:")
    for name, title, facts in draft.cases:
        told = ", ".join(f"{fact}: {value}" for fact, value in facts.items() if fact != MARK)
        lines.append(f"  - {{name: {quoted(title)}, facts: {{{told}}}, expect: {{findings: {{{name}: {MARK}}}}}}}")
    unknown = ", ".join(f"{name}: undetermined" for name, _, _ in draft.cases)
    lines.append(f"  - {{name: 事实均未知, expect: {{findings: {{{unknown}}}}}}}")
    return "\n".join(lines) + "\n"


def exclusion_text(draft: Draft) -> str:
    """The exclusion file of a draft: background that holds a number; empty if there is none."""
    lines = [
        f"  - {{at: {said.at}, phrase: {quoted(said.text.rstrip('。')[:PHRASE])}, class: background, reason: 背景叙述，不构成要求}}"
        for said in draft.excluded
        if said.text.endswith("。")
        and any(token.kind not in ("numbering", "document-number") for token in scan(said.text))
    ]
    return "\n".join([f"document: {draft.document}", "exclusions:", *lines]) + "\n" if lines else ""


def in_force(draft: Draft) -> tuple[dt.date, str, str] | None:
    """From which day the document says it is in force, where, and in which words."""
    for said in draft.in_force:
        dates = [value for token in scan(said.text) for value in token.values if isinstance(value, dt.date)]
        if dates and _IN_FORCE.search(said.text):
            return dates[0], said.at, said.text.rstrip("。")[:PHRASE]
    return None


def document_text(draft: Draft) -> str:
    """The entry of `documents.yaml` for the document; what its text says of its own term stands beside it."""
    found = in_force(draft)
    lines = [f"  - number: {draft.document}"]
    if found:
        day, at, phrase = found
        lines += [f"    from: {day}"]
        lines += [f"    until: {MARK}"] * any(_SPAN.search(said.text) for said in draft.in_force)
        lines += [f"    cite: {{at: {at}, phrase: {quoted(phrase)}}}"]
    lines += [
        f"    # {said.at}: {said.text}"
        for said in draft.in_force
        if not found or said.text.rstrip("。")[:PHRASE] != found[2]
    ]
    return "\n".join(lines) + "\n"


def marks(text: str) -> Text:
    """How many marks are left in a file, and where the first is."""
    lines = [
        i
        for i, line in enumerate(text.splitlines(), 1)
        if not line.startswith("#")
        for _ in re.findall(f"(?<![A-Za-z0-9_]){MARK}(?![A-Za-z0-9_])", line)
    ]
    if not lines:
        return Text("nothing is left to decide", "没有待决定之处")
    many = "marks" if len(lines) > 1 else "mark"
    return Text(
        f"{len(lines)} {many} left to decide, first at line {lines[0]}",
        f"尚有 {len(lines)} 处待决定，首处在第 {lines[0]} 行",
    )
