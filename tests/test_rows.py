"""Rows and their readings: each operator, node, type, status and engine is served wherever it is read, or said not to be.

One row more (an operator, a type, an engine) fails a test for every place that does not serve it; where that is meant,
`ABSENT` says why.
"""

import ast
import datetime as dt
import inspect
import re
import textwrap
import typing
from fractions import Fraction
from pathlib import Path

import pytest
from strategies import _COMPOUND, CALENDAR, INPUTS, composed, declared

from policy_engine import words
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Kind, Unknown, to_json
from policy_engine.compiled.terms import NEVER, Lines, Uncompiled
from policy_engine.deciding import outcome
from policy_engine.deciding.facts import read_facts, read_input
from policy_engine.deciding.situation import Situation
from policy_engine.explaining import following, unparse
from policy_engine.explaining.decision import decide
from policy_engine.language import evaluate, ir, syntax, typecheck
from policy_engine.language.operators import ARITHMETIC, COMPARISONS, FUNCTIONS, MIRRORED
from policy_engine.proving import mutate
from policy_engine.reports import rule_text as shown
from policy_engine.rulefiles.shape import TypeName

ROOT = Path(__file__).parents[1]
ROWS = {**ARITHMETIC, **COMPARISONS, **FUNCTIONS}
NODES = [
    name
    for name, found in vars(ir).items()
    if inspect.isclass(found) and issubclass(found, ir.Node) and found is not ir.Node
]
TYPES = typing.get_args(TypeName)
RULE = composed(declared([{"id": "check-0", "cite": {"at": "一", "phrase": "甲"}, "require": "f1"}]))
PAGE = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")

SEARCHED = "not linear in an input: whole numbers and dates are searched outwards; a rounded value is followed where it is compared"
NO_OTHER = "no operator beside it that people mistake it for; its operands are changed"
LIKE_MONEY = "a number with another unit: drawn as money"
OVER_ROWS = ["count", "total", "least", "greatest"]
ABSENT = {
    "remedy": dict.fromkeys(["floor", "ceil", "round", "round_even", "mod", "^", "year", "month", "day", "weekday", "years", "months", "count", "+months", "-months", "end_of_year", "end_of_quarter", "end_of_month", "in_season", "is_working_day", "working_days", "add_working_days"], SEARCHED),
    "mutate": dict.fromkeys(
        ["*", "of", "/", "^", "mod", "weekday", "count", "total", "-days", "-months", "days between", "abs", "size", "first_outside", "first_after", "position", "year", "month", "day", "end_of_year"],
        NO_OTHER,
    ),
    "engines": dict.fromkeys(OVER_ROWS, "over the rows of a list: tables have its totals as columns"),
    "compiled": dict.fromkeys(OVER_ROWS, "over the rows of a list: the interpreter decides those"),
    "drawn symbols": dict.fromkeys(OVER_ROWS, "drawn with lists, in tests/deciding/test_lists.py"),
    "drawn": {"number": "a pure number: drawn as share", "area": LIKE_MONEY, "quantity": LIKE_MONEY},
    "remedy nodes": {
        **dict.fromkeys(["Number", "Const", "ListOf", "Unsettled"], "names no input: evaluated"),
        "In": "of options: each is tried",
    },
}  # fmt: skip


def absent(reading, row, served):
    """Fails where a row is neither served nor declared absent, and where it is both."""
    assert served is not (row in ABSENT[reading]), f"{row} in {reading}: " + (
        "declared absent" if served else "not served"
    )


def example(symbol):
    return ir.dated_by(typecheck.infer(syntax.parse(ROWS[symbol].example[0]), {})[1], CALENDAR)


# --- operators and functions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", ROWS)
def test_the_interpreter_means_it(symbol):
    assert not isinstance(evaluate.evaluate(example(symbol), {}), Unknown)


@pytest.mark.parametrize("symbol", ROWS)
def test_the_engines_translate_it(symbol):
    ibis = pytest.importorskip("ibis")
    from policy_engine.engines.terms import Refused
    from policy_engine.engines.translations import Translations

    table = ibis.memtable({"row": [1]})
    translations = Translations(RULE, table, dt.date(2025, 1, 1), {}, {})
    try:
        found = translations.chosen_translation.term(example(symbol))
    except Refused:
        found = None
    absent("engines", symbol, found is not None)


