"""Facts are read as people write them, kept exact, refused when they cannot be; files and Python say the same."""

from decimal import Decimal
from fractions import Fraction

import pytest

import policy_engine
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import BadValue
from policy_engine.deciding.facts import read_facts, read_input
from policy_engine.proving.facts import parse_facts, parse_setting

ALIKE = {
    "turnover": [
        "1500000000",
        1_500_000_000,
        Decimal("1500000000.00"),
        Fraction(1_500_000_000),
        "15亿元",
        "1,500,000,000",
        "1.5e9",
        "1_500_000_000",
    ],
    "foreign": ["15%", "0.15", Decimal("0.15"), Fraction(3, 20), "１５％", "百分之十五"],
    "crew": ["12", 12, "12人", "十二", Decimal(12)],
    "cargo": [["fish", "oil"], "fish,oil", ("oil", "fish"), {"fish", "oil"}, "fish、oil"],
    "insured": [True, "true", "yes", "是"],
    "vessel": ["ferry", "Ferry", "渡轮"],
    "built_on": ["2024-07-31", "2024年7月31日"],
    "sulphur": ["35", 35, "35μg/m3", "35微克/立方米"],
    "price": ["1200", "1200元/平方米", "1200元/m2", 1200],
}


@pytest.fixture
def rule(city):
    return city.rule("harbour.berth")


def refusal(rule, **facts):
    with pytest.raises(PolicyError) as error:
        read_facts(rule, facts)
    return error.value.problems


@pytest.mark.parametrize("name", ALIKE)
def test_what_people_write_for_one_thing_is_one_fact(rule, name):
    assert len({read_facts(rule, {name: raw}).given[name] for raw in ALIKE[name]}) == 1


@pytest.mark.parametrize("raw", ["224999999.99", "0.1", "1e9", "1_000", "100000000000000000000.01"])
def test_numbers_of_files_never_pass_through_a_float(rule, raw):
    exact = Fraction(raw.replace("_", ""))
    for text, file in ((f"fee: {raw}", "case.yaml"), (f'{{"fee": "{raw}"}}', "case.json")):
        assert read_facts(rule, parse_facts(text, file).data).given["fee"] == exact
    if "_" not in raw:
        assert read_facts(rule, parse_facts(f'{{"fee": {raw}}}', "case.json").data).given["fee"] == exact


@pytest.mark.parametrize(
    "text", ["insured: yes", "insured: true", "insured: 是", "insured: 'yes'", '{"insured": true}']
)
def test_flags_of_files(rule, text):
    file = "case.json" if text.startswith("{") else "case.yaml"
    assert read_facts(rule, parse_facts(text, file).data).given == {"insured": True}


@pytest.mark.parametrize("text", ["fee:", "fee: null", "fee: ~", "fee: ''", '{"fee": null}', '{"fee": ""}', ""])
def test_a_fact_left_empty_is_unknown_not_zero(rule, text):
    file = "case.json" if text.startswith("{") else "case.yaml"
    assert read_facts(rule, parse_facts(text, file).data).given == {}


def test_an_empty_list_is_known_to_be_empty(rule):
    assert read_facts(rule, parse_facts("cargo: []", "case.yaml").data).given == {"cargo": frozenset()}


def test_an_unknown_name_is_answered_with_the_nearest(rule):
    (found,) = refusal(rule, turnovr=3)
    assert found.code == "unknown-fact"
    assert "`turnover`" in found.help.en
    assert "`turnover`" in found.help.zh


def test_all_mistakes_are_told_at_once(rule):
    assert [p.code for p in refusal(rule, turnovr=3, fee="x", crew=1.5, foreign=15)] == [
        "unknown-fact",
        "bad-fact",
        "bad-fact",
        "bad-fact",
    ]


