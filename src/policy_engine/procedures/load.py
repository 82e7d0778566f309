"""Where procedures live, and how one is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.basics.errors import Place, PolicyError, did_you_mean, problem
from policy_engine.basics.places import read_text
from policy_engine.rulebook.called import Called
from policy_engine.rulefiles.cache import cached
from policy_engine.rulefiles.folder import calendar_files, decision_names, files_of, rule_path, shipped, shipped_rules
from policy_engine.rulefiles.rulebook import ALL, Rulebook

if TYPE_CHECKING:
    from policy_engine.procedures.procedure import Procedure


def shipped_procedures() -> Path:
    """The procedures this package was installed with, or those of the checkout it runs from."""
    return shipped("procedures")


def procedure_names(root: Path | None = None) -> list[str]:
    """The procedures of a tree, by their paths."""
    return decision_names(root or shipped_procedures())


def called(root: Path | None = None, rules: Path | None = None) -> list[Called]:
    """What every procedure of a tree is called. Raises PolicyError with every mistake of the first that has any."""
    folder, book = root or shipped_procedures(), Rulebook(rules or shipped_rules())
    found, used = files_of(folder), files_of(book.root)
    names = ";".join(str(path.relative_to(folder)) for path in found)

    def compiled() -> list[Called]:
        all_ = [load_procedure(name, root, rules) for name in procedure_names(root)]
        return [Called(one.name, one.rule.document.number, one.title) for one in all_]

    return cached(f"procedures {names}", (*found, *used, *calendar_files(book.root).values()), compiled)


def load_procedure(name: str, root: Path | None = None, rules: Path | None = None, assume: str = ALL) -> Procedure:
    """One procedure by its name, such as `party-group.meeting`. Raises PolicyError with every mistake.

    `assume`: `none` takes the silence of events for nothing at all.
    """
    folder = root or shipped_procedures()
    known = procedure_names(folder)
    if name not in known:
        found = problem("unknown-procedure", f"unknown procedure `{name}`", f"没有 `{name}` 这一程序")
        raise PolicyError(replace(found, help=did_you_mean(name, known)))
    from policy_engine.procedures.compose import compose_procedure
    from policy_engine.procedures.shape import ProcedureFile
    from policy_engine.rulefiles.load import validate
    from policy_engine.rulefiles.yaml_read import read_yaml

    path = rule_path(folder, name)
    sources = read_yaml(read_text(path), str(path))
    if len(sources) != 1:
        raise PolicyError(problem("shape", "the file holds one procedure", "文件应只含一项程序", Place(str(path))))
    file = validate(ProcedureFile, sources[0])
    read = compose_procedure(file, sources[0], Rulebook(rules or shipped_rules()), name)
    return read if assume == ALL else replace(read, rule=read.rule.without(read.rule.assumable), assume=assume)