@pytest.mark.parametrize("symbol", ROWS)
def test_the_compiled_reading_holds_it(symbol):
    try:
        found = Lines(lambda name: NEVER).term(example(symbol))
    except Uncompiled:
        found = None
    absent("compiled", symbol, found is not None)


@pytest.mark.parametrize("symbol", ROWS)
def test_remedies_follow_it(symbol):
    node = example(symbol)
    parts = list(ir.children(node))
    kinds = [typecheck.infer(part, {})[0].kind for part in parts]
    at = next((i for i, kind in enumerate(kinds) if kind in ("number", "date")), None)
    if at is None:
        return  # of choices and sets: each option is tried, each member added or removed
    parts[at] = ir.Name("d1" if kinds[at] == "date" else "s1")
    facts = {"d1": dt.date(2025, 1, 31), "s1": Fraction(1, 2)}
    situation = Situation(RULE, facts, dt.date(2025, 1, 1), {})
    try:
        found = following.Follow(situation, parts[at].name).of(ir.with_children(node, tuple(parts)))
    except following.NotLinear:
        found = None
    absent("remedy", symbol, found is not None)


@pytest.mark.parametrize("symbol", ROWS)
def test_mutation_changes_it(symbol):
    absent("mutate", symbol, any(True for _ in mutate._local(example(symbol), RULE)))


@pytest.mark.parametrize("symbol", ROWS)
def test_the_generators_draw_it(symbol):
    drawn = set()
    for symbols, operands in (row for rows in _COMPOUND.values() for row in rows):
        shift = {"date DAYS": "days", "date MONTHS": "months", "date WORKDAYS": " workdays"}.get(operands, "")
        drawn |= (
            {"add_working_days"}
            if "WORKDAYS" in operands
            else {one + shift for one in symbols.split()} | ({"days between"} if "SPAN" in operands else set())
        )
    absent("drawn symbols", symbol, symbol in drawn)


@pytest.mark.parametrize("symbol", ROWS)
def test_the_page_for_authors_names_it(symbol):
    operators = re.search(r"Operators:.*?durations", PAGE, re.DOTALL)[0]
    written = symbol.removesuffix("days").removesuffix("months") if symbol[0] in "+-" else symbol
    written = {"days between": "-", "end_of_year": "end"}.get(symbol, written)
    assert written in re.split(r"[\s`,;]+", operators)


@pytest.mark.parametrize("symbol", COMPARISONS)
def test_a_comparison_has_a_mirror(symbol):
    assert MIRRORED[MIRRORED[symbol]] == symbol


# --- nodes -----------------------------------------------------------------------------------------------------------


def matched(*functions):
    """The nodes that the arms of some functions name."""
    trees = [ast.parse(textwrap.dedent(inspect.getsource(one))) for one in functions]
    patterns = [
        p
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.match_case)
        for p in ast.walk(node.pattern)
    ]
    return {
        p.cls.attr if isinstance(p.cls, ast.Attribute) else p.cls.id for p in patterns if isinstance(p, ast.MatchClass)
    }


@pytest.mark.parametrize("node", NODES)
def test_every_reading_has_an_arm_for_a_node(node):
    assert vars(ir)[node] in evaluate.MEANINGS
    assert node in matched(typecheck.infer, typecheck._operation)
    assert node in matched(unparse._text, unparse._compound)
    assert node in matched(Lines.term)
    absent("remedy nodes", node, node in matched(following.Follow._pieces))


@pytest.mark.parametrize("node", NODES)
def test_the_translation_has_an_arm_for_a_node(node):
    pytest.importorskip("ibis")
    from policy_engine.engines.translate import Translation

    assert node in matched(Translation.made)


@pytest.mark.parametrize(
    "node", [n for n in NODES if any("Node" in str(f.type) for f in vars(ir)[n].__dataclass_fields__.values())]
)
def test_a_node_gives_its_parts_and_takes_others(node):
    assert node in matched(ir.children)
    assert node in matched(ir.with_children)


# --- types -----------------------------------------------------------------------------------------------------------

SAMPLES = {
    "count": ("12", Fraction(12)), "number": ("1.5", Fraction(3, 2)), "money": ("3000元", Fraction(3000)), "share": ("15%", Fraction(3, 20)),
    "area": ("2平方米", Fraction(2)), "quantity": ("5吨", Fraction(5)), "date": ("2024-07-31", dt.date(2024, 7, 31)),
    "flag": ("是", True), "choice": ("red", "red"), "code": ("0151", "0151"), "text": ("No. 7", "No. 7"), "set": ("red,blue", frozenset({"red", "blue"})),
}  # fmt: skip
COLUMNS = {
    "number": "decimal(20, 2)",
    "date": "date",
    "flag": "boolean",
    "choice": "string",
    "set": "string",
    "code": "string",
    "text": "string",
}


