"""The command `ask`: an interview that asks only what can still change the answer."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from policy_engine.basics.errors import Lang, PolicyError, Text
from policy_engine.basics.numerals import narrow
from policy_engine.doors import completing
from policy_engine.doors.options import (
    AsOf,
    Assume,
    Assumptions,
    DecisionName,
    LangOption,
    Output,
    Readings,
    Rules,
    Strict,
    Template,
    complaints,
    emit,
    language,
    of_formats,
    on_date,
    readings_of,
    rule_of,
    settings,
    tell,
)
from policy_engine.reports.formats import CHECK
from policy_engine.words import exit_of

if TYPE_CHECKING:
    from policy_engine.asking.interview import Interview
    from policy_engine.rulebook.rule import Input
    from policy_engine.solving.questions import Effect

PATIENCE: Final = 5
"""So many seconds a solver may take for what `?` asks of it."""
WHY: Final = ("?", "？")
BACK: Final = ("<", "＜")
FINISH: Final = (".", "。")
DIGITS: Final = 6
_BRACKETS: Final = re.compile("[（(]")
NOT_KNOWN: Final = ("-", "—", "不知道", "不清楚", "don't know", "unknown")
YES: Final = Text("yes", "是")
NO: Final = Text("no", "否")
NOTHING: Final = Text("nothing was said: give a value, or - if you do not know", "未填写：请填写，不清楚的填 -")
DECIDE_AGAIN: Final = Text(
    "facts, for `policy check {} --facts FILE`:", "事实（可存为文件，供 policy check {} --facts 文件 使用）："
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def ask(
        decision: DecisionName,
        facts: Annotated[Path | None, typer.Option("--facts", metavar="FILE", help="What is known already, as YAML or JSON.")] = None,
        set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One fact; repeatable, wins over the file.", autocompletion=completing.settings)] = None,
        save: Annotated[Path | None, typer.Option("--save", metavar="FILE", help="Keep the facts as YAML; else they are shown.")] = None,
        as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all, strict: Strict = False,
        format: Annotated[str, of_formats(CHECK)] = "text", output: Output = None, template: Template = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Ask for the facts of a case, the decisive ones first, and decide it. Example: policy ask award.grant

        An answer may be ? (why it is asked), - (not known), < (back), NAME=VALUE (another answer), . (finish).
        """
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.asking.interview import Interview
            from policy_engine.deciding.facts import read_facts
            from policy_engine.proving.facts import beside, read_facts_file

            rule, known = rule_of(rules, decision, assume.value), settings(set_)
            if facts:
                known, place_of = beside(rule, read_facts_file(facts), known)
                read_facts(rule, known, place_of)  # its mistakes are told by their lines
            begun = Interview(rule=rule, as_of=on_date(as_of), chosen=readings_of(rule, reading), answers=known)
            ended = _Talk(begun, tongue).to_the_end()
            emit(ended.decision, CHECK, tongue, format, output, template, read=[facts])
            _keep(ended, save, tongue)
            raise typer.Exit(exit_of((ended.decision.outcome,), strict))


