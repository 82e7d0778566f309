"""The command `import`: rules that others wrote, as rule files and scenarios."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from policy_engine.doors.options import LangOption, complaints, language, refuse, tell

Target = Annotated[Path, typer.Option("-o", "--output", metavar="RULES", help="The folder of rules to write.")]
NOT_IMPORTED = "not-imported.tsv"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    kinds = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Read rules that others wrote. 导入他处的规则。"
    )
    app.add_typer(kinds, name="import")

    @kinds.command()
    def rulespec(folder: Path, output: Target, lang: LangOption = None) -> None:
        """Read RuleSpec modules and their cases. Example: policy import rulespec modules -o city/rules

        A decision for each module; its cases go to `scenarios` beside RULES, what cannot be said to `not-imported.tsv` there.
        """
        tongue = language(lang)
        with complaints(tongue):
            if not folder.is_dir():
                refuse("unreadable", f"`{folder}` is not a folder", f"`{folder}` 不是文件夹")
            _import(folder, output, tongue == "zh")


def _import(folder: Path, output: Path, zh: bool) -> None:
    from policy_engine.importing.rulefile import decision_name, imported
    from policy_engine.importing.rulespec import Library
    from policy_engine.rulefiles.folder import rule_path
    from policy_engine.tables.writing import write_text

    library, reasons, lines = Library(folder), Counter[str](), list[str]()
    rules = cases = 0
    if not library.paths:
        refuse("unreadable", f"`{folder}` holds no modules (.yaml)", f"`{folder}` 中没有模块（.yaml）")
    if twice := [n for n, k in Counter(map(decision_name, library.paths)).items() if k > 1]:
        refuse("twice", f"two modules would be `{twice[0]}`", f"有两个模块同名 `{twice[0]}`")
    for id_ in library.paths:
        found = imported(library, id_)
        parts = (("scenarios", found.scenario_file), ("rules", found.rule_file))
        for kind, text in parts:
            path = rule_path(output if kind == "rules" else output.parent / kind, found.decision)
            if text:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_text(path, text)
        rules, cases = rules + bool(found.rule), cases + len(found.scenarios)
        for what, name, reason in found.left_out():
            reasons[f"{what}: {reason.reason}"] += 1
            lines.append("\t".join((id_, what, name, reason.reason, reason.part.replace("\t", " "))) + "\n")
    output.parent.mkdir(parents=True, exist_ok=True)
    write_text(output.parent / NOT_IMPORTED, "module\twhat\tname\treason\tpart\n" + "".join(lines))
    tell(f"{output}：{rules} 项决定，{cases} 个情形" if zh else f"{output}: {rules} decisions, {cases} scenarios")
    for why, count in reasons.most_common():
        tell(f"{count:7} {why}")
    if lines:
        tell(f"{output.parent / NOT_IMPORTED}")