@pytest.mark.parametrize(
    ("name", "raw"),
    [("fee", -1), ("fee", "-0.01"), ("crew", -1), ("crew", 2.0), ("turnover", 0), ("foreign", "101%"), ("foreign", "-1%"), ("quay", -3), ("vessel", "boat"),
     ("cargo", ["coal"]), ("insured", 1), ("fee", True), ("fee", 3.0), ("fee", {"a": 1}), ("fee", [1]), ("vessel", ["ferry"])],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(rule, name, raw):
    (found,) = refusal(rule, **{name: raw})
    assert found.code == "bad-fact"
    assert f"`{name}`" in found.message.en


def test_facts_that_contradict_each_other_are_refused_not_judged(city):
    with pytest.raises(PolicyError) as error:
        city.decide("harbour.berth", {"crew": 3, "licensed": 4}, "2025-01-01")
    assert [p.code for p in error.value.problems] == ["contradiction"]
    assert city.decide("harbour.berth", {"licensed": 4}, "2025-01-01")


LEASE = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  lessor: {type: choice, of: {first: {en: The lessor's own, zh: 甲方自有}, second: {en: Lent, zh: 借用}}, label: {en: Lessor, zh: 出租人}}
  lessee: {type: choice, of: {first: {en: First-time lessee, zh: 首次承租}, second: {en: Repeat lessee, zh: 再次承租}}, label: {en: Lessee, zh: 承租人}}
  days: {type: count, label: {en: Days asked for, zh: 申请天数}}
  start: {type: date, label: {en: Start, zh: 开始}}
  end: {type: date, label: {en: End, zh: 结束}}
facts_must: ['lessee == "first" or lessor in ["second"] or days < 3', "end <= start + 30 days or days > 1"]
provisions:
  - {id: cap, title: {en: Cap, zh: 上限}, cite: {at: 一, phrase: 五日}, require: days <= 5}
"""


@pytest.mark.parametrize(
    ("facts", "must"),
    [({"lessee": "second", "lessor": "first", "days": 5}, "“Lessee” == “First-time lessee” or “Lessor” in [“Lent”] or “Days asked for” < 3"),
     ({"days": 1, "start": "2025-01-01", "end": "2025-03-01"}, "“End” <= “Start” + 30 days or “Days asked for” > 1")],
)  # fmt: skip
def test_what_must_hold_is_said_by_the_words_of_each_fact(town, facts, must):
    """An option by the words of the fact that it is an option of; a unit is no fact, though one is named like it."""
    with pytest.raises(PolicyError) as error:
        town(LEASE).decide("town.rule", facts, "2025-01-01")
    assert f"must hold: {must})" in error.value.problems[0].message.en.replace("‹", "<").replace("›", ">")


@pytest.mark.parametrize(
    ("raw", "code"),
    [("x", "bad-justification"), ({"small-crew": "because"}, "bad-justification"), ({"small-crew": {"who": "a"}}, "bad-justification"),
     ({"smal-crew": {"who": "a", "why": "b"}}, "unknown-provision"), ({"small-crew": {"who": "a", "why": "b", "until": "soon"}}, "bad-fact"),
     ({"small-crew": {"who": "a", "why": "b", "since": "2024-01-01"}}, "bad-justification")],
)  # fmt: skip
def test_a_justification_says_who_why_and_until_when(rule, raw, code):
    assert [p.code for p in refusal(rule, justifications=raw)] == [code]


def test_settings_of_the_command_line():
    assert parse_setting("amount=15亿元") == ("amount", "15亿元")
    assert parse_setting(" kind = a=b ") == ("kind", "a=b")
    for text in ("amount", "=3", ""):
        with pytest.raises(PolicyError):
            parse_setting(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n---\nb: 2\n",
        "- a\n",
        "just text",
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "a:\tb: 1",
        "{a: 1",
        "a: !!python/name:os.system x",
    ],
)
def test_a_file_that_is_no_case_is_refused(text):
    with pytest.raises(PolicyError):
        parse_facts(text, "case.yaml")


@pytest.mark.parametrize("text", ["[1]", "3", '{"a": 1, "a": 2}', '{"a": }', "", "[" * 5000])
def test_json_that_is_no_case_is_refused(text):
    with pytest.raises(PolicyError):
        parse_facts(text, "case.json")


@pytest.mark.parametrize("facts", [[], "fee=3", None, {1: 2}, {None: 2}])
def test_facts_of_python_are_a_mapping_of_names(city, facts):
    with pytest.raises(PolicyError) as error:
        city.decide("harbour.berth", facts, "2025-01-01")
    assert [p.code for p in error.value.problems] == ["shape"]


def test_a_word_that_is_no_option_is_told_beside_the_labels():
    entry = policy_engine.load().rule("award.grant").inputs["recipient"]
    with pytest.raises(BadValue) as caught:
        read_input(entry, "个体")
    assert caught.value.found.zh == "`个体` 不是以下之一：个人、集体"
    assert caught.value.found.en == "`个体` is not one of: individual, collective"


@pytest.mark.parametrize(("name", "near"), [("ag", "`age`"), ("成员年令", "`成员年龄`")])
def test_an_unknown_name_in_a_row_is_answered_with_those_of_the_row(town, name, near):
    text = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  agent: {type: count, label: {en: Agent, zh: 年金}}
rows:
  member: {columns: {age: {type: count, label: {en: Age, zh: 成员年龄}}}}
provisions:
  - {id: one, cite: {at: 一, phrase: 1次}, each: member, require: age >= agent}
"""
    with pytest.raises(PolicyError) as told:
        read_facts(town(text).rule("town.rule"), {"member": [{name: 3}]})
    (found,) = told.value.problems
    assert found.help.zh.startswith(f"是否想写 {near}？可用：") and "agent" not in found.help.zh
