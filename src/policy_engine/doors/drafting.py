"""`policy new`: a document as a draft of its rule, its scenarios and what it leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policy_engine.basics.errors import Text
from policy_engine.doors.options import LangOption, Rules, complaints, language, refuse, tell


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def new(
        decision: str,
        source: Annotated[Path, typer.Option("--source", metavar="FILE", help="The text of the gazette.")],
        document: Annotated[str, typer.Option("--document", metavar="NUMBER", help="The document's number.")],
        at: Annotated[str, typer.Option("--at", metavar="LOCATOR", help="One clause of it, as it is printed; else all.")] = "",
        rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Draft a rule, its scenarios and exclusions from a document, with TODO marks for what you decide.

        Example: policy new society.grant --source gazette.txt --document 某政发〔2025〕1号 --at 第七条
        """
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.proving.draft_files import marks
            from policy_engine.rulefiles.folder import NAME, rule_path, shipped_rules
            from policy_engine.tables.writing import write_texts

            if not NAME.fullmatch(decision):
                refuse("name", f"`{decision}` is no name for a decision: area.question, in lower case",
                       f"`{decision}` 不是决定的名称：应为小写的 area.question")  # fmt: skip
            root = rules or shipped_rules()
            path = rule_path(root, decision)
            if path.exists():
                refuse("exists", f"`{path}` exists already", f"`{path}` 已存在")
            files = _files(root, path, decision, source, document, at)
            kept = {file for file in files if file.exists() and file.name != "documents.yaml"}
            write_texts({file: text for file, text in files.items() if file not in kept})
            for file, text in files.items():
                there = Text("kept as it is", "已存在，未改动")
                tell(f"{file}: {(there if file in kept else marks(text)).of(tongue)}")


def _files(root: Path, path: Path, decision: str, source: Path, document: str, at: str) -> dict[Path, str]:
    """The files of a draft. Raises PolicyError."""
    from policy_engine.basics.places import read_text
    from policy_engine.proving.clauses import read_clauses
    from policy_engine.proving.draft import drafted
    from policy_engine.proving.draft_files import document_text, exclusion_text, in_force, rule_text, scenario_text
    from policy_engine.rulefiles.folder import rule_path
    from policy_engine.rulefiles.load import load_documents

    original = read_text(source)
    draft = drafted(document, read_clauses(original, document, at))
    since = in_force(drafted(document, read_clauses(original, document)))
    found = {
        path: rule_text(decision, draft),
        rule_path(root.parent / "scenarios", decision): scenario_text(decision, draft, str(since[0]) if since else ""),
    }
    if left_out := exclusion_text(draft):
        found[root / "exclusions" / f"{decision.replace('.', '-')}.yaml"] = left_out
    listed, documents = load_documents(root), root / "documents.yaml"
    if listed is None or document not in [entry.number for entry in listed[0].documents]:
        before = read_text(documents) if listed else "documents:\n"
        found[documents] = (
            before.rstrip("\n") + "\n" + document_text(drafted(document, read_clauses(original, document)))
        )
    return found
