"""Why: the sentence with the figures put in, derived from any expression tree.

What is said of a condition is made into a function of the case once, and kept with the outline of the rule: the words,
and what is compared how. Of a case only values, truths and the choice of branches are asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import ANOTHER, Unknown, Value
from policy_engine.deciding.outline import Outline
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chinese import beside, in_quotes
from policy_engine.explaining.chosen import Chosen, Pair, Say, by_choice, valued
from policy_engine.explaining.distance import AS_OF, distance, is_share
from policy_engine.explaining.figures import Figures, behind, both, joined, shower
from policy_engine.explaining.relations import FAILS, FAILS_DATE, HOLDS, OF_DAYS
from policy_engine.language import ir
from policy_engine.language.evaluate import taken
from policy_engine.language.operators import MIRRORED
from policy_engine.rulebook.rule import Rule

OPPOSITE: Final[dict[str, ir.CompareOp]] = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OTHERS: Final = frozenset({ANOTHER})
MOST_SAID: Final = 1 << 14
_DAYS: Final = (dt.date, str)


def shown_value(value: Value, situation: Situation, name: str = "", share: bool = False) -> Text:
    """A value for people; that of a name as the name has it."""
    return situation.names.shown(value, name, share)


def label(name: str, situation: Situation) -> Text:
    """What people call a name, marked where nobody gave it and its silence is taken to mean something."""
    called = situation.names.label(name)
    if name in situation.taken:
        return Text(f"{called.en} (assumed)", f"{called.zh}（推定）")
    return called


def why(node: ir.Node, situation: Situation, holds: bool, far: bool = True) -> Text:
    """Why a condition holds, or does not; and how far it is from where that turns, unless nobody is to get there."""
    kept, key = situation.outline.kept, "reasons" if far else "plain reasons"
    reasons: Reasons | None = kept.get(key)
    if reasons is None:
        reasons = kept[key] = Reasons(situation.rule, situation.outline, far)
    say = reasons.why(node, holds)
    if (told := situation.told.get(say)) is None:  # several provisions often have one condition
        told = situation.told[say] = Text(*say(situation))
    return told


def subject_first(node: ir.Compare) -> ir.Compare:
    """The comparison with a lone name on its left: `5% of t <= amount` speaks of the amount."""
    if isinstance(node.right, ir.Name) and not isinstance(node.left, ir.Name):
        return ir.Compare(MIRRORED[node.op], node.right, node.left, span=node.span)
    return node


class Reasons:
    """The functions that say why, of a rule as of a date; each made when it is first asked for."""

    def __init__(self, rule: Rule, outline: Outline, far: bool) -> None:
        self.rule, self.names, self.far = rule, outline.names, far
        self._said: dict[tuple[int, bool], tuple[ir.Node, Say]] = {}
        self._alike: dict[tuple[ir.Node, bool], Say] = {}

    def why(self, node: ir.Node, holds: bool) -> Say:
        """How it is said why a condition holds, or does not."""
        kept = self._said.get((id(node), holds))
        if kept is None or kept[0] is not node:
            if len(self._said) >= MOST_SAID:
                self._said.clear()
                self._alike.clear()
            say = self._alike.get((node, holds)) or self._alike.setdefault((node, holds), self._made(node, holds))
            kept = self._said[id(node), holds] = node, say
        return kept[1]

    def _made(self, node: ir.Node, holds: bool) -> Say:
        if self._only_readings(node):
            return self._as_read(node)
        match node:
            case ir.Not(operand=ir.Compare(op=op, left=a, right=b)):
                return self._made(ir.Compare(OPPOSITE[op], a, b), holds)
            case ir.Not(operand=ir.Logic() as listed) if holds and _listed(listed):
                return self._not_listed(listed)
            case ir.Logic() if not holds and _listed(node):
                return self._not_listed(node)
            case ir.Not(operand=ir.Logic() as several):
                return self._several(several, holds, negated=True)
            case ir.Not(operand=x):
                return self._made(x, not holds)
            case ir.Logic():
                return self._several(node, holds, negated=False)
            case ir.Cases():
                return self._cases(node, holds)
            case ir.Name(name=name):
                named, flag = self._figures().named(name), self.names.shown(holds)
                return both(named, lambda situation: flag)
            case ir.Compare():
                return self._by_choice(node, lambda figures: _comparison(subject_first(node), figures, holds))
            case ir.In(item=item, container=container):
                return self._by_choice(node, lambda figures: _membership(item, container, figures, holds))
            case ir.Call():
                return self._by_choice(node, lambda figures: _call(node, figures, holds) or self._bare(holds))
            case _:
                return self._bare(holds)

    def _figures(self, chosen: Chosen | None = None) -> Figures:
        return Figures(chosen or Chosen(self.rule, self.names, {}), self.why, self.far)

    def _by_choice(self, node: ir.Node, make: Callable[[Figures], Say]) -> Say:
        return by_choice(node, self.rule, self.names, lambda chosen: make(self._figures(chosen)))

    def _bare(self, holds: bool) -> Say:
        """Of what has no words of its own: that it holds, or not."""
        value = self.names.shown(holds)
        return lambda situation: (f"the condition: {value.en}", f"条件：{value.zh}")

    def _several(self, node: ir.Logic, holds: bool, negated: bool) -> Say:
        """The reasons that decide, of two conditions; how the text is read is none beside others."""
        a, b, wanted = node.left, node.right, holds is not negated
        parts = (ir.Not(a), ir.Not(b)) if negated else (a, b)
        read = self._only_readings(a), self._only_readings(b)
        together = (node.op == "and") is wanted  # where it holds both do, where neither holds none does
        if together and read[0] is not read[1]:
            return self.why(parts[read[0]], holds)

        def say(situation: Situation) -> Pair:
            first, second = together or situation.known(a) is wanted, together or situation.known(b) is wanted
            if first and second and read[0] is not read[1]:
                first, second = not read[0], not read[1]
            if first and second:
                en, zh = self.why(parts[0], holds)(situation)
                more_en, more_zh = self.why(parts[1], holds)(situation)
                return en if en == more_en else f"{en}; {more_en}", zh if zh == more_zh else f"{zh}；{more_zh}"
            if not (first or second):
                return "", ""
            return self.why(parts[0] if first else parts[1], holds)(situation)

        return say

    def _cases(self, node: ir.Cases, holds: bool) -> Say:
        """What holds of the value that counts; of a plain yes or no, which says nothing, what led to it or away from others."""
        keyed = node.keyed
        by_key = keyed and self._by_choice(keyed.key, lambda figures: figures.told(keyed.key))

        def say(situation: Situation) -> Pair:
            *met, value = taken(node, situation.known)
            if not isinstance(value, ir.Const):
                return self.why(value, holds)(situation)
            if met:
                return self.why(met[0], True)(situation)
            if by_key is not None:
                return by_key(situation)
            unmet = [one for one, other in node.branches if other != value and situation.known(one) is False]
            return _told([self.why(one, False)(situation) for one in unmet]) if unmet else self._bare(holds)(situation)

        return say

    def _not_listed(self, node: ir.Node) -> Say:
        """That a value is none of those written out."""
        found = _listed(node)
        one = found[0].left
        show = shower(self.names, one.name if isinstance(one, ir.Name) else "")
        listed = joined([show(each.right.value) for each in found if isinstance(each.right, ir.Number | ir.Const)])
        told = self._by_choice(one, lambda figures: figures.told(one))
        return behind(told, f"is not one of: {listed[0]}", f"，不属于：{listed[1]}")

    def _only_readings(self, node: ir.Node) -> bool:
        """Whether a condition is about nothing but how the text is read."""
        named = ir.names(node)
        return bool(named) and all(name in self.rule.readings for name in named)

    def _as_read(self, node: ir.Node) -> Say:
        """How the text is read, where a condition is about nothing else: the question and why it is answered so, or their titles."""

        def say(situation: Situation) -> Pair:
            told = []
            for name in ir.names(node):
                reading, answer = self.rule.readings[name], situation[name]
                called, shown = label(name, situation), shown_value(answer, situation, name)
                en = f"{called.en}: {shown.en}"
                if not reading.title.en and isinstance(answer, str) and answer not in reading.labels:
                    en = f"{reading.question.en} {reading.options[answer].en.rstrip('.')}"
                told.append((en, called.zh + shown.zh))
            return joined(told, "; ", "；")

        return say


def _told(parts: list[Pair]) -> Pair:
    """One reason after another, each once."""
    return "; ".join(dict.fromkeys([p[0] for p in parts])), "；".join(dict.fromkeys([p[1] for p in parts]))


def _listed(node: ir.Node) -> tuple[ir.Compare, ...]:
    """The comparisons that `n in [1, 2]` comes to; none where a condition is another."""
    if not isinstance(node, ir.Logic) or node.op != "or":
        return ()
    parts = [part for side in (node.left, node.right) for part in (_listed(side) or (side,))]
    found = tuple(part for part in parts if isinstance(part, ir.Compare) and part.op == "==")
    alike = len({part.left for part in found}) == 1 and all(isinstance(p.right, ir.Number | ir.Const) for p in found)
    return found if alike and len(found) == len(parts) else ()


def _comparison(node: ir.Compare, figures: Figures, holds: bool) -> Say:
    if not figures.chosen.rule.not_yet.isdisjoint(ir.names(node)):
        return _of_what_is_not_yet(node, figures, holds)
    a, b = node.left, node.right
    sides, sets, flags = _sides(node, figures, holds), _sets_apart(node, figures), _flags(node, figures)
    constant = isinstance(a, ir.Const) or isinstance(b, ir.Const)
    first, second = valued(a), valued(b)

    def say(situation: Situation) -> Pair:
        left, right = first(situation), second(situation)
        if isinstance(left, frozenset) and isinstance(right, frozenset) and left != right:
            return sets(left, right, situation)
        if isinstance(left, bool) and not constant:
            return flags(left == right, situation)
        return sides(left, right, situation)

    return say


def _sides(node: ir.Compare, figures: Figures, holds: bool) -> Callable[[Value, Value, Situation], Pair]:
    """How two values compare, and how far they are apart."""
    op = OPPOSITE[node.op] if holds else node.op
    of_number = (HOLDS[node.op], FAILS[op][1]) if holds and node.op in HOLDS else FAILS[op]
    share = is_share(node.left, figures.chosen) or is_share(node.right, figures.chosen)
    called, a, b = figures.called(node.left), figures.spoken_of(node.left, share), figures.worked(node.right, share)
    holder = next((n.name for n in (node.left, node.right) if isinstance(n, ir.Name)), "")
    if isinstance(node.right, ir.Const) and holder:
        b = figures.shown(node.right, holder)
    subjects = [figures.label(name) if (name := figures.subject(side)) else None for side in (node.left, node.right)]
    tail = distance(node, figures.chosen, holds) if figures.far else None
    none = not holds and node.op == ">" and isinstance(node.right, ir.Number) and not node.right.value

    def say(left: Value, right: Value, situation: Situation) -> Pair:
        (call_en, call_zh), (a_en, a_zh), (b_en, b_zh) = called(situation), a(situation), b(situation)
        if left == right and subjects[0] and (none or (tail is None and a_zh == b_zh and op in ("==", "!="))):
            if not subjects[1]:  # `other is other` says nothing, nor that 0 does not exceed 0
                return call_en + a_en, call_zh + a_zh
            first, second = subjects[0](situation), subjects[1](situation)
            return f"{first[0]} and {second[0]} are both {a_en}", f"{first[1]}与{second[1]}均为{a_zh}"
        number = type(left) is Fraction
        en, zh = of_number if number else FAILS_DATE[op] if isinstance(left, _DAYS) else FAILS[op]
        far_en, far_zh = ("", "") if tail is None else tail(left, right)
        told = f"{call_en}{a_en} {en} {b_en}{far_en}"
        if isinstance(left, str):  # of options no figures are put beside each other
            return told, f"{call_zh}{a_zh}，{zh}{in_quotes(b_zh)}"
        return told, beside("zh", call_zh + a_zh, zh, b_zh) + far_zh

    return say


def _flags(node: ir.Compare, figures: Figures) -> Callable[[bool, Situation], Pair]:
    """Two conditions that are alike, or are not."""
    a, b = figures.condition(node.left), figures.condition(node.right)

    def say(alike: bool, situation: Situation) -> Pair:
        first, second = a(situation), b(situation)
        en, zh = ("both or neither", "二者一致") if alike else ("one without the other", "二者不一致")
        return f"{first[0]}; {second[0]}: {en}", f"{first[1]}；{second[1]}：{zh}"

    return say


def _of_what_is_not_yet(node: ir.Compare, figures: Figures, holds: bool) -> Say:
    """A comparison that is settled though a date has not come: no distance, since the date is not known."""
    op = OPPOSITE[node.op] if holds else node.op
    names = [name for name in ir.names(node) if name in figures.chosen.rule.not_yet]
    left, b, of_today = node.left, figures.worked(node.right), node.right == AS_OF

    def say(situation: Situation) -> Pair:
        if isinstance(left, ir.Name) and left.name in names and not isinstance(situation.known(node.right), Unknown):
            called, (b_en, b_zh), day = label(left.name, situation), b(situation), situation.today
            en, zh = FAILS_DATE[op]
            told = f"{called.en}: not yet on {day}", f"{called.zh}：截至 {day} 尚未发生"
            return told if of_today else (f"{told[0]}, so it {en} {b_en}", f"{told[1]}，{zh} {b_zh}")
        labels = [label(name, situation) for name in names]
        return ", ".join(f"{c.en}: not yet" for c in labels), "、".join(f"{c.zh}：尚未发生" for c in labels)

    return say


def _sets_apart(node: ir.Compare, figures: Figures) -> Callable[[frozenset[str], frozenset[str], Situation], Pair]:
    """Two sets that differ: what the first lacks, and what it has besides."""
    holder = node.left.name if isinstance(node.left, ir.Name) else ""
    called, listing = figures.called(node.left), figures.listing(holder, node.left, node.right)

    def say(left: frozenset[str], right: frozenset[str], situation: Situation) -> Pair:
        parts = [(right - left, "lacks", "缺少"), (left - right, "has besides", "多出")]
        shown = [(listing(found), en, zh) for found, en, zh in parts if found]
        en, zh = called(situation)
        return (
            en + "; ".join(f"{word} {told[0]}" for told, word, _ in shown),
            zh + "；".join(f"{word}{told[1]}" for told, _, word in shown),
        )

    return say


def _membership(item: ir.Node, container: ir.Node, figures: Figures, holds: bool) -> Say:
    holder = container.name if isinstance(container, ir.Name) else item.name if isinstance(item, ir.Name) else ""
    one = figures.shown(item, holder)
    if isinstance(container, ir.Name):
        en, zh = ("includes", "包含") if holds else ("does not include", "不包含")
        return both(both(figures.label(container.name), lambda situation: (f" {en} ", zh)), one)
    show, called, listing = shower(figures.names, holder), figures.called(item), figures.listing(holder, container)
    en, zh = ("is one of", "属于") if holds else ("is not one of", "不属于")
    if isinstance(container, ir.ListOf):
        written = listing(frozenset(container.items))
        return behind(both(called, one), f"{en}: {written[0]}", f"，{zh}：{written[1]}")

    def say(situation: Situation) -> Pair:
        listed = situation.of(container)
        many = listing(listed) if isinstance(listed, frozenset) else show(listed)
        call, told = called(situation), one(situation)
        return f"{call[0]}{told[0]} {en}: {many[0]}", f"{call[1]}{told[1]}，{zh}：{many[1]}"

    return say


def _call(node: ir.Call, figures: Figures, holds: bool) -> Say | None:
    """A function that says yes or no; None of one that has no words of its own."""
    match node:
        case ir.Call(function="is_working_day" | "in_season", args=(day, *_)):
            en, zh = OF_DAYS[node.function][not holds]
            told = both(figures.called(day), figures.shown(day))
            return both(told, lambda situation: (f" {en}", zh))
        case ir.Call(function="starts_with", args=(code, ir.Const(value=str() as begin))):
            en, zh = ("begins with", "开头为") if holds else ("does not begin with", "开头不是")
            return behind(figures.told(code), f"{en} {begin}", f"{zh} {begin}")
        case ir.Call(function="any_in" | "all_in", args=(a, b)):
            return _sets(node.function, a, b, figures, holds)
        case _:
            return None


def _sets(function: str, a: ir.Node, b: ir.Node, figures: Figures, holds: bool) -> Say:
    holder = next((n.name for n in (a, b) if isinstance(n, ir.Name)), "")
    called, listing = figures.label(holder) if holder else None, figures.listing(holder, a, b)
    first, second = valued(a), valued(b)

    def say(situation: Situation) -> Pair:
        left, right = frozenset(first(situation)), frozenset(second(situation))  # type: ignore[arg-type]
        left, right = left - _OTHERS, right - _OTHERS
        other = left if isinstance(b, ir.Name) and not isinstance(a, ir.Name) else right
        if function == "any_in":
            found, en, zh = (left & right, "includes", "包含") if holds else (other, "includes none of", "不包含")
        elif not isinstance(a, ir.Name):
            found, en, zh = (left, "includes all of", "已包含") if holds else (left - right, "lacks", "缺少")
        elif holds:
            found, en, zh = (left, "holds nothing else than", "未超出所列范围：") if right else (left, "are", "：")
        else:
            found, en, zh = left - right, *(("holds besides", "多出") if right else ("includes", "包含"))
        call = called(situation) if called else ("", "")
        shown = listing(found)
        return f"{call[0]} {en} {shown[0]}", f"{call[1]}{zh}{shown[1]}"

    return say
