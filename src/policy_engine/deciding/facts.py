"""What a case may look like: foreign facts to typed ones, exact; unknown fields and impossible values are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, did_you_mean, problem
from policy_engine.basics.values import BadValue, Known, is_not_yet, members, read, read_date, to_json
from policy_engine.language.operators import COMPARISONS
from policy_engine.rulebook.rows import MAX_ROWS, MORE_WORDS, Sizes, called
from policy_engine.rulebook.rule import Input, Rows, Rule, plain

JUSTIFICATIONS: Final = "justifications"
TEXTS: Final = 10_000
LONG: Final = 100
OR_NOT_YET: Final = Text("what has not happened is `not yet`", "尚未发生的，写“尚未”")
BOUND_WORDS: Final = {
    ">": ("above", "大于"),
    ">=": ("at least", "不小于"),
    "<": ("below", "小于"),
    "<=": ("at most", "不大于"),
}


@dataclass(frozen=True)
class Justification:
    """Why a departure is accepted: who, why, until when."""

    who: str
    why: str
    until: dt.date | None = None
    expired: bool = False

    def to_json(self) -> dict[str, object]:
        """As the JSON contract shows it."""
        until = self.until.isoformat() if self.until else None
        return {"who": self.who, "why": self.why, "until": until, "expired": self.expired}


@dataclass(frozen=True)
class Facts:
    """The facts a user gave for a decision, typed; the justifications of departures by provision; dates that are not yet."""

    given: Mapping[str, Known]
    justifications: Mapping[str, Justification] = field(default_factory=dict)
    not_yet: frozenset[str] = frozenset()
    rows: Sizes = field(default_factory=dict)


def read_facts(
    rule: Rule, raw: Mapping[str, object], place_of: Callable[[str], Place | None] = lambda name: None
) -> Facts:
    """Facts as a user would write them (text, int, Decimal, Fraction, date, bool, list). Raises PolicyError.

    A fact may go by its label or an alias. One given as None, left empty or given as white space is unknown. All mistakes are reported together.
    """
    problems: list[Problem] = []
    given, not_yet, seen = dict[str, Known](), set[str](), set[str]()
    facts = {name: value for name, value in raw.items() if name != JUSTIFICATIONS}
    entries = {name: rule.called(name) for name in facts}

    def at(name: str) -> Place | None:
        words = {entry.name: word for word, entry in entries.items() if entry}
        return place_of(name) or place_of(words.get(whole := name.partition("[")[0], whole))

    named = {entry.name: facts[word] for word, entry in entries.items() if entry} if rule.rows else {}
    inputs, listed, sizes = dict[str, Input](), _listed(rule, named, at, problems), dict[str, tuple[int, bool]]()
    for rows in (rule.rows[name] for name in listed):
        count, _ = sizes[rows.name] = listed[rows.name][1]
        inputs |= {called(rows.name, i, key): c for i in range(1, count + 1) for key, c in rows.columns.items()}
        problems += [_twice(rows, t, at(t)) for t in rows.totals if named.get(t) not in (None, "")]
    for name, value in [*facts.items(), *(one for found, _ in listed.values() for one in found.items())]:
        entry = entries.get(name) or inputs.get(name)
        known = name if name in inputs or entry is None else entry.name
        if known in seen and entry is not None:
            en, zh = f"`{name}`: `{known}` is given twice", f"{_zh(rule, name, entry)}给出了两次"
            problems.append(problem("twice", en, zh, at(name)))
            continue
        seen.add(known)
        if entry is None:
            problems.append(_unknown(rule, name, inputs, at(name)))
        elif entry.type.kind == "date" and is_not_yet(value):
            not_yet.add(known)
        elif known not in rule.rows and value is not None and not (isinstance(value, str) and not value.strip()):
            try:
                given[known] = _read(rule, entry, value)
            except BadValue as error:
                en = f"`{name}` ({entry.label.en}): {error.found.en}"
                message = Text(en, f"{_zh(rule, name, entry)}：{error.found.zh}")
                help = error.help or (OR_NOT_YET if entry.type.kind == "date" else None)
                problems.append(Problem("bad-fact", message, at(name), help))
    justified = _justifications(rule, raw.get(JUSTIFICATIONS), problems)
    if problems:
        raise PolicyError(problems)
    return Facts(given, justified, frozenset(not_yet), sizes)


def _unknown(rule: Rule, name: str, inputs: Mapping[str, Input], place: Place | None) -> Problem:
    """A name that is no input's, or the label of more than one."""
    several = [entry for entry in rule.askable.values() if plain(name) in map(plain, entry.words)]
    if len(several) > 1:
        en = f"`{name}` is what several inputs are called: {', '.join(f'{e.name} ({e.label.en})' for e in several)}"
        zh = f"多项输入都叫 `{name}`，请用括号前的名称：{'、'.join(f'{e.name}（{e.label.zh}）' for e in several)}"
        return problem("two-inputs", en, zh, place)
    row, dot, word = name.rpartition("].")
    known = {n.removeprefix(row + dot): c for n, c in inputs.items() if dot and n.startswith(row + dot)} or rule.askable
    words = known if word.isascii() else [e.label.zh for e in known.values()]
    en, zh = f"`{name}` is not an input of {rule.decision}", f"“{rule.title.zh}”没有 `{name}` 这项输入"
    return problem("unknown-fact", en, zh, place, did_you_mean(word, words))


def _zh(rule: Rule, name: str, entry: Input) -> str:
    """What a Chinese reader knows an input by: its label, beside the word that was given where that is Chinese too."""
    label = entry.label.zh
    rows, _, place = name.partition("[")
    if place and rows in rule.rows:
        return f"“{rule.rows[rows].label.zh}（第{place.partition(']')[0]}项）{label}”"
    if name == label or (name.isascii() and rule.called(label) is entry):
        return f"“{label}”"
    return f"`{name}`（{label}）"


