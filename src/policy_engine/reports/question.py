"""A question of an interview, and why it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from policy_engine.asking.interview import Completion, Interview
from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import YUAN, Known
from policy_engine.explaining.chinese import in_unit
from policy_engine.explaining.decision import Finding
from policy_engine.rulebook.rule import Input, Names
from policy_engine.solving.questions import Effect
from policy_engine.words import OUTCOME, bound_text, citation

_HOW = Text(
    "? why it is asked, - not known, < back, NAME=VALUE another answer, . finish",
    "？ 为何问此项，- 不清楚，< 退回上一项，名称=值 另答一项，。 结束",
)
_LISTED = Text(
    "how many, then each is asked for; or [{...}, {...}]", "共几项，随后逐项询问；没有填 0；也可写成 [{...}, {...}]"
)
_LATER: Final = Text("not yet", "尚未")
_SAME: Final = Text(
    "whatever is answered to what is not said yet, this does not change the outcome, only what single provisions come to, such as: {}",
    "无论其余未填各项如何填写，此项均不影响结论，只影响个别规定的判定或数值，如：{}",
)
_SOME: Final = Text(
    "it changes what single provisions come to, such as: {}; whether the outcome too was not found out",
    "此项影响个别规定的判定或数值，如：{}；是否也影响结论，未能查明",
)
_IDLE: Final = Text(
    "whatever is answered to what is not said yet, this changes neither the outcome nor what any provision comes to",
    "无论其余未填各项如何填写，此项均不影响结论，也不影响任何一条规定的判定或数值",
)
_IMPOSSIBLE: Final = Text(
    "whatever is answered, what was said so far cannot be together",
    "已填各项互相矛盾：无论此项如何填写，均不能同时成立",
)
_FOLLOWS: Final = Text(
    "{label}: {value} (not asked: what was said leaves no other answer)",
    "{label}：{value}（不再询问：由已填各项只能如此）",
)
_UNASKED: Final = Text(
    "{}: not known (not asked: whatever it is, no outcome and no provision comes to anything else)",
    "{}：未知（不再询问：无论如何填写，结论和各条规定的判定、数值均不变）",
)


def question(entry: Input, lang: Lang) -> str:
    """`Form of investment (sub-fund / direct equity)`: the label and what is accepted."""
    accepted = _LISTED.of(lang) if entry.type_name == "rows" else _accepted(entry, lang)
    return entry.label.of(lang) + (f"（{accepted}）" if lang == "zh" else f" ({accepted})")


def _accepted(entry: Input, lang: Lang) -> str:
    kind, zh = entry.type.kind, lang == "zh"
    if entry.options:
        joint = _joint([label.of(lang) for label in entry.options.values()], lang)
        many = {"zh": "可多选，都没有填“无”：", "en": "any of, or none: "}[lang] if kind == "set" else ""
        return many + joint.join(f"{i} {label.of(lang)}" for i, label in enumerate(entry.options.values(), 1))
    if kind == "flag":
        return "是、否" if zh else "yes, no"
    if kind == "date":
        return "日期，如 2025-01-31；尚未发生填“尚未”" if zh else "a date such as 2025-01-31, or `not yet`"
    if entry.type_name == "share":
        return "比例，如 15%" if zh else "a share such as 15%"
    if entry.type_name == "money" and entry.type.unit == YUAN:  # else a price, of a square metre
        return "金额，如 2.4亿元" if zh else "an amount such as 2.4亿元"
    unit = Names({entry.name: entry}, {}).unit(entry.name).of(lang).strip()
    what = Text("a whole number", "整数") if entry.type.integer else Text("a number", "数")
    return what.of(lang) + (f"{'，' if zh else ', '}{unit}" if unit else "")


def _joint(shown: Iterable[str], lang: Lang) -> str:
    """What parts of a list are put together with: nothing that stands inside one of them."""
    comma, semicolon = ("、", "；") if lang == "zh" else (", ", "; ")
    return semicolon if any(comma in one for one in shown) else comma


def how(lang: Lang) -> str:
    """What may be typed beside an answer."""
    return _HOW.of(lang)


def followed(interview: Interview, name: str, lang: Lang) -> str:
    """An answer that nobody was asked for."""
    names, value = interview.decision.names, interview.decision.facts[name]
    return _FOLLOWS.of(lang).format(label=names.label(name).of(lang), value=in_unit(value, name, names).of(lang))


def unasked(interview: Interview, lang: Lang) -> list[tuple[str, str]]:
    """The facts that are not known and not asked for, since they change nothing as the case is; each by its name."""
    names = (name for name in interview.idle if name not in interview.unknown)
    return [(name, _UNASKED.of(lang).format(interview.decision.names.label(name).of(lang))) for name in names]


def standing(interview: Interview, lang: Lang) -> str:
    """What the answer is so far, and that it is only so far."""
    found, left = interview.decision, len(interview.questions)
    outcome = OUTCOME[found.outcome].of(lang)
    if not left:
        return outcome
    return (
        f"暂定：{outcome}（尚有 {left} 项未填，可能影响结论）"
        if lang == "zh"
        else f"so far: {outcome} (facts not said yet that can change it: {left})"
    )


def explained(
    interview: Interview, entry: Input, lang: Lang, further: Callable[[Interview, str], Effect | None] | None = None
) -> list[str]:
    """Which clauses wait for a fact, what limits it, and two ways it may turn out; `further` is asked where the search finds none."""
    lines = [entry.help.of(lang)] if entry.help else []
    lines += [bound_text(bound).of(lang) for bound in entry.bounds]
    for one in interview.waiting(entry.name):
        cites = one.clause.cites if isinstance(one, Finding) else one.cites
        lines += [one.clause.title.of(lang), *(f"  {citation(cite)}" for cite in cites)]
    found = interview.completion(entry.name)
    if found is not None:
        return [*lines, _turning(found, interview, entry, lang)]
    effect = None if further is None else further(interview, entry.name)
    return lines + ([] if effect is None else [_told(effect, interview, entry, lang)])


def _told(effect: Effect, interview: Interview, entry: Input, lang: Lang) -> str:
    """What an answer can change, as the solvers say."""
    if effect.two is not None:
        return _turning(effect.two, interview, entry, lang)
    if effect.changes == "impossible":
        return _IMPOSSIBLE.of(lang)
    titles = {p.id: p.title for p in interview.rule.provisions}
    said = _SOME if effect.changes == "something" else _SAME
    return said.of(lang).format(titles[effect.about].of(lang)) if effect.about else _IDLE.of(lang)


def _turning(found: Completion, interview: Interview, entry: Input, lang: Lang) -> str:
    names, zh = interview.decision.names, lang == "zh"

    def shown(value: Known | None, name: str) -> str:
        if value is None:
            return _LATER.of(lang)
        return in_unit(value, name, names).of(lang)

    rest = [names.label(n).of(lang) + ("：" if zh else ": ") + shown(v, n) for n, v in found.facts.items()]
    ways = [(shown(v, entry.name), OUTCOME[o].of(lang)) for v, o in (found.one, found.other)]
    if zh:
        head = f"例如（{_joint(rest, lang).join(rest)}）：" if rest else "例如："
        return head + "；".join(f"填“{v}”则{o}" for v, o in ways)
    head = f"for example, with {_joint(rest, lang).join(rest)}, " if rest else "for example, "
    return head + "; ".join(f"`{v}` gives {o}" for v, o in ways)