class _Talk:
    """Questions on standard error, answers from standard input; every step can be taken back."""

    def __init__(self, begun: Interview, lang: Lang) -> None:
        self.steps, self.lang = [begun], lang

    @property
    def now(self) -> Interview:
        """What was said so far."""
        return self.steps[-1]

    def to_the_end(self) -> Interview:
        """The interview when nothing is left to ask, or the person or the input has ended it."""
        from policy_engine.reports.question import how, question, standing, unasked

        tell(how(self.lang), err=True)
        while self._settled().questions:
            entry = self.now.questions[0]
            tell(f"\n{standing(self.now, self.lang)}", err=True)
            tell(f"{question(entry, self.lang)}{'：' if self.lang == 'zh' else ': '}", err=True, nl=False)
            line = sys.stdin.readline()
            if not line or line.strip() in FINISH:
                break
            try:
                self._heard(entry, line.strip())
            except PolicyError as error:
                tell(error.render(self.lang), err=True)
        tell("\n".join(("", *(line for _, line in unasked(self.now, self.lang)))), err=True)
        return self.now

    def _settled(self) -> Interview:
        """What was said so far with what follows from it, which is told and not asked."""
        from policy_engine.reports.question import followed

        before, self.steps[-1] = self.now, self.now.settled()
        for name in self.now.follows[len(before.follows) :]:
            tell(followed(self.now, name, self.lang), err=True)
        return self.now

    def _heard(self, entry: Input, said: str) -> None:
        """Take one line. Raises PolicyError for what cannot be a fact, and then nothing has changed."""
        from policy_engine.proving.facts import parse_setting
        from policy_engine.reports.question import explained

        name, equals, _ = said.replace("＝", "=", 1).partition("=")
        if not said:
            tell(NOTHING.of(self.lang), err=True)
        elif said in WHY:
            tell("\n".join(f"  {line}" for line in explained(self.now, entry, self.lang, _effect)), err=True)
        elif said in BACK:
            self.steps = self.steps[:-1] or self.steps
        elif said.lower() in NOT_KNOWN:
            self.steps.append(self.now.skip(entry.name))
        elif equals and self.now.decision.rule.called(name.strip()):
            self.steps.append(self.now.answer(*parse_setting(said)))
        else:
            self.steps.append(
                self.now.answer(entry.name, _listed(said) if entry.type_name == "rows" else _by_number(entry, said))
            )


def _effect(interview: Interview, name: str) -> Effect | None:
    """What an answer can change, by the solvers; None where they do not run here, or it is not settled."""
    from policy_engine.solving.questions import effect_of
    from policy_engine.solving.solvers import Solvers, missing

    if missing():
        return None
    with suppress(PolicyError), Solvers(PATIENCE) as solvers:
        return effect_of(interview, name, solvers)
    return None


def _listed(said: str) -> object:
    """A list: as many rows as are counted, each to be asked for, or the rows themselves as YAML. Raises PolicyError."""
    from policy_engine.rulefiles.yaml_read import read_yaml

    count = narrow(said)
    if count.isdecimal() and len(count) < DIGITS:
        return [{} for _ in range(int(count))]
    sources = read_yaml(said, "-")
    return sources[0].data if sources else None


def _by_number(entry: Input, said: str) -> str:
    """Options by their place in the question, `2` or `1,3`, unless an option goes by that number itself."""
    options, said = list(entry.options), narrow(said).replace("、", ",")
    numbers = [part.strip() for part in said.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= len(options) and not entry.option(part) for part in numbers):
        return said
    return ",".join(options[int(part) - 1] for part in numbers)


def _plain(said: object, lang: Lang) -> object:
    """A flag as a reader writes it, anything else as it was said."""
    return (YES if said else NO).of(lang) if isinstance(said, bool) else said


def _in_words(ended: Interview) -> dict[str, object]:
    """The answers by what people call the facts in Chinese, options too: read again as the same."""
    rule = ended.decision.rule
    found = dict[str, object]()
    for name, answered in ended.answers.items():
        said = _plain(answered, "zh")
        entry = rule.called(name)
        if entry is None or entry.type_name == "rows" or "[" in entry.name:  # lists go by their names in a file
            found[name] = said
            continue
        words = [word for word in (entry.label.zh, *entry.aliases) if not word.isascii() and rule.called(word) == entry]
        called = next((word for word in words if not _BRACKETS.search(word)), next(iter(words), name))
        parts = said.split(",") if isinstance(said, str) else []
        if parts and all(part in entry.options for part in parts):
            labels = [entry.options[part].zh for part in parts]
            found[called] = labels if entry.type.kind == "set" else labels[0]
        else:
            found[called] = said
    return found


def _keep(ended: Interview, save: Path | None, lang: Lang) -> None:
    """The facts as YAML: into a file, or beside the answer."""
    from policy_engine.importing.yaml_text import yaml_text
    from policy_engine.tables.writing import write_text

    told = {name: _plain(said, lang) for name, said in ended.answers.items()}
    text = yaml_text(told if lang == "en" else _in_words(ended))
    if save is not None:
        write_text(save, [text])
    elif ended.answers:
        tell(f"\n{DECIDE_AGAIN.of(lang).format(ended.decision.decision)}\n{text}", err=True, nl=False)