_Listed = dict[str, tuple[dict[str, object], tuple[int, bool]]]


def _listed(
    rule: Rule, named: Mapping[str, object], at: Callable[[str], Place | None], problems: list[Problem]
) -> _Listed:
    """The rows of the lists that are given, their fields by the name they have outside the row; whether these are all."""
    found: _Listed = {}
    for rows in rule.rows.values():
        listed = named.get(rows.name)
        if listed is None or listed == "":
            continue
        if isinstance(listed, str) and listed.strip() in ("none", "无"):
            listed = []
        items = list(listed) if isinstance(listed, list | tuple) else None
        complete = not (items and isinstance(items[-1], str) and items[-1].strip() in MORE_WORDS)
        items = items if complete or items is None else items[:-1]
        if items is None or len(items) > MAX_ROWS or not all(isinstance(item, Mapping) for item in items):
            en = f"`{rows.name}` takes a list of at most {MAX_ROWS} rows, each a mapping of {', '.join(rows.columns)}"
            keys = "、".join(column.label.zh for column in rows.columns.values())
            zh = f"“{rows.label.zh}”应为至多 {MAX_ROWS} 项的列表，每项写明{keys}"
            problems.append(problem("rows", en, zh, at(rows.name)))
            continue
        by_label = {word: key for key, c in rows.columns.items() for word in (key, *c.words)}
        fields = {
            called(rows.name, i, by_label.get(str(key), str(key))): value
            for i, item in enumerate(items, 1)
            for key, value in item.items()
        }
        found[rows.name] = fields, (len(items), complete)
    return found


def _twice(rows: Rows, total: str, place: Place | None) -> Problem:
    en = f"`{total}` is worked out from `{rows.name}`: give the one or the other"
    zh = f"“{rows.totals[total].label.zh}”由“{rows.label.zh}”汇总得出，二者只填其一"
    return problem("rows", en, zh, place)


def _read(rule: Rule, entry: Input, raw: object) -> Known:
    """A foreign value as the value of an input; a short text, or a decimal for a number, that was read before is not read again."""
    short = len(raw) <= LONG if type(raw) is str else type(raw) is Decimal and raw.is_finite()
    if not short or (type(raw) is Decimal and entry.type.kind != "number"):  # 1.0 and 1 are two texts
        return read_input(entry, raw)
    texts, key = rule.kept.setdefault("texts", {}), (id(entry), raw)
    if (found := texts.get(key)) is None:
        if len(texts) >= TEXTS:
            texts.clear()
        found = texts[key] = read_input(entry, raw)
    return found  # type: ignore[no-any-return]


def read_input(entry: Input, raw: object) -> Known:
    """A foreign value as the value of an input, inside its bounds. Raises BadValue."""
    if isinstance(raw, str) and entry.type.kind == "set":
        raw = members(raw, entry.accepts)
    if entry.options and (isinstance(raw, str) or (entry.type.kind == "choice" and isinstance(raw, Decimal))):
        raw = _by_label(entry, str(raw))
    elif entry.options and isinstance(raw, list | tuple | set | frozenset):
        raw = [_by_label(entry, item) if isinstance(item, str) else item for item in raw]
    value = read(raw, entry.accepts, share=entry.type_name == "share", unit_word=entry.unit_word.zh)
    for bound in entry.bounds:
        if not COMPARISONS[bound.relation].apply(value, bound.value):
            shown, limit = to_json(value), to_json(bound.value)
            en, zh = BOUND_WORDS[bound.relation]
            raise BadValue(
                Text(f"`{shown}` is not accepted: it must be {en} {limit}", f"`{shown}` 不可用：须{zh} {limit}")
            )
    return value


def within(entry: Input, value: Known) -> bool:
    """Whether a value keeps the bounds of an input."""
    return all(COMPARISONS[bound.relation].apply(value, bound.value) for bound in entry.bounds)


def _by_label(entry: Input, raw: str) -> str:
    """An option by its own name, its label in either language or an alias. Raises BadValue with the labels."""
    found = entry.option(raw.strip())
    if found is not None:
        return found
    words = [label.zh for label in entry.options.values()]
    labels = ("；" if any("、" in word for word in words) else "、").join(words)
    raise BadValue(Text(f"`{raw}` is not one of: {', '.join(entry.options)}", f"`{raw}` 不是以下之一：{labels}"))


def _justifications(rule: Rule, raw: object, problems: list[Problem]) -> dict[str, Justification]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        problems.append(_bad_justification("justifications", "a mapping of provisions"))
        return {}
    found = {}
    for provision, entry in raw.items():
        if provision not in rule.ids:
            en, zh = f"no provision `{provision}` to justify", f"没有 `{provision}` 这一条款可说明"
            problems.append(problem("unknown-provision", en, zh, None, did_you_mean(str(provision), rule.ids)))
        elif (
            not isinstance(entry, Mapping)
            or not {"who", "why"} <= set(entry) <= {"who", "why", "until"}
            or not (isinstance(entry["who"], str) and isinstance(entry["why"], str))
        ):
            problems.append(_bad_justification(str(provision), "who, why and until"))
        else:
            try:
                day = entry.get("until")
                until = None if day is None or (isinstance(day, str) and not day) else read_date(day)
                found[str(provision)] = Justification(str(entry["who"]), str(entry["why"]), until)
            except BadValue as error:
                problems.append(Problem("bad-fact", error.found, None, error.help))
    return found


def _bad_justification(name: str, accepted: str) -> Problem:
    en, zh = f"the justification of `{name}` takes {accepted}", f"`{name}` 的说明应含 who、why、until"
    return problem("bad-justification", en, zh)
