"""Generators: trees the grammar can write, typed expressions over a fixed vocabulary, whole rules, facts near the bounds."""

import datetime as dt
import re
from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from policy_engine.basics.errors import Text
from policy_engine.basics.places import ReadFile
from policy_engine.basics.values import DAY, MONTH, PURE, WORKDAY, parse_unit
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.rulebook.rule import Assumption, Rule
from policy_engine.rulefiles.calendars import calendar_named
from policy_engine.rulefiles.compose import compose
from policy_engine.rulefiles.folder import calendar_files, shipped
from policy_engine.rulefiles.shape_file import RuleFile

CALENDAR = calendar_named("cn", ReadFile("rule.yaml", {}, {}), calendar_files(shipped("rules")))
OPTIONS = ("red", "green", "blue")
INPUTS = {
    "c1": "count", "c2": "count", "c3": "count", "m1": "money", "m2": "money", "m3": "money", "s1": "share", "s2": "share",
    "d1": "date", "d2": "date", "f1": "flag", "f2": "flag", "f3": "flag", "k1": "choice", "k2": "choice", "z1": "set", "z2": "set",
    "q1": "code", "q2": "code", "t1": "text",
}  # fmt: skip
CODES = ("0151", "151", "01", "5610", "A-1 b")
OPEN = {"k2", "z2"}  # their lists end in 等: `another` of the kind is an answer
READINGS = {"r1": ("near", "far"), "r2": ("low", "middle", "high")}
KINDS = ("count", "money", "share", "date", "flag", "choice", "set")


def names_of(kind):
    return [name for name, found in INPUTS.items() if found == kind]


# --- trees, whatever they mean ---------------------------------------------------------------------------------------

_RESERVED = {"and", "or", "not", "in", "of", "if", "then", "else", "true", "false"}
words = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True).filter(lambda w: w not in _RESERVED)
chinese = st.sampled_from(["金额", "人数", "x_1", "android", "order", "notice", "iffy", "trueish", "offer", "days"])
options = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\"'", exclude_categories=("Cs", "Cc")), max_size=8
)
decimals = st.builds(lambda n, p: Fraction(n, 10**p), st.integers(0, 10**15), st.integers(0, 6))
dates = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))

literals = st.one_of(
    decimals.map(ir.Number),
    decimals.map(lambda n: ir.Number(n / 100, PURE, percent=True)),
    st.builds(ir.Number, decimals, st.sampled_from(["CNY", "CNY/m2", "t/h", "EUR", "m2"]).map(parse_unit)),
    st.integers(0, 5000).map(lambda n: ir.Number(Fraction(n), DAY)),
    st.integers(0, 600).map(lambda n: ir.Number(Fraction(n), MONTH)),
    st.integers(0, 600).map(lambda n: ir.Number(Fraction(n), WORKDAY)),
    dates.map(ir.Const),
    st.booleans().map(ir.Const),
    options.map(ir.Const),
    st.lists(options, max_size=3).map(lambda items: ir.ListOf(tuple(items))),
    (words | chinese).map(ir.Name),
)


