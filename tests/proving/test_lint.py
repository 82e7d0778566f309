"""What is valid but poor: each warning has an example that earns it, and a rule that earns none."""

import inspect
import re

import pytest

import policy_engine
from policy_engine.proving import lint
from policy_engine.proving.audit import owned

GOOD = """decision: town.rule
document: 市发〔2024〕1号
inputs:
  amount: {type: money}
  uses: {type: set, open: true, of: [sport, music]}
readings:
  base:
    question: of what
    default: all
    options: {all: {why: a}, part: {why: b}}
provisions:
  - id: cap
    cite: {at: 一, phrase: 不超过3000元}
    when: base == "all" or base == "part"
    require: amount <= 3000
  - id: use
    cite: {at: 一, phrase: 用于体育、音乐等}
    require: any_in(uses, ["sport", "music"])
"""
DOCUMENTS = "documents: [{number: 市发〔2024〕1号}]"
POOR = {
    "literal-not-in-phrase": ("3000元", "2000元"),
    "unknown-document": ("document: 市发〔2024〕1号", "document: 市发〔2024〕2号"),
    "unused-input": ("amount: {type: money}", "amount: {type: money}\n  spare: {type: flag}"),
    "unused-reading": ('base == "all" or base == "part"', "amount > 0"),
    "constant-condition": ('base == "all" or base == "part"', "2024-01-01 < 2024-01-02"),
    "long-phrase": ("不超过3000元", "不超过3000元" + "且" * lint.LONG_PHRASE),
    "closed-list": (", open: true", ""),
    "option-without-effect": (
        "    require: any_in(uses",
        "    force: option\n    when: amount > 3000\n    require: any_in(uses",
    ),
    "undated-duty": (
        '    cite: {at: 一, phrase: 用于体育、音乐等}\n    require: any_in(uses, ["sport", "music"])',
        "    cite: {at: 一, phrase: 建立使用制度}\n    require: '\"sport\" in uses'",
    ),
    "not-given": ("amount: {type: money}", "amount: {type: money, label: {en: Paid last year, zh: 上年发放额}}"),
    "untitled": (
        "provisions:\n",
        "tables:\n  ceiling: {type: money, cite: {at: 一, phrase: 不超过3000元}, is: 3000}\nprovisions:\n",
    ),
    "unknown-see": ("require: amount <= 3000", "require: amount <= 3000\n    see: [town.rule/none]"),
    "no-scenario": ("amount <= 3000", "amount <= 3000"),
}


def warned(book, proved):
    return [found.code for found in lint.lint(book, proved)]


def test_a_good_rule_earns_no_warning(town):
    assert warned(town(GOOD, DOCUMENTS), {"town.rule": {"cap", "use"}}) == []


@pytest.mark.parametrize(
    "added",
    [
        "    cite: {at: 一, phrase: 建立使用制度}\n    due: 2025-12-31\n    require: '\"sport\" in uses'",
        '    cite: {at: 一, phrase: 不得成立}\n    require: not any_in(uses, ["sport", "music"])',
        "    cite: {at: 一, phrase: 成立满3000元}\n    require: amount > 3000",
        "    cite: {at: 一, phrase: 可以成立}\n    force: option\n    require: '\"sport\" in uses'",
    ],
)
def test_what_has_a_day_is_banned_counted_or_optional_is_no_undated_duty(town, added):
    text = GOOD.replace(
        '    cite: {at: 一, phrase: 用于体育、音乐等}\n    require: any_in(uses, ["sport", "music"])', added
    )
    assert "undated-duty" not in warned(town(text, DOCUMENTS), {"town.rule": {"cap", "use"}})


def test_a_change_on_last_year_is_of_this_one(town):
    text = GOOD.replace(
        "amount: {type: money}", "amount: {type: money, label: {en: Growth on last year, zh: 较上年增长}}"
    )
    assert "not-given" not in warned(town(text, DOCUMENTS), {"town.rule": {"cap", "use"}})


def test_each_warning_has_an_example():
    codes = re.findall(r'problem\(\s*"([a-z-]+)"', inspect.getsource(lint))
    assert set(codes) == set(POOR)


