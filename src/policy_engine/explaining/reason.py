"""Why: the sentence with the figures put in, derived from any expression tree."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Text
from policy_engine.basics.values import ANOTHER, Unknown, Value, number_text
from policy_engine.deciding.situation import Situation
from policy_engine.explaining.chinese import template
from policy_engine.explaining.distance import chosen_branch, distance, is_share, is_stepped
from policy_engine.explaining.relations import FAILS, FAILS_DATE, FUNCTIONS, HOLDS, IN_PLACE, MANY, OF_DAYS, OF_PAIRS
from policy_engine.language import ir
from policy_engine.language.between import COUNTED
from policy_engine.language.evaluate import taken
from policy_engine.language.operators import MIRRORED

OPPOSITE: Final[dict[str, ir.CompareOp]] = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def shown_value(value: Value, situation: Situation, name: str = "", share: bool = False) -> Text:
    """A value for people; that of a name as the name has it."""
    return situation.names.shown(value, name, share)


def label(name: str, situation: Situation) -> Text:
    """What people call a name, marked where nobody gave it and its silence is taken to mean something."""
    called = situation.names.label(name)
    if name in situation.taken:
        return Text(f"{called.en} (assumed)", f"{called.zh}（推定）")
    return called


def figures(node: ir.Node, situation: Situation) -> Text:
    """An expression with the figures of the case put in: `15% × 1,500,000,000`."""
    node = chosen_branch(node, situation)
    match node:
        case ir.Arith(op="/", left=ir.Number(value=a), right=ir.Number(value=b)):
            return Text(f"{number_text(a)}/{number_text(b)}", f"{number_text(a)}/{number_text(b)}")
        case ir.Arith(op="+days" | "-days" | "+months" | "-months" as op, left=a, right=b):
            unit = Text(" days", " 天") if op[1:] == "days" else Text(" months", " 个月")
            start, much = figures(a, situation), _duration(b, unit, situation)
            return Text(f"{start.en} {op[0]} {much.en}", f"{start.zh} {op[0]} {much.zh}")
        case ir.Arith(op=op, left=a, right=b):
            sign = {"*": "×", "of": "×", "days between": "-"}.get(op, op)
            left, right = _factor(a, op, situation), _factor(b, op, situation, right=True)
            return Text(f"{left.en} {sign} {right.en}", f"{left.zh} {sign} {right.zh}")
        case ir.Neg(operand=x):
            inner = _factor(x, "*", situation, right=True)
            return Text("-" + inner.en, "-" + inner.zh)
        case ir.Call(function="add_working_days", args=(a, b)):
            sign, start = "-" if isinstance(b, ir.Neg) else "+", figures(a, situation)
            much = _duration(b.operand if isinstance(b, ir.Neg) else b, Text(" working days", " 个工作日"), situation)
            return Text(f"{start.en} {sign} {much.en}", f"{start.zh} {sign} {much.zh}")
        case ir.Call(function="starts_with" | "any_in" | "all_in" | "is_working_day" | "in_season"):
            return _condition(node, situation)
        case ir.Call(function=function, args=args) if (function, len(args)) in IN_PLACE:
            en, zh = IN_PLACE[function, len(args)], template(function, len(args))
            parts = [_inside(arg, situation) for arg in args]
            return Text(en.format(*(p.en for p in parts)), zh.format(*(p.zh for p in parts)))
        case ir.Call(function=function, args=args):
            parts = _operands(function, args, situation)
            en, zh = ("; ", "；") if function == "count" else (", ", "、")
            joined = Text(en.join(p.en for p in parts) or "none", zh.join(p.zh for p in parts) or "无")
            of = f"（{joined.zh}）" if function in MANY else _inside(args[0], situation).zh
            said = OF_PAIRS[function] if function in OF_PAIRS else template(function, 1)
            return Text(f"{FUNCTIONS[function]} ({joined.en})", said.format(of))
        case ir.ListOf(items=items):
            return _listing(frozenset(items), situation, "", node)
        case ir.Name(name=name):
            return shown_value(situation[name], situation, name)
        case _:
            return shown_value(situation.of(node), situation, share=is_share(node, situation))


def _listing(options: frozenset[str], situation: Situation, holder: str, *nodes: ir.Node) -> Text:
    """Options for people, in the order in which one of the expressions writes them out."""
    written = next((node.items for node in nodes if isinstance(node, ir.ListOf)), ())
    shown = [shown_value(item, situation, holder) for item in written if item in options]
    rest = options - set(written)
    if rest or not shown:
        shown.append(shown_value(rest, situation, holder))
    return Text(", ".join(each.en for each in shown), "、".join(each.zh for each in shown))


def _inside(node: ir.Node, situation: Situation) -> Text:
    """An operand among words, in brackets where it would not be seen where it begins and ends."""
    text, inner = figures(node, situation), chosen_branch(node, situation)
    if isinstance(situation.of(node), frozenset):
        return Text(f"({text.en})", f"（{text.zh}）")
    match inner:
        case ir.Arith(op="/", left=ir.Number(), right=ir.Number()):
            return text
        case ir.Arith() | ir.Neg() | ir.Call(function="add_working_days"):
            return Text(f"({text.en})", f"({text.zh})")
        case _:
            return text


def _duration(node: ir.Node, unit: Text, situation: Situation) -> Text:
    """How long, with its unit; so many times one day is so many days."""
    inner = chosen_branch(node, situation)
    if isinstance(inner, ir.Arith) and inner.op == "*":
        times = [part for part in (inner.left, inner.right) if not isinstance(part, ir.Number) or part.value != 1]
        inner = times[0] if len(times) == 1 else inner
    much = _factor(inner, "*", situation, right=True)
    return Text(much.en + unit.en, much.zh + unit.zh)


def _operands(function: str, args: tuple[ir.Node, ...], situation: Situation) -> list[Text]:
    """What a function is shown to work on: of conditions how each stands, of pairs the values that count."""
    if function == "count":
        return [_condition(arg, situation) for arg in args]
    if function not in COUNTED:
        return [figures(arg, situation) for arg in args]
    found = []
    for holds, value in zip(args[::2], args[1::2], strict=True):
        if situation.of(holds) is not False:
            shown, open_ = figures(value, situation), isinstance(situation.of(holds), Unknown)
            found.append(Text(f"perhaps {shown.en}", f"{shown.zh}（是否计入未知）") if open_ else shown)
    return found


def _condition(node: ir.Node, situation: Situation) -> Text:
    """How a condition stands, as a reason says it."""
    value = situation.of(node)
    if isinstance(value, bool) and not isinstance(node, ir.Const):
        return why(node, situation, value)
    called, shown = _called(node, situation), shown_value(value, situation)
    return Text(called.en + shown.en, called.zh + shown.zh)


def _factor(node: ir.Node, op: str, situation: Situation, right: bool = False) -> Text:
    """An operand, in parentheses where it is a sum inside a product, on the right of a difference, or runs on in words."""
    inner = chosen_branch(node, situation)
    text = figures(node, situation)
    loose = isinstance(inner, ir.Arith) and inner.op[0] in "+-d"
    tight = op in ("*", "/", "of") or (right and op[0] == "-")
    nested = right and op in ("/", "of") and isinstance(inner, ir.Arith) and inner.op == "/"
    if (loose and tight) or nested:
        return Text(f"({text.en})", f"({text.zh})")
    if not isinstance(inner, ir.Call) or inner.function in MANY or inner.function == "add_working_days":
        return text
    in_words = (inner.function, len(inner.args)) in IN_PLACE
    return Text(f"({text.en})" if in_words else text.en, f"({text.zh})" if right else text.zh)


def worked(node: ir.Node, situation: Situation, share: bool = False) -> Text:
    """An expression with its figures and, when there is something to work out, the result."""
    node = chosen_branch(node, situation)
    text = figures(node, situation)
    if isinstance(node, ir.Arith | ir.Call | ir.Neg) and ir.names(node):
        value = shown_value(situation.of(node), situation, "", share)
        return Text(f"{text.en} = {value.en}", f"{text.zh} = {value.zh}")
    return text


def why(node: ir.Node, situation: Situation, holds: bool) -> Text:
    """Why a condition holds, or does not."""
    if _only_readings(node, situation):
        return _as_read(node, situation)
    match node:
        case ir.Not(operand=ir.Compare(op=op) as compared):
            return why(replace(compared, op=OPPOSITE[op]), situation, holds)
        case ir.Not(operand=ir.Logic() as listed) if holds and _listed(listed):
            return _not_listed(listed, situation)
        case ir.Logic() if not holds and _listed(node):
            return _not_listed(node, situation)
        case ir.Not(operand=ir.Logic(op=op, left=a, right=b)):
            return why(ir.Logic("or" if op == "and" else "and", ir.Not(a), ir.Not(b)), situation, holds)
        case ir.Not(operand=x):
            return why(x, situation, not holds)
        case ir.Logic(left=a, right=b):
            deciding = [part for part in (a, b) if situation.of(part) is holds]
            telling = [part for part in deciding if not _only_readings(part, situation)]
            return _told([why(part, situation, holds) for part in telling or deciding])
        case ir.Compare():
            return _comparison(node, situation, holds)
        case ir.In(item=item, container=container):
            return _membership(item, container, situation, holds)
        case ir.Name(name=name):
            called, value = label(name, situation), shown_value(holds, situation)
            return Text(f"{called.en}: {value.en}", f"{called.zh}：{value.zh}")
        case ir.Call(function="is_working_day" | "in_season", args=(day, *_)):
            called, date = _called(day, situation), shown_value(situation.of(day), situation)
            en, zh = OF_DAYS[node.function][not holds]
            return Text(f"{called.en}{date.en} {en}", f"{called.zh}{date.zh}{zh}")
        case ir.Call(function="starts_with", args=(code, ir.Const(value=str() as begin))):
            called, shown = _called(code, situation), worked(code, situation)
            en, zh = ("begins with", "开头为") if holds else ("does not begin with", "开头不是")
            return Text(f"{called.en}{shown.en} {en} {begin}", f"{called.zh}{shown.zh} {zh} {begin}")
        case ir.Call(function="any_in" | "all_in", args=(a, b)):
            return _sets(node.function, a, b, situation, holds)
        case ir.Cases():
            branch = taken(node, situation)[-1]
            return _chosen(node, situation, holds) if isinstance(branch, ir.Const) else why(branch, situation, holds)
        case _:
            return _bare(situation, holds)


def _bare(situation: Situation, holds: bool) -> Text:
    """Of what has no words of its own: that it holds, or not."""
    value = shown_value(holds, situation)
    return Text(f"the condition: {value.en}", f"条件：{value.zh}")


def _chosen(node: ir.Cases, situation: Situation, holds: bool) -> Text:
    """What led to a plain yes or no, which itself says nothing: the condition of it, or those that would lead elsewhere."""
    *met, value = taken(node, situation)
    if met:
        return why(met[0], situation, True)
    if node.keyed is not None:
        called, shown = _called(node.keyed.key, situation), worked(node.keyed.key, situation)
        return Text(called.en + shown.en, called.zh + shown.zh)
    unmet = [condition for condition, other in node.branches if other != value and situation.of(condition) is False]
    return _told([why(each, situation, False) for each in unmet]) if unmet else _bare(situation, holds)


def _told(parts: list[Text]) -> Text:
    """One reason after another, each once."""
    return Text("; ".join(dict.fromkeys(p.en for p in parts)), "；".join(dict.fromkeys(p.zh for p in parts)))


def _listed(node: ir.Node) -> tuple[ir.Compare, ...]:
    """The comparisons that `n in [1, 2]` comes to; none where a condition is another."""
    if not isinstance(node, ir.Logic) or node.op != "or":
        return ()
    parts = [part for side in (node.left, node.right) for part in (_listed(side) or (side,))]
    found = tuple(part for part in parts if isinstance(part, ir.Compare) and part.op == "==")
    alike = len({part.left for part in found}) == 1 and all(isinstance(p.right, ir.Number | ir.Const) for p in found)
    return found if alike and len(found) == len(parts) else ()


def _not_listed(node: ir.Node, situation: Situation) -> Text:
    """That a value is none of those written out."""
    found = _listed(node)
    one = found[0].left
    holder = one.name if isinstance(one, ir.Name) else ""
    many = [shown_value(situation.of(each.right), situation, holder) for each in found]
    called, shown = _called(one, situation), worked(one, situation)
    listed = Text(", ".join(m.en for m in many), "、".join(m.zh for m in many))
    return Text(f"{called.en}{shown.en} is not one of: {listed.en}", f"{called.zh}{shown.zh} 不属于：{listed.zh}")


def _only_readings(node: ir.Node, situation: Situation) -> bool:
    """Whether a condition is about nothing but how the text is read."""
    named = ir.names(node)
    return bool(named) and all(name in situation.rule.readings for name in named)


def _as_read(node: ir.Node, situation: Situation) -> Text:
    """How the text is read, where a condition is about nothing else: the question and why it is answered so, or their titles."""
    told = []
    for name in ir.names(node):
        reading, taken = situation.rule.readings[name], situation[name]
        called, shown = label(name, situation), shown_value(taken, situation, name)
        en = f"{called.en}: {shown.en}"
        if not reading.title.en and isinstance(taken, str) and taken not in reading.labels:
            en = f"{reading.question.en} {reading.options[taken].en.rstrip('.')}"
        told.append(Text(en, called.zh + shown.zh))
    return Text("; ".join(t.en for t in told), "；".join(t.zh for t in told))


def subject_first(node: ir.Compare) -> ir.Compare:
    """The comparison with a lone name on its left: `5% of t <= amount` speaks of the amount."""
    if isinstance(node.right, ir.Name) and not isinstance(node.left, ir.Name):
        return ir.Compare(MIRRORED[node.op], node.right, node.left, span=node.span)
    return node


def _comparison(node: ir.Compare, situation: Situation, holds: bool) -> Text:
    node = subject_first(node)
    if not situation.rule.not_yet.isdisjoint(ir.names(node)):
        return _of_what_is_not_yet(node, situation, holds)
    left, right = situation.of(node.left), situation.of(node.right)
    if isinstance(left, frozenset) and isinstance(right, frozenset) and left != right:
        return _apart(node, left, right, situation)
    if isinstance(left, bool) and not isinstance(node.left, ir.Const) and not isinstance(node.right, ir.Const):
        first, second = _condition(node.left, situation), _condition(node.right, situation)
        tail = Text("both or neither", "二者一致") if left == right else Text("one without the other", "二者不一致")
        return Text(f"{first.en}; {second.en}: {tail.en}", f"{first.zh}；{second.zh}：{tail.zh}")
    op = OPPOSITE[node.op] if holds else node.op
    relation = FAILS_DATE[op] if isinstance(left, dt.date | str) else FAILS[op]
    if holds and isinstance(left, Fraction) and node.op in HOLDS:
        relation = (HOLDS[node.op], relation[1])
    share = is_share(node.left, situation) or is_share(node.right, situation)
    called = _called(node.left, situation)
    a, b = worked(node.left, situation, share), worked(node.right, situation, share)
    holder = next((n.name for n in (node.left, node.right) if isinstance(n, ir.Name)), "")
    if isinstance(node.right, ir.Const) and holder:
        b = shown_value(right, situation, holder)
    if a.zh == b.zh and left == right and called.zh and op in ("==", "!="):  # `other is other` says nothing
        first, second = _subject(node.left, situation), _subject(node.right, situation)
        if not second.zh:
            return Text(called.en + a.en, called.zh + a.zh)
        return Text(f"{first.en} and {second.en} are both {a.en}", f"{first.zh}与{second.zh}均为{a.zh}")
    en, zh = f"{called.en}{a.en} {relation[0]} {b.en}", f"{called.zh}{a.zh} {relation[1]} {b.zh}"
    tail = distance(node, situation, holds)
    return Text(en + tail.en, zh + tail.zh)


def _of_what_is_not_yet(node: ir.Compare, situation: Situation, holds: bool) -> Text:
    """A comparison that is settled though a date has not come: no distance, since the date is not known."""
    op = OPPOSITE[node.op] if holds else node.op
    names = [name for name in ir.names(node) if name in situation.rule.not_yet]
    if isinstance(node.left, ir.Name) and node.left.name in names and not isinstance(situation.of(node.right), Unknown):
        called, b, day = label(node.left.name, situation), worked(node.right, situation), situation.today
        en, zh = FAILS_DATE[op]
        return Text(
            f"{called.en}: not yet on {day}, so it {en} {b.en}", f"{called.zh}：截至 {day} 尚未发生，{zh} {b.zh}"
        )
    labels = [label(name, situation) for name in names]
    return Text(", ".join(f"{c.en}: not yet" for c in labels), "、".join(f"{c.zh}：尚未发生" for c in labels))


def _apart(node: ir.Compare, left: frozenset[str], right: frozenset[str], situation: Situation) -> Text:
    """Two sets that differ: what the first lacks, and what it has besides."""
    holder = node.left.name if isinstance(node.left, ir.Name) else ""
    parts = [(right - left, "lacks", "缺少"), (left - right, "has besides", "多出")]
    sides = node.left, node.right
    shown = [(_listing(found, situation, holder, *sides), en, zh) for found, en, zh in parts if found]
    called = _called(node.left, situation)
    return Text(
        called.en + "; ".join(f"{en} {v.en}" for v, en, _ in shown),
        called.zh + "；".join(f"{zh}{v.zh}" for v, _, zh in shown),
    )


def _subject(node: ir.Node, situation: Situation) -> Text:
    """What people call that of which a value is told; nothing where it is worked out."""
    inner = chosen_branch(node, situation)
    if isinstance(inner, ir.Call) and is_stepped(inner, situation):  # a figure rounded is still that figure
        inner = chosen_branch(inner.args[0], situation)
    return label(inner.name, situation) if isinstance(inner, ir.Name) else NO_WORDS


def _called(node: ir.Node, situation: Situation) -> Text:
    """The same, as it stands before the value."""
    called = _subject(node, situation)
    return Text(called.en + ": ", called.zh + "：") if called.zh else NO_WORDS


def _membership(item: ir.Node, container: ir.Node, situation: Situation, holds: bool) -> Text:
    holder = container.name if isinstance(container, ir.Name) else item.name if isinstance(item, ir.Name) else ""
    one = shown_value(situation.of(item), situation, holder)
    if isinstance(container, ir.Name):
        called = label(container.name, situation)
        en, zh = ("includes", "包含") if holds else ("does not include", "不包含")
        return Text(f"{called.en} {en} {one.en}", f"{called.zh}{zh}{one.zh}")
    listed = situation.of(container)
    many = shown_value(listed, situation, holder)
    if isinstance(listed, frozenset):
        many = _listing(listed, situation, holder, container)
    en, zh = ("is one of", "属于") if holds else ("is not one of", "不属于")
    called = _called(item, situation)
    return Text(f"{called.en}{one.en} {en}: {many.en}", f"{called.zh}{one.zh} {zh}：{many.zh}")


def _sets(function: str, a: ir.Node, b: ir.Node, situation: Situation, holds: bool) -> Text:
    holder = next((n.name for n in (a, b) if isinstance(n, ir.Name)), "")
    left, right = (frozenset(situation.of(x)) - {ANOTHER} for x in (a, b))  # type: ignore[arg-type]
    other = left if isinstance(b, ir.Name) and not isinstance(a, ir.Name) else right
    if function == "any_in":
        found, en, zh = (left & right, "includes", "包含") if holds else (other, "includes none of", "不包含")
    elif not isinstance(a, ir.Name):
        found, en, zh = (left, "includes all of", "已包含") if holds else (left - right, "lacks", "缺少")
    elif holds:
        found, en, zh = left, "holds nothing else than", "未超出所列范围："
    else:
        found, en, zh = left - right, "holds besides", "多出"
    called, shown = label(holder, situation) if holder else NO_WORDS, _listing(found, situation, holder, a, b)
    return Text(f"{called.en} {en} {shown.en}", f"{called.zh}{zh}{shown.zh}")