def of_type(name, require="f1"):
    entry = (
        {"type": name}
        | ({"of": ["red", "blue"]} if name in ("choice", "set") else {})
        | ({"unit": "t"} if name == "quantity" else {})
    )
    data = declared([{"id": "check-0", "cite": {"at": "一", "phrase": "甲"}, "require": require}])
    return composed({**data, "inputs": {**data["inputs"], "asked": entry, "other": entry}})


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_read_shown_and_put_in_a_column(name):
    rule = of_type(name)
    entry, (raw, value) = rule.inputs["asked"], SAMPLES[name]
    assert read_input(entry, raw) == value
    assert "unknown" not in rule.names(dt.date(2025, 1, 1)).shown(value, "asked").en
    assert f"asked  {name}" in shown.text(rule, "en")
    ibis = pytest.importorskip("ibis")
    from policy_engine.engines.terms import absent as nothing
    from policy_engine.engines.terms import column

    given = ibis.table({"asked": COLUMNS[entry.type.kind]}, name="given").asked
    assert column(given, "asked", entry.type.kind) is not None
    assert nothing(entry.type.kind, entry.type.options) is not None


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_compared_mended_and_told_to_machines(name):
    if name == "text":  # it is shown, never compared
        with pytest.raises(PolicyError, match="is a text"):
            of_type(name, "asked != other")
        return
    rule, (raw, value) = of_type(name, "asked != other"), SAMPLES[name]
    found = decide(rule, read_facts(rule, {"asked": raw, "other": raw}), dt.date(2024, 1, 1)).findings[0]
    assert found.status == "violated"
    mended = next(remedy for remedy in found.remedies if remedy.input == "asked")
    assert mended.value != value or mended.relation in ("!=", "<", ">")
    assert read_input(rule.inputs["asked"], to_json(mended.value)) == mended.value


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_drawn_and_on_the_page(name):
    absent("drawn", name, name in INPUTS.values())
    assert f"`{name}`" in re.search(r"^Types:.*", PAGE, re.MULTILINE)[0]


def test_every_kind_of_value_has_a_type():
    assert {of_type(name).inputs["asked"].type.kind for name in TYPES} == set(typing.get_args(Kind)) == set(COLUMNS)


# --- statuses, outcomes, forces --------------------------------------------------------------------------------------


def test_every_status_outcome_and_force_has_its_words_and_weight():
    statuses, outcomes = set(typing.get_args(outcome.Status)), set(typing.get_args(outcome.OutcomeName))
    assert statuses == set(words.STATUS) == set(words.MARK) == set(outcome.STATUSES)
    assert outcomes == set(words.OUTCOME) == set(outcome.OUTCOMES)
    assert set(typing.get_args(ir.Force)) == set(words.FORCE) == set(outcome.FAILED)


# --- engines ---------------------------------------------------------------------------------------------------------


def test_every_engine_is_tested_told_and_installable():
    pytest.importorskip("ibis")
    import engines
    from policy_engine.engines.capabilities import ENGINES

    assert tuple(ENGINES) == engines.NAMES
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8") + (ROOT / "docs" / "tables.md").read_text(
        encoding="utf-8"
    )
    options = (ROOT / "src" / "policy_engine" / "doors" / "options.py").read_text(encoding="utf-8")
    for name, engine in ENGINES.items():
        assert name in page.lower(), name
        assert name in options, name
        assert f"\n{engine.extra} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_nobody_asks_an_engine_for_its_name():
    names = {"duckdb", "polars", "postgres", "postgresql", "spark", "pyspark"}
    for path in sorted((ROOT / "src" / "policy_engine").rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        said = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)} & names
        assert not said or path.stem in ("capabilities", "kept"), path  # `kept`: before the first of them is imported


def test_nothing_is_declared_absent_that_is_no_row():
    known = {
        "remedy": ROWS,
        "mutate": ROWS,
        "engines": ROWS,
        "compiled": ROWS,
        "drawn symbols": ROWS,
        "drawn": TYPES,
        "remedy nodes": NODES,
    }
    assert {(reading, row) for reading, rows in ABSENT.items() for row in rows if row not in known[reading]} == set()
