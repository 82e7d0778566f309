"""What is written otherwise in another version of a rule beside what its provisions say: inputs, questions, dates, words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from policy_engine.basics.errors import Text
from policy_engine.basics.values import Known, to_json, unit_words
from policy_engine.proving.meaning import Meaning, plain_node
from policy_engine.rulebook.rule import Input, Provision, Reading, Rule
from policy_engine.words import FORCE, TYPES_ZH, bound_text

What = Literal[
    "input-added", "input-removed", "kind", "options", "bounds", "silence", "grows", "open", "reading-added", "reading-removed", "default",
    "answers", "facts-must", "force", "step", "dated-by", "of-whom", "each-entry", "total", "from", "until", "words",
]  # fmt: skip
NONE = Text("—", "—")


@dataclass(frozen=True, kw_only=True)
class Altered:
    """One thing that is written otherwise: of what, and how it was and is written."""

    name: str
    what: What
    old: Text = NONE
    new: Text = NONE


def altered(old: Rule, new: Rule) -> list[Altered]:
    """All that is written otherwise, words that change nothing last."""
    found = [
        *_inputs(_asked(old), _asked(new)),
        *_readings(old.readings, new.readings),
        *_musts(old, new),
        *_versions(old, new),
    ]
    return [*found, *_words(old, new)]


def _asked(rule: Rule) -> Mapping[str, Input]:
    """All that is asked for: inputs, the columns of lists and of the register."""
    return {**(rule.register.columns if rule.register else {}), **Meaning(rule).inputs}


def _inputs(old: Mapping[str, Input], new: Mapping[str, Input]) -> Iterator[Altered]:
    yield from (Altered(name=n, what="input-removed", old=old[n].label) for n in old if n not in new)
    yield from (Altered(name=n, what="input-added", new=new[n].label) for n in new if n not in old)
    for name in (n for n in old if n in new):
        a, b = old[name], new[name]
        for what, told in _OF_INPUT.items():
            before, after = told(a), told(b)
            if before != after:
                yield Altered(name=name, what=what, old=before, new=after)


def _kind(entry: Input) -> Text:
    unit = unit_words(entry.type.unit) if entry.type.unit else Text("", "")
    en, zh = unit.en.strip(), unit.zh.strip()
    return Text(f"{entry.type_name} {en}".strip(), TYPES_ZH[entry.type_name] + (f"（{zh}）" if zh else ""))


def _options(entry: Input) -> Text:
    words = sorted(entry.type.options)
    shown = [entry.options.get(o, Text(o, o)) for o in words]
    return Text(", ".join(words), "、".join(text.zh for text in shown)) if words else NONE


def _bounds(entry: Input) -> Text:
    found = [bound_text(bound) for bound in entry.bounds]
    return Text(", ".join(t.en for t in found), "、".join(t.zh for t in found)) if found else NONE


def _silence(entry: Input) -> Text:
    return _known(entry, entry.assume.value) if entry.assume else NONE


def _known(entry: Input, value: Known) -> Text:
    if isinstance(value, bool):
        return Text("yes", "是") if value else Text("no", "否")
    text = str(to_json(value))
    return entry.options.get(text, Text(text, text))


def _yes(holds: bool) -> Text:
    return Text("yes", "是") if holds else Text("no", "否")


_OF_INPUT: Mapping[What, Callable[[Input], Text]] = {
    "kind": _kind, "options": _options, "bounds": _bounds, "silence": _silence,
    "grows": lambda entry: _yes(entry.grows), "open": lambda entry: _yes(entry.open),
}  # fmt: skip


def _readings(old: Mapping[str, Reading], new: Mapping[str, Reading]) -> Iterator[Altered]:
    yield from (Altered(name=n, what="reading-removed", old=old[n].called) for n in old if n not in new)
    yield from (Altered(name=n, what="reading-added", new=new[n].called) for n in new if n not in old)
    for name in (n for n in old if n in new):
        a, b = old[name], new[name]
        if a.default != b.default:
            shown = (Text(r.default, r.shown[r.default].zh) for r in (a, b))
            yield Altered(name=name, what="default", **dict(zip(("old", "new"), shown, strict=True)))
        if a.options.keys() != b.options.keys():
            told = (
                Text(", ".join(sorted(r.options)), "、".join(r.shown[o].zh for o in sorted(r.options))) for r in (a, b)
            )
            yield Altered(name=name, what="answers", **dict(zip(("old", "new"), told, strict=True)))


def _musts(old: Rule, new: Rule) -> Iterator[Altered]:
    before, after = (
        {plain_node(node): text for node, text in zip(r.facts_must, r.facts_must_text, strict=True)} for r in (old, new)
    )
    gone = [text for node, text in before.items() if node not in after]
    come = [text for node, text in after.items() if node not in before]
    if gone or come:
        shown = ("; ".join(texts) or NONE.en for texts in (gone, come))
        yield Altered(
            name="facts_must",
            what="facts-must",
            **{key: Text(t, t) for key, t in zip(("old", "new"), shown, strict=True)},
        )


def _versions(old: Rule, new: Rule) -> Iterator[Altered]:
    """Of the provisions of both, how strongly they bind, whether alone they say nothing, and when they are in force, version by version."""
    mine, theirs = Meaning(old).versions, Meaning(new).versions
    told: Mapping[What, Callable[[Provision], object]] = {
        "force": lambda p: p.force, "step": lambda p: p.step, "from": lambda p: p.valid_from, "until": lambda p: p.valid_until,
    }  # fmt: skip
    for name in (n for n in mine if n in theirs):
        for what, of in told.items():
            before, after = ([of(p) for p in some] for some in (mine[name], theirs[name]))
            alike = what in ("force", "step") and {*before} == {*after}  # more versions that bind alike change nothing
            if before != after and not alike:
                yield Altered(name=name, what=what, old=_listed(before), new=_listed(after))


def _listed(values: list[object]) -> Text:
    words = [_word(value) for value in values]
    return Text(", ".join(t.en for t in words), "、".join(t.zh for t in words))


def _word(value: object) -> Text:
    if value is None:
        return NONE
    return _yes(value) if isinstance(value, bool) else FORCE.get(value, Text(str(value), str(value)))  # type: ignore[call-overload]


def _words(old: Rule, new: Rule) -> Iterator[Altered]:
    """Names that are only called otherwise."""
    before, after = _called(old), _called(new)
    for name in before:
        if name in after and before[name] != after[name]:
            yield Altered(name=name, what="words", old=before[name], new=after[name])


def _called(rule: Rule) -> dict[str, Text]:
    found = {rule.decision: rule.title}
    found |= {p.id: p.title for p in rule.provisions}
    found |= {r.name: r.called for r in rule.readings.values()}
    inputs = _asked(rule)
    found |= {name: e.label for name, e in inputs.items()}
    return found | {f"{name}.{o}": label for name, e in inputs.items() for o, label in e.options.items()}