def _larger(inner):
    return st.one_of(
        st.builds(ir.Not, inner),
        st.builds(ir.Neg, inner),
        st.builds(ir.Arith, st.sampled_from(["+", "-", "*", "/", "of", "^"]), inner, inner),
        st.builds(ir.Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(ir.Logic, st.sampled_from(["and", "or"]), inner, inner),
        st.builds(ir.In, inner, inner),
        st.builds(ir.Call, words, st.lists(inner, max_size=3).map(tuple)),
        st.builds(lambda c, a, b: ir.Cases(((c, a),), b), inner, inner, inner),
    )


trees = st.recursive(literals, _larger, max_leaves=25)


# --- expressions that mean something -----------------------------------------------------------------------------------

LITERALS = {
    "count": st.integers(0, 20).map(lambda n: ir.Number(Fraction(n))),
    "money": st.sampled_from(["m1", "m2", "m3"]).map(ir.Name),
    "share": st.sampled_from([5, 15, 50, 100, 150]).map(lambda n: ir.Number(Fraction(n, 100), PURE, percent=True)),
    "date": st.dates(dt.date(2023, 12, 28), dt.date(2024, 3, 2)).map(ir.Const),
    "flag": st.booleans().map(ir.Const),
    "choice": st.sampled_from(OPTIONS).map(ir.Const),
    "set": st.lists(st.sampled_from(OPTIONS), unique=True, min_size=1).map(lambda items: ir.ListOf(tuple(items))),
}
NAMES = {kind: st.sampled_from(names_of(kind)).map(ir.Name) for kind in (*KINDS, "code")}
_ORDERS = st.permutations(OPTIONS).map(lambda items: ir.ListOf(tuple(items)))


def _durations(literal):
    """Durations of one unit: written out, so many times a count, one of two."""
    counted = st.builds(ir.Arith, st.just("*"), NAMES["count"], literal)
    chosen = st.builds(lambda c, a, b: ir.Cases(((c, a),), b), NAMES["flag"], literal, literal)
    return literal | literal | counted | chosen


_DAYS = _durations(st.integers(0, 400).map(lambda n: ir.Number(Fraction(n), DAY)))
_MONTHS = _durations(st.integers(0, 30).map(lambda n: ir.Number(Fraction(n), MONTH)))
_CHOSEN = st.sampled_from([ir.Compare("==", ir.Name(r), ir.Const(o)) for r, found in READINGS.items() for o in found])
_NODES = {
    "+": ir.Arith, "-": ir.Arith, "*": ir.Arith, "/": ir.Arith, "of": ir.Arith, "^": ir.Arith, "and": ir.Logic, "or": ir.Logic,
    "<": ir.Compare, "<=": ir.Compare, ">": ir.Compare, ">=": ir.Compare, "==": ir.Compare, "!=": ir.Compare,
}  # fmt: skip
# symbols, then the kinds of the operands; a capital letter asks for an input, since literals alone are a slip
_COMPOUND = {
    "count": [("+ - * min max", "count count"), ("floor ceil round round_even", "share"), ("mod floor ceil", "count WHOLE"), ("round", "count MORE"), ("^", "count POWER"), ("years months", "date date"), ("abs", "count"), ("size", "set"), ("year month day weekday", "date"), ("working_days", "date date"), ("position", "ORDER choice")],
    "money": [("+ - min max", "money money"), ("of", "share money"), ("*", "money count"), ("neg", "money"), ("round round_even floor ceil mod", "money STEP")],
    "share": [("+ - * min max", "share share"), ("/", "money money"), ("/", "count count")],
    "date": [("+ -", "date DAYS"), ("+ -", "date MONTHS"), ("+ -", "date WORKDAYS"), ("end_of_quarter end_of_month", "date"), ("end_of_year", "YEAR")],
    "flag": [
        ("< <= > >= == !=", "count count"), ("< <= > >= == !=", "money money"), ("< <= > >= == !=", "share share"),
        ("< <= > >= == !=", "date date"), ("== !=", "choice CHOICE"), ("== !=", "set SET"), ("== !=", "flag flag"),
        ("not", "flag"), ("and or", "flag flag"), ("and or", "flag flag"), ("in", "choice SET"), ("in", "CHOICE LIST"),
        ("== !=", "CODE A_CODE"), ("in", "CODE CODES"), ("starts_with", "CODE BEGIN"),
        ("is_working_day", "date"), ("in_season", "date SEASON SEASON"), ("all_in any_in", "set SET"), ("all_in any_in", "SET set"), ("< <= > >= == !=", "SPAN DAYS"),
    ],
    "choice": [("first_outside", "ORDER set"), ("first_after", "ORDER choice set")],
    "set": [],
}  # fmt: skip
_GIVEN = {
    "DAYS": _DAYS,
    "MONTHS": _MONTHS,
    "WORKDAYS": _durations(st.integers(0, 400).map(lambda n: ir.Number(Fraction(n), WORKDAY))),
    "SEASON": st.sampled_from(["01-01", "01-31", "02-29", "03-01", "12-31"]).map(ir.Const),
    "CODE": NAMES["code"]
    | st.builds(lambda c, a, b: ir.Cases(((c, a),), b), NAMES["flag"], NAMES["code"], NAMES["code"]),
    "A_CODE": NAMES["code"] | st.sampled_from(CODES).map(ir.Const),
    "CODES": st.lists(st.sampled_from(CODES), unique=True, min_size=1).map(lambda items: ir.ListOf(tuple(items))),
    "BEGIN": st.sampled_from(["0", "01", "015", "5", "A-1"]).map(ir.Const),
    "CHOICE": NAMES["choice"],
    "SET": NAMES["set"],
    "LIST": LITERALS["set"],
    "STEP": st.sampled_from(["0.01", "0.05", "1", "3", "10"]).map(lambda step: ir.Number(Fraction(step))),
    "WHOLE": st.integers(1, 7).map(lambda n: ir.Number(Fraction(n))),
    "MORE": st.integers(3, 7).map(lambda n: ir.Number(Fraction(n))),  # two would be read as places
    "POWER": st.integers(1, 2).map(lambda n: ir.Number(Fraction(n))),
    "ORDER": _ORDERS,
    "YEAR": st.builds(lambda date: ir.Call("year", (date,)), NAMES["date"]),
    "SPAN": st.builds(ir.Arith, st.just("-"), NAMES["date"], NAMES["date"]),
}


@st.composite
def expressions(draw, kind, depth=2):
    """Expressions of a kind over the vocabulary, at most so deep."""
    return _expression(draw, kind, depth)


def _expression(draw, kind, depth):
    if kind in _GIVEN:
        return draw(_GIVEN[kind])
    shape = draw(st.integers(-2, len(_COMPOUND[kind]))) if depth else -2
    if shape == -2:
        return draw(LITERALS[kind] if draw(st.integers(0, 2)) == 0 else NAMES[kind])
    if shape == -1:
        return draw(_CHOSEN) if kind == "flag" and draw(st.booleans()) else draw(NAMES[kind])
    if shape == len(_COMPOUND[kind]):
        condition, first, second = (_expression(draw, found, depth - 1) for found in ("flag", kind, kind))
        return ir.Cases(((condition, first),), second)
    symbols, operands = _COMPOUND[kind][shape]
    symbol = draw(st.sampled_from(symbols.split()))
    return _operation(symbol, [_expression(draw, operand, depth - 1) for operand in operands.split()])


def _operation(symbol, parts):
    if symbol in _NODES:
        return _NODES[symbol](symbol, *parts)
    if symbol == "in":
        return ir.In(*parts)
    if symbol in ("not", "neg"):
        return (ir.Not if symbol == "not" else ir.Neg)(parts[0])
    return ir.Call(symbol, tuple(parts))


# --- facts ---------------------------------------------------------------------------------------------------------------

_fen = st.integers(0, 40_000).map(lambda n: Fraction(n, 100))
VALUES = {
    "count": st.integers(0, 25).map(Fraction),
    "money": st.one_of(st.sampled_from([Fraction(n) for n in (0, 1, 15, 30, 100, 200)]), _fen),
    "share": st.sampled_from([0, 5, 15, 50, 100, 150]).map(lambda n: Fraction(n, 100)) | st.fractions(0, 1, max_denominator=12),
    "date": st.dates(dt.date(2023, 12, 25), dt.date(2024, 3, 5)),
    "flag": st.booleans(),
    "choice": st.sampled_from(OPTIONS),
    "set": st.frozensets(st.sampled_from(OPTIONS)),
    "code": st.sampled_from([*CODES, "0152", "a-1 b"]),
    "text": st.sampled_from(["red", "0151", "A, b"]),
}  # fmt: skip

ANOTHER = {"choice": st.just("another"), "set": st.frozensets(st.sampled_from([*OPTIONS, "another"]))}
all_facts = st.fixed_dictionaries(
    {name: VALUES[kind] | ANOTHER[kind] if name in OPEN else VALUES[kind] for name, kind in INPUTS.items()}
)


@st.composite
def some_facts(draw):
    """Facts for some of the inputs."""
    kept = draw(st.sets(st.sampled_from(sorted(INPUTS))))
    return {name: value for name, value in draw(all_facts).items() if name in kept}


def raw(value):
    """A typed value as the Python contract takes it."""
    return sorted(value) if isinstance(value, frozenset) else value


@st.composite
def taken(draw):
    """What the silence of a few inputs is taken to mean."""
    names = draw(st.sets(st.sampled_from(sorted(INPUTS)), min_size=1, max_size=4))
    return {name: draw(VALUES[INPUTS[name]]) for name in sorted(names)}


def assuming(rule, values):
    """The rule with what the silence of some inputs is taken to mean, of every other one beside another fact alone."""
    why, every = Text("nobody said", "未载明"), list(rule.inputs)
    beside = {name: every[(every.index(name) + 3) % len(every)] if i % 2 else None for i, name in enumerate(values)}
    inputs = {
        n: replace(e, assume=Assumption(values[n], why, beside[n]) if n in values else None)
        for n, e in rule.inputs.items()
    }
    return replace(rule, inputs=inputs)


# --- rules -----------------------------------------------------------------------------------------------------------------

CITE = {"at": "第一条", "phrase": "虚构"}


def declared(provisions, musts=(), forms=None):
    """A rule file over the vocabulary with these provisions, as plain data; `forms`: what more is said of an input."""
    inputs = {
        name: {
            "type": kind, **({"of": list(OPTIONS)} if kind in ("choice", "set") else {}), "open": name in OPEN,
            **(forms or {}).get(name, {}),
        }
        for name, kind in INPUTS.items()
    }  # fmt: skip
    readings = {
        name: {"question": name, "default": found[0], "options": {option: {} for option in found}} for name, found in READINGS.items()
    }  # fmt: skip
    return {
        "decision": "town.rule", "document": "湾政发〔2023〕7号", "inputs": inputs, "readings": readings,
        "facts_must": list(musts), "provisions": list(provisions),
    }  # fmt: skip


def composed(data) -> Rule:
    """The rule of a file given as plain data."""
    return compose(RuleFile.model_validate(data), ReadFile("rule.yaml", data, {}), {}, "town.rule", calendar=CALENDAR)


def check(i, require, force="binding", when=None, unless=()):
    """A check as plain data, from trees."""
    entry = {"id": f"check-{i}", "cite": CITE, "force": force, "require": unparse(require)}
    if when is not None:
        entry["when"] = unparse(when)
    entry["unless"] = [{"when": unparse(node), "cite": CITE} for node in unless]
    return entry


def _check(draw, i):
    when = _expression(draw, "flag", 1) if draw(st.booleans()) else None
    unless = [_expression(draw, "flag", 0)] if draw(st.integers(0, 2)) == 0 else []
    return check(
        i,
        _expression(draw, "flag", 2),
        draw(st.sampled_from(["binding", "ordinary", "target", "option"])),
        when,
        unless,
    )


def _formula(draw, i):
    kind = draw(st.sampled_from(KINDS))
    value = {"type": kind, **({"of": list(OPTIONS)} if kind in ("choice", "set") else {})}
    cases = [
        {"when": unparse(_expression(draw, "flag", 1)), "is": unparse(_expression(draw, kind, 1))}
        for _ in range(draw(st.integers(0, 2)))
    ]
    if cases:
        value |= {"cases": [*cases, {"otherwise": unparse(_expression(draw, kind, 1))}]}
        if draw(st.booleans()):
            value["match"] = "first"
    else:
        value["is"] = unparse(_expression(draw, kind, 1))
    entry = {"id": f"v{i}", "cite": CITE, "value": value}
    if draw(st.booleans()):
        entry["when"] = unparse(_expression(draw, "flag", 1))
    return entry


def _use(entry, formula):
    """The check with a formula in place of an input of its kind, where it uses one."""
    kind = formula["value"]["type"]
    text = entry["require"]
    for name in names_of(kind):
        text = text.replace(name, formula["id"])
    return {**entry, "require": text}


FORMS = {
    "c1": {"grows": True}, "m1": {"grows": True}, "s1": {"grows": True}, "c3": {"given": True}, "f2": {"given": True},
    "m3": {"when": "f3"}, "k1": {"when": "d1 > 2024-01-10"}, "s2": {"when": 'k2 == "red"'}, "c2": {"when": "f1 and c3 > 2"},
    "d2": {"at_least": "2024-01-01"}, "d1": {"at_most": "2024-03-01"}, "z1": {"when": "not f2"},
}  # fmt: skip
DUES = [
    "2024-01-31",
    "2025-03-20",
    "9000-01-01",
    "d2 + 7 days",
    "d1 - 1 month",
    "end of year(c1)",
    "end of month(d1)",
    "max(d1, d2)",
]
UNSETTLED = {"en": "not said", "zh": "未定"}


def _varied(draw, made, values):
    """Checks and formulas in the forms that are less common: not due, never settled, an empty set."""
    for entry in made:
        if draw(st.booleans()):
            entry["due"] = draw(st.sampled_from(DUES) | _dated(draw))
        if draw(st.integers(0, 5)) == 0:
            del entry["require"]
            entry["unsettled"] = UNSETTLED
    for entry in values:
        value = entry["value"]
        cases = value.get("cases", [])
        for case in cases:
            roll = draw(st.integers(0, 7))
            key = "is" if "when" in case else "otherwise"
            if roll < 2:
                case |= {key: "unsettled", "reason": UNSETTLED}
            elif roll < 4 and value["type"] == "set":
                case[key] = "[]"
        if not cases and value["type"] == "set" and draw(st.booleans()):
            value["is"] = "[]"


def _dated(draw):
    return st.builds(unparse, st.just(_expression(draw, "date", 1)))


@st.composite
def rules(draw, varied=False, musts=False):
    """A rule of one to three checks, some of which use formulas; `varied`: in every form that a rule file may have.

    `musts`: with something that the facts must fulfil.
    """
    made = [_check(draw, i) for i in range(draw(st.integers(1, 3)))]
    values = [_formula(draw, i) for i in range(draw(st.integers(0, 2)))]
    for formula in values:
        at = draw(st.integers(0, len(made) - 1))
        made[at] = _use(made[at], formula)
    if not varied:
        must = [unparse(_expression(draw, "flag", 2)) for _ in range(draw(st.integers(0, 2)) if musts else 0)]
        return composed(declared([*made, *values], must))
    _varied(draw, made, values)
    if len(values) > 1 and draw(st.booleans()):  # a formula that another formula uses
        kind = values[0]["value"]["type"]
        for case in values[1]["value"].get("cases", [values[1]["value"]]):
            key = "is" if "is" in case else "otherwise"
            for name in names_of(kind):
                case[key] = case[key].replace(name, "v0")
    forms = {name: FORMS[name] for name in draw(st.sets(st.sampled_from(sorted(FORMS))))}
    musts = [unparse(_expression(draw, "flag", 1)) for _ in range(draw(st.integers(0, 2)) // 2)]
    for formula in values:
        used = any(re.search(rf"\b{formula['id']}\b", str(p)) for p in (*made, *values) if p is not formula)
        formula["step"] = used and draw(st.booleans())
    return composed(declared([*made, *values], musts, forms))
