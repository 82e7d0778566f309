"""Expressions with the figures of a case put in: `15% × 1,500,000,000`; what is put in where is made out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.values import PURE, Unknown, Value, grouped, number_text
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chinese import beside, listed, template
from policy_engine.explaining.chosen import Chosen, Pair, Say
from policy_engine.explaining.distance import is_share, is_stepped
from policy_engine.explaining.relations import FUNCTIONS, IN_PLACE, MANY, OF_PAIRS
from policy_engine.explaining.unparse import YEAR, in_years
from policy_engine.language import ir
from policy_engine.language.between import COUNTED
from policy_engine.rulebook.rule import Names

_YEARS: Final = (" years", " 年"), (" year", " 年")
Why = Callable[[ir.Node, bool], Say]
"""How it is said that a condition holds, or does not."""


def shower(names: Names, name: str = "", share: bool = False) -> Callable[[Value], Pair]:
    """How values are written for people; those of a name as the name has it."""
    plain = not (share or names.is_share(name) or name in names.not_yet)
    entry = names.inputs.get(name)
    few = entry is not None and entry.type.kind == "choice"
    options: dict[str, Pair] = {}

    def shown(value: Value) -> Pair:
        if type(value) is Fraction and plain:
            return (text := grouped(value)), text
        if few and isinstance(value, str):
            if value not in options:
                options[value] = names.shown(value, name)
            return options[value]
        return names.shown(value, name, share)

    return shown


class Figures:
    """Functions that say expressions; `why` says how conditions among them stand, `far` whether it is told how far one is."""

    def __init__(self, chosen: Chosen, why: Why, far: bool = True) -> None:
        self.chosen, self.names, self._why, self.far = chosen, chosen.names, why, far

    def shown(self, node: ir.Node, name: str = "", share: bool = False) -> Say:
        """The value of an expression."""
        show = shower(self.names, name, share)
        if isinstance(node, ir.Number | ir.Const):
            fixed = show(node.value)
            return lambda situation: fixed
        if isinstance(node, ir.Name):
            of = node.name
            return lambda situation: show(situation[of])
        return lambda situation: show(situation.of(node))

    def label(self, name: str) -> Say:
        """What people call a name, marked where nobody gave it and its silence is taken to mean something."""
        return self._labelled(name, "", "")

    def _labelled(self, name: str, en: str, zh: str) -> Say:
        label = self.names.label(name)
        called, assumed = (label.en + en, label.zh + zh), (f"{label.en} (assumed){en}", f"{label.zh}（推定）{zh}")
        if name not in self.chosen.rule.assumable:
            return lambda situation: called
        return lambda situation: assumed if name in situation.taken else called

    def named(self, name: str) -> Say:
        """The same, as it stands before the value."""
        return self._labelled(name, ": ", "：")

    def subject(self, node: ir.Node) -> str:
        """The name of that of which a value is told; nothing where it is worked out, or people have no word for it."""
        inner = self.chosen.of(node)
        if isinstance(inner, ir.Call) and is_stepped(inner, self.chosen):  # a figure rounded is still that figure
            inner = self.chosen.of(inner.args[0])
        return inner.name if isinstance(inner, ir.Name) and self.names.label(inner.name).zh else ""

    def called(self, node: ir.Node) -> Say:
        """What people call it, as it stands before the value; nothing where it is worked out."""
        name = self.subject(node)
        return self.named(name) if name else lambda situation: ("", "")

    def told(self, node: ir.Node) -> Say:
        """What people call that of which a value is told, and the value with how it comes about."""
        return both(self.called(node), self.worked(node))

    def figures(self, node: ir.Node) -> Say:
        """An expression with the figures of the case put in."""
        node = self.chosen.of(node)
        match node:
            case ir.Arith(op="/", left=ir.Number(value=a), right=ir.Number(value=b)):
                quotient = f"{number_text(a)}/{number_text(b)}"
                return lambda situation: (quotient, quotient)
            case ir.Arith(op="+days" | "-days" | "+months" | "-months" as op, left=a, right=b):
                unit = (" days", " 天") if op[1:] == "days" else (" months", " 个月")
                return _between(self.figures(a), f" {op[0]} ", self._duration(b, unit))
            case ir.Arith(op=op, left=a, right=b):
                sign = {"*": "×", "of": "×", "days between": "-"}.get(op, op)
                return _between(self._factor(a, op), f" {sign} ", self._factor(b, op, right=True))
            case ir.Neg(operand=x):
                return _put("-{}", self._factor(x, "*", right=True))
            case ir.Call(function="add_working_days", args=(a, b)):
                sign, days = ("-", b.operand) if isinstance(b, ir.Neg) else ("+", b)
                return _put("{} " + sign + " {}", self.figures(a), self._duration(days, (" working days", " 个工作日")))
            case ir.Call(function="starts_with" | "any_in" | "all_in" | "is_working_day" | "in_season"):
                return self.condition(node)
            case ir.Call(function=function, args=args) if (function, len(args)) in IN_PLACE:
                of = function, len(args)
                return _put(IN_PLACE[of], *map(self._inside, args), zh=template(*of))
            case ir.Call():
                return self._function(node)
            case ir.ListOf(items=items):
                listed = self.listing("", node)(frozenset(items))
                return lambda situation: listed
            case ir.Name(name=name):
                return self.shown(node, name)
            case _:
                return self.shown(node, share=is_share(node, self.chosen))

    def listing(self, holder: str, *nodes: ir.Node) -> Callable[[frozenset[str]], Pair]:
        """How options are written for people, in the order in which one of the expressions writes them out."""
        written = next((node.items for node in nodes if isinstance(node, ir.ListOf)), ())
        texts, known, names = [(item, self.names.shown(item, holder)) for item in written], set(written), self.names
        all_ = joined(text for _, text in texts)

        def told(options: frozenset[str]) -> Pair:
            if texts and options == known:
                return all_
            shown: list[Pair] = [text for item, text in texts if item in options]
            if not options <= known or not shown:
                shown.append(names.shown(options - known, holder))
            return joined(shown)

        return told

    def worked(self, node: ir.Node, share: bool = False) -> Say:
        """An expression with its figures and, when there is something to work out, the result."""
        node = self.chosen.of(node)
        if isinstance(node, ir.Call) and is_stepped(node, self.chosen):
            return self._rounded(node, share)
        if isinstance(node, ir.Arith | ir.Call | ir.Neg) and ir.names(node):
            return _between(self.figures(node), " = ", self.shown(node, "", share))
        return self.figures(node)

    def spoken_of(self, node: ir.Node, share: bool = False) -> Say:
        """The same of what a sentence is about: names and figures, where some are added up or taken away."""
        inner = self.chosen.of(node)
        added = self._added(inner) if isinstance(inner, ir.Arith) else None
        return _between(added, " = ", self.shown(inner, "", share)) if added else self.worked(node, share)

    def _added(self, node: ir.Node) -> Say | None:
        """Figures with their names; nothing where one has none."""
        inner = self.chosen.of(node)
        if not isinstance(inner, ir.Arith) or inner.op not in ("+", "-"):
            return self.told(inner) if self.subject(inner) else None
        first, second = self._added(inner.left), self.subject(inner.right) and self.told(inner.right)
        return _between(first, f" {inner.op} ", second) if first and second else None

    def _rounded(self, node: ir.Call, share: bool) -> Say:
        """A figure and what it is rounded to, where that is another."""
        exact, rounded = (
            self.worked(node.args[0], share),
            _between(self.figures(node), " = ", self.shown(node, "", share)),
        )
        return lambda situation: (exact if situation.known(node) == situation.known(node.args[0]) else rounded)(
            situation
        )

    def condition(self, node: ir.Node) -> Say:
        """How a condition stands, as a reason says it."""
        plain = both(self.called(node), self.shown(node))
        fixed = isinstance(node, ir.Const)

        def say(situation: Situation) -> Pair:
            value = situation.known(node)
            return self._why(node, value)(situation) if isinstance(value, bool) and not fixed else plain(situation)

        return say

    def _function(self, node: ir.Call) -> Say:
        """A function before its operands, which stand in brackets."""
        function, operands = node.function, self._operands(node.function, node.args)
        first = None if function in MANY else self._inside(node.args[0])
        said = OF_PAIRS[function] if function in OF_PAIRS else template(function, 1)
        between = ("; ", "；") if function == "count" else (", ", "、")

        def say(situation: Situation) -> Pair:
            en, zh = joined(operands(situation), *between)
            of = f"（{zh or '无'}）" if first is None else first(situation)[1]
            return f"{FUNCTIONS[function]} ({en or 'none'})", said.format(of)

        return say

    def _operands(self, function: str, args: tuple[ir.Node, ...]) -> Callable[[Situation], list[Pair]]:
        """What a function is shown to work on: of conditions how each stands, of pairs the values that count."""
        if function not in COUNTED:
            parts = [self.condition(arg) if function == "count" else self.figures(arg) for arg in args]
            return lambda situation: [part(situation) for part in parts]
        pairs = [(holds, self.figures(value)) for holds, value in zip(args[::2], args[1::2], strict=True)]

        def counting(situation: Situation) -> list[Pair]:
            found = []
            for condition, value in pairs:
                if (holds := situation.known(condition)) is not False:
                    en, zh = value(situation)
                    open_ = isinstance(holds, Unknown)
                    found.append((f"perhaps {en}", f"{zh}（是否计入未知）") if open_ else (en, zh))
            return found

        return counting

    def _inside(self, node: ir.Node) -> Say:
        """An operand among words, in brackets where it would not be seen where it begins and ends."""
        text = self.figures(node)
        match self.chosen.of(node):
            case ir.Arith(op="/", left=ir.Number(), right=ir.Number()):
                tight = text
            case ir.Arith() | ir.Neg() | ir.Call(function="add_working_days"):
                tight = _put("({})", text)
            case _:
                tight = text
        wide = _put("({})", text, zh="（{}）")
        return lambda situation: (wide if isinstance(situation.known(node), frozenset) else tight)(situation)

    def _duration(self, node: ir.Node, unit: Pair) -> Say:
        """How long, with its unit; so many times one day is so many days."""
        inner = self.chosen.of(node)
        if isinstance(inner, ir.Arith) and inner.op == "*":
            times = [part for part in (inner.left, inner.right) if not isinstance(part, ir.Number) or part.value != 1]
            inner = times[0] if len(times) == 1 else inner
        if isinstance(inner, ir.Number) and in_years(inner.value, inner.unit or PURE)[1] == YEAR:
            inner, unit = replace(inner, value=inner.value / 12), _YEARS[inner.value == 12]
        return both(self._factor(inner, "*", right=True), lambda situation: unit)

    def _factor(self, node: ir.Node, op: str, right: bool = False) -> Say:
        """An operand, in parentheses where it is a sum inside a product, on the right of a difference, or runs on in words."""
        inner, text = self.chosen.of(node), self.figures(node)
        loose = isinstance(inner, ir.Arith) and inner.op[0] in "+-d"
        tight = op in ("*", "/", "of") or (right and op[0] == "-")
        nested = right and op in ("/", "of") and isinstance(inner, ir.Arith) and inner.op == "/"
        if (loose and tight) or nested:
            return _put("({})", text)
        if not isinstance(inner, ir.Call) or inner.function in MANY or inner.function == "add_working_days":
            return text
        in_words = (inner.function, len(inner.args)) in IN_PLACE
        return _put("({})" if in_words else "{}", text, zh="({})" if right else "{}")


def both(first: Say, second: Say) -> Say:
    """One after the other."""

    def say(situation: Situation) -> Pair:
        (en, zh), (more_en, more_zh) = first(situation), second(situation)
        return en + more_en, zh + more_zh

    return say


def behind(first: Say, en: str, zh: str) -> Say:
    """Words behind what is told."""

    def say(situation: Situation) -> Pair:
        told = first(situation)
        return f"{told[0]} {en}", beside("zh", told[1], zh)

    return say


def joined(parts: Iterable[Pair], en: str = ", ", zh: str = "") -> Pair:
    """Words one after another: as a list, unless it is said what stands between."""
    parts = list(parts)
    words = [part[1] for part in parts]
    return en.join([part[0] for part in parts]), zh.join(words) if zh else listed(words)


def _between(first: Say, between: str, second: Say) -> Say:
    """Two with something between them."""

    def say(situation: Situation) -> Pair:
        (en, zh), (more_en, more_zh) = first(situation), second(situation)
        return f"{en}{between}{more_en}", f"{zh}{between}{more_zh}"

    return say


def _put(en: str, *parts: Say, zh: str = "") -> Say:
    """Words with parts put in, in Chinese as in English where it is not said."""
    say_en, say_zh = en.format, (zh or en).format

    def say(situation: Situation) -> Pair:
        said = [part(situation) for part in parts]
        return say_en(*[part[0] for part in said]), say_zh(*[part[1] for part in said])

    return say
