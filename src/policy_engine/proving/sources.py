"""The text of a gazette held against a tree of rules, with the procedures and exclusions that stand beside them."""

from __future__ import annotations

from pathlib import Path

from policy_engine.basics.places import read_text
from policy_engine.procedures.load import load_procedure, procedure_names
from policy_engine.proving.audit import Audit, audit, owned, read_source
from policy_engine.proving.exclusions import load_exclusions
from policy_engine.rulefiles.rulebook import Rulebook


def audit_of(path: Path, book: Rulebook) -> Audit:
    """What accounts for each number of a text. Raises PolicyError for a text or rules that cannot be used."""
    source = read_source(read_text(path), book.documents, str(path))
    folder = book.root.parent / "procedures"  # procedures stand beside the rules they use
    names = procedure_names(folder) if folder.is_dir() else []
    procedures = [load_procedure(name, folder, book.root) for name in names]
    return audit(source, book, owned(book, load_exclusions(book.root), procedures))
