"""The command `import`: rules that others wrote, as rule files and scenarios."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from policy_engine.doors.options import UTF_8, Encoding, LangOption, Sheet, complaints, language, refuse, tell
from policy_engine.doors.tongue import Commands, Group
from policy_engine.words import many

Target = Annotated[Path, typer.Option("-o", "--output", metavar="RULES", help="The folder of rules to write.")]
NOT_IMPORTED = "not-imported.tsv"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    kinds = Commands(
        cls=Group, no_args_is_help=True, rich_markup_mode=None, help="Read rules that others wrote. 导入他处的规则。"
    )
    app.add_typer(kinds, name="import")

    @kinds.command()
    def rulespec(folder: Path, output: Target, lang: LangOption = None) -> None:
        """Read RuleSpec modules and their cases. Example: policy import rulespec modules -o city/rules

        A decision for each module; its cases go to `scenarios` beside RULES, what cannot be said to `not-imported.tsv` there.
        """
        tongue = language(lang)
        with complaints(tongue):
            _import(folder, output, tongue == "zh")

    @kinds.command()
    def dmn(file: Path, decision: str, output: Target, lang: LangOption = None) -> None:
        """Read the decision tables of a DMN model. Example: policy import dmn fees.dmn city.fees -o city/rules"""
        with complaints(language(lang)):
            from policy_engine.importing.dmn import dmn_rule, read_xml

            rule, left_out = dmn_rule(read_xml(_bytes(file), str(file)), _named(decision))
            for name, reason in left_out:
                tell(f"{name}: {reason}", err=True)
            if not rule["provisions"]:
                refuse("import", f"`{file}` has no decision table that can be read", f"`{file}` 中没有可读的决策表")
            _write(output, decision, rule)

    @kinds.command()
    def table(
        file: Path,
        decision: str,
        output: Target,
        sheet: Sheet = None,
        encoding: Encoding = UTF_8,
        lang: LangOption = None,
    ) -> None:
        """Read a table that is looked up, its last column the result. Example: policy import table rates.xlsx city.rates -o city/rules

        A cell is a value, a test (`<= 36000`, `[1..5]`, `1, 2`) or empty for anything.
        """
        with complaints(language(lang)):
            _write(
                output,
                decision,
                {"decision": _named(decision), "document": file.name, **_lookup(file, sheet, encoding)},
            )


def _lookup(file: Path, sheet: str | None, encoding: str) -> dict[str, Any]:
    """The inputs and provisions of a table. Raises PolicyError."""
    from policy_engine.importing.formulas import Unsaid
    from policy_engine.importing.grid import lookup
    from policy_engine.tables.files import read_table

    rows = [[str("" if c is None else c) for c in row] for _, row in read_table(file, sheet, encoding)]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    try:
        if len({len(row) for row in rows}) != 1:
            raise Unsaid("rows of different length, or none")
        return lookup(file.name, rows[0], rows[1:])
    except Unsaid as reason:
        refuse("import", f"`{file}` cannot be read as a table: {reason}", f"`{file}` 无法作为对照表读取：{reason}")


def _named(decision: str) -> str:
    """A name for a decision. Raises PolicyError."""
    from policy_engine.rulefiles.folder import NAME

    if not NAME.fullmatch(decision):
        refuse("name", f"`{decision}` is no name for a decision: area.question, in lower case",
               f"`{decision}` 不是决定的名称：应为小写的 area.question")  # fmt: skip
    return decision


def _bytes(file: Path) -> bytes:
    from policy_engine.basics.places import read_text

    return read_text(file).encode()


def _write(output: Path, decision: str, rule: dict[str, Any]) -> None:
    """Write a rule file that is not there yet. Raises PolicyError."""
    from policy_engine.importing.yaml_text import yaml_text
    from policy_engine.rulefiles.folder import rule_path
    from policy_engine.tables.writing import write_texts

    path = rule_path(output, decision)
    if path.exists():
        refuse("exists", f"`{path}` exists already", f"`{path}` 已存在")
    write_texts({path: yaml_text(rule)})
    tell(str(path))


def _import(folder: Path, output: Path, zh: bool) -> None:
    from policy_engine.importing.rulefile import decision_name, imported
    from policy_engine.importing.rulespec import Library
    from policy_engine.rulefiles.folder import rule_path
    from policy_engine.tables.writing import write_texts

    if not folder.is_dir():
        refuse("unreadable", f"`{folder}` is not a folder", f"`{folder}` 不是文件夹")
    library, reasons, lines = Library(folder), Counter[str](), list[str]()
    files, rules, cases = dict[Path, str](), 0, 0
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
                files[path] = text
        rules, cases = rules + bool(found.rule), cases + len(found.scenarios)
        for what, name, reason in found.left_out():
            reasons[f"{what}: {reason.reason}"] += 1
            lines.append("\t".join((id_, what, name, reason.reason, reason.part.replace("\t", " "))) + "\n")
    files[output.parent / NOT_IMPORTED] = "module\twhat\tname\treason\tpart\n" + "".join(lines)
    write_texts(files)
    tell(
        f"{output}：{rules} 项决定，{cases} 个情景"
        if zh
        else f"{output}: {many(rules, 'decision')}, {many(cases, 'scenario')}"
    )
    for why, count in reasons.most_common():
        tell(f"{count:7} {why}")
    if lines:
        tell(f"{output.parent / NOT_IMPORTED}")