@pytest.mark.parametrize("code", POOR)
def test_what_is_poor_is_warned_of(town, code):
    before, after = POOR[code]
    assert before in GOOD
    text = GOOD.replace(before, after)
    if code == "constant-condition":
        text = text.replace('"all" == "all" or base == "part"', "2024-01-01 < 2024-01-02")
        text += '  - {id: other, cite: {at: 一, phrase: 甲}, require: base == "all"}\n'
    proved = {} if code == "no-scenario" else {"town.rule": {"cap", "use", "other"}}
    assert code in warned(town(text, DOCUMENTS), proved)


LISTED = """decision: town.rule
document: 市发〔2024〕1号
inputs:
  income: {type: money}
  left_on: {type: date}
  returned_on: {type: date}
rows:
  member:
    columns: {born_on: {type: date}, care: {type: flag}}
    formulas:
      - {id: elder, cite: {at: 一, phrase: 年满70周岁}, value: {type: flag, is: 'care and years(born_on, as_of) >= 70'}}
    totals: {elders: {count: elder}}
tables:
  rate:
    title: 费率
    type: share
    by: income
    up_to: {1000: {is: 5%, cite: {at: 二, phrase: 不超过1000元的5%}}}
    otherwise: {is: 8%, cite: {at: 二, phrase: 其余的8%}}
provisions:
  - {id: days, title: 天数, cite: {at: 三, phrase: 出差天数}, value: {type: quantity, unit: day, is: returned_on - left_on}}
  - {id: meals, title: 餐费, cite: {at: 三, phrase: 每人每天100元，当日往返的减半}, value: {type: money, is: 'if left_on == returned_on then 1/2 of 100元 else 100元/天 * days'}}
  - {id: none, cite: {at: 四, phrase: 不收保证金}, require: income * rate == 0 or elders > 0}
"""


def test_what_stands_in_rows_and_beside_tables_is_held_to_its_phrase(town):
    everything = {"town.rule": {"days", "meals", "none", "elders", "rate"}}
    assert warned(town(LISTED, DOCUMENTS), everything) == []
    slips = {
        "年满70周岁": "年满60周岁", "其余的8%": "其余的", "减半": "照发", "每人每天100元": "每人每天10元",
        "100元 else": "100元 / 3 else",
    }  # fmt: skip
    for right, wrong in slips.items():
        assert warned(town(LISTED.replace(right, wrong), DOCUMENTS), everything)[:1] == ["literal-not-in-phrase"], wrong
    assert warned(town(LISTED.replace("care and ", ""), DOCUMENTS), everything) == ["unused-input"]
    declared = LISTED.replace("年满70周岁}", "年满古稀}, derived: [{value: 70, why: 古稀即七十}]")
    assert warned(town(declared, DOCUMENTS), everything) == []


def test_what_a_row_and_the_rest_of_a_table_cite_is_accounted_for(town):
    cited = {entry.cite.phrase for entry in owned(town(LISTED, DOCUMENTS), [])}
    assert {"年满70周岁", "其余的8%", "不超过1000元的5%"} <= cited


@pytest.mark.parametrize(
    ("kind", "require"),
    [
        ("share", "x <= 3%"), ("money", "x <= 24600"), ("money", "x <= 24600元"), ("money", "x <= 20万元"), ("area", "x <= 15平方米"),
        ("date", "x <= on + 12 working days"), ("date", "x <= on + 12 days"), ("date", "x <= on + 3 months"), ("date", "x <= on + 2 years"),
        ("date", "x <= 2024-07-31"), ("share", "x <= 2/3"), ("money", "x <= 100元/天 * (on - on)"), ("code", 'x == "0151"'),
    ],
)  # fmt: skip
def test_what_is_advised_of_a_literal_silences_the_warning(tmp_path, kind, require):
    """The declaration that is shown can be written as it is shown."""
    head = f"decision: town.rule\ndocument: X\ncalendar: cn\ninputs: {{x: {{type: {kind}}}, on: {{type: date}}}}\nprovisions:\n"
    check = "  - {id: cap, cite: {at: 一, phrase: 有上限}, require: '%s'%s}\n"
    (tmp_path / "town").mkdir()

    def said(derived):
        (tmp_path / "town" / "rule.yaml").write_text(head + check % (require, derived), encoding="utf-8")
        book = policy_engine.load(tmp_path)
        return list(lint.not_in_phrase(book.rule("town.rule"), book))

    (found,) = said("")
    declared = found.help.en.partition("`derived: ")[2].rstrip("`").replace("why: …", "why: 如此")
    assert said(f", derived: {declared}") == []
