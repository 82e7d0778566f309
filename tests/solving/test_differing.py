"""What changed between two versions of shipped rules: edited copies, each change found with a case that both versions decide again."""

import datetime as dt
import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from strategies import CITE, composed, declared
from typer.testing import CliRunner

import policy_engine
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import Facts
from policy_engine.doors.main import app
from policy_engine.proving.altered import altered
from policy_engine.reports.differing import Between, worded
from policy_engine.rulefiles.rulebook import Rulebook
from policy_engine.solving.differing import changes
from policy_engine.solving.joined import facts_of
from policy_engine.solving.solvers import Solvers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="z3 and cvc5 are not installed (policy-engine[prove])")
ROOT = Path(__file__).parents[2]
RULES, CITY = ROOT / "rules", ROOT / "examples" / "second-city" / "rules"
BOOKS = {root: policy_engine.load(root) for root in (RULES, CITY)}
DAY = dt.date(2026, 11, 29)
GRANT = "award/grant.yaml"
SUBMISSION = "document/submission.yaml"


def of(file):
    return RULES if (RULES / file).exists() else CITY


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as both:
        yield both


@pytest.fixture
def edited(tmp_path):
    """The folder of a copy of one shipped rule with some of its text replaced."""

    def edit(file, *edits):
        source, root = of(file), tmp_path / "rules"
        (root / file).parent.mkdir(parents=True)
        shutil.copy(source / "documents.yaml", root)
        for table in (source / file).parent.glob("*.csv"):
            shutil.copy(table, (root / file).parent)
        text = (source / file).read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        (root / file).write_text(text, encoding="utf-8")
        return root

    return edit


@pytest.fixture
def between(edited, solvers):
    """What became of a shipped rule whose text is edited so: of the whole, and of each provision that is not written alike."""

    def ask(file, *edits):
        name = file.removesuffix(".yaml").replace("/", ".")
        old, new = BOOKS[of(file)].rule(name), Rulebook(edited(file, *edits)).rule(name)
        whole, each = changes(old, new, DAY, lambda: solvers)
        for change in each:
            for shown in change.shown:
                _decided_again((old, new), change, shown)
        return whole, {one.name: one for one in each if one.how != "same"}, altered(old, new)

    return ask


def _decided_again(rules, change, shown):
    """Each version says of the case what is shown of it; and no fact of it can go."""
    for rule, readings, said in zip(rules, shown.readings, shown.said, strict=True):
        verdict = Verdict(rule, facts_of(rule, shown.facts), shown.as_of, readings)
        p = next((p for p in rule.at(shown.as_of) if p.id == change.name), None)
        silent = p is None or (p.is_formula and not verdict.base.says(p))
        assert said == (None if silent else verdict.base[p.id] if p.is_formula else verdict.status(p))
    assert shown.said[0] != shown.said[1]


def test_a_threshold_changed_by_one_is_looser(between):
    whole, changed, words = between(GRANT, ("<= 3000", "<= 3001"))
    assert (whole.how, list(changed), words) == ("looser", ["individual-cap"], [])
    (shown,) = changed["individual-cap"].shown
    assert shown.said == ("violated", "satisfied")
    assert shown.facts.given.keys() == {"recipient", "amount", "activity"}
    assert Fraction(3000) < shown.facts.given["amount"] <= Fraction(3001)


def test_at_most_made_below_is_stricter_by_the_bound_itself(between):
    whole, changed, _ = between(GRANT, ("<= 3000", "< 3000"))
    assert (whole.how, changed["individual-cap"].how) == ("stricter", "stricter")
    (shown,) = changed["individual-cap"].shown
    assert shown.facts == Facts({"recipient": "individual", "amount": Fraction(3000), "activity": "commendation"})


def test_a_check_that_is_called_as_an_input_is_no_other_fact(between):
    whole, changed, _ = between(
        "fund/investment.yaml", ("require: reinvestment >= 1 * (if", "require: reinvestment >= 2 * (if")
    )
    assert (whole.how, {name: one.how for name, one in changed.items()}) == ("stricter", {"reinvestment": "stricter"})


def test_an_exception_more_is_looser(between):
    cite = "      - {when: higher_rule_applies, cite: {at: 二, phrase: 国家和自治区另有规定的除外}}\n"
    whole, changed, _ = between(GRANT, (cite, cite + cite.replace("higher_rule_applies", "amount == 5000")))
    assert (whole.how, changed["individual-cap"].how) == ("looser", "looser")
    assert changed["individual-cap"].shown[0].facts.given["amount"] == 5000


def test_looser_here_and_stricter_there_is_neither(between):
    whole, changed, _ = between(
        SUBMISSION, ("pages <= 10", 'pages <= (if document_kind == "regulatory" then 12 else 8)')
    )
    assert (whole.how, changed["length-pages"].how) == ("incomparable", "incomparable")
    assert {shown.way for shown in changed["length-pages"].shown} == {"stricter", "looser"}


def test_the_same_in_other_words_is_proved_to_be_the_same(between):
    whole, changed, _ = between(SUBMISSION, ("characters <= 5000", "not 2 * characters - 10000 > 0"))
    assert (whole.how, changed["length-characters"].how, changed["length-characters"].shown) == (
        "equivalent",
        "equivalent",
        (),
    )


def test_what_must_be_is_graver_than_what_ordinarily_is(between):
    whole, changed, words = between(SUBMISSION, ("force: ordinary", "force: binding"))
    assert (whole.how, {one.how for one in changed.values()}) == ("stricter", {"stricter"})
    assert changed["length-pages"].shown[0].said == ("departed", "violated")
    assert [(one.name, one.what) for one in words] == [("length-pages", "force"), ("length-characters", "force")]


def test_another_reading_of_an_open_question_changes_nothing_by_itself(between):
    new = "      project: {why: {en: Funds are budgeted by project., zh: 资金按评比达标项目安排。}}\n"
    whole, changed, words = between(GRANT, (new, new + new.replace("project:", "month:")))
    assert (whole.how, {one.how for one in changed.values()}) == ("equivalent", {"equivalent"})
    assert [(one.name, one.what) for one in words] == [("cap_per", "answers")]


def test_another_default_of_an_open_question_is_seen_in_what_it_changes(between):
    _, changed, words = between(GRANT, ("default: award", "default: year"))
    assert (list(changed), [one.what for one in words]) == (["individual-cap"], ["default"])
    (stricter,) = (shown for shown in changed["individual-cap"].shown if shown.way == "stricter")
    assert "received_this_year" in stricter.facts.given


def test_what_silence_means_is_seen_in_what_it_changes(between):
    silence = "assume: {value: false, why: {en: whoever relies on another rule names it"
    _, changed, words = between(GRANT, (silence, silence.replace("false", "true")))
    assert changed["individual-cap"].how == "looser"
    assert [(one.name, one.what, one.old.en, one.new.en) for one in words] == [
        ("higher_rule_applies", "silence", "no", "yes")
    ]


def test_a_label_alone_changes_nothing(between):
    whole, changed, words = between(
        GRANT, ("label: {en: Recipient, zh: 表彰对象}", "label: {en: Honoured, zh: 受表彰者}")
    )
    assert (whole.how, changed) == ("same", {})
    assert [(one.name, one.what, one.new.zh) for one in words] == [("recipient", "words", "受表彰者")]


def test_a_value_that_rises_is_shown_by_a_case(between):
    whole, changed, _ = between(GRANT, ("is: 3000,", "is: 3500,"))
    assert (whole.how, changed["cap"].how) == ("otherwise", "higher")
    assert changed["cap"].shown[0].said == (Fraction(3000), Fraction(3500))


def test_what_rests_on_a_list_of_rows_is_told_as_all_else(between):
    purchase = "purchase/method.yaml"
    whole, changed, _ = between(purchase, ("year >= threshold", "year > threshold"), ("bond <= 10%", "bond < 10%"))
    assert {name: one.how for name, one in changed.items()} == {"public": "looser", "bond-cap": "stricter"}
    assert (whole.how, {shown.way for shown in whole.shown}) == ("incomparable", {"stricter", "looser"})


def test_a_case_of_a_change_says_something_of_both_versions_where_there_is_one(solvers):
    """A condition more is shown by a case that does not fulfil it, not by one of which that is unknown."""
    one = {"id": "cap", "cite": CITE, "require": "c1 <= 5"}
    old, new = (composed(declared([some], ())) for some in (one, one | {"when": "f1"}))
    _, (changed,) = changes(old, new, DAY, lambda: solvers)
    assert (changed.how, changed.shown[0].said) == ("looser", ("violated", "not_applicable"))


def test_what_is_written_otherwise_is_told_in_chinese(edited):
    new = edited(
        SUBMISSION,
        ("force: ordinary", "force: binding"),
        ("pages: {type: count, above: 0, unit: 页,", "pages: {type: number, above: 0,"),
    )
    ran = CliRunner().invoke(app, ["diff", str(RULES), str(new), "document.submission", "--lang", "zh"])
    assert "约束力  一般 → 强制" in ran.stdout
    assert "取值种类  整数" in ran.stdout
    assert not any(word in ran.stdout for word in ("binding", "ordinary", "count", "number"))


def test_a_provision_in_two_versions_that_bind_alike_binds_as_before():
    one = {"id": "cap", "cite": CITE, "require": "c1 <= 5"}
    two = [one | {"until": "2026-12-31"}, one | {"require": "c1 <= 4", "from": "2027-01-01"}]
    old, new = (composed(declared(some, ())) for some in ([one], two))
    assert [one.what for one in altered(old, new)] == ["from", "until"]


def test_that_a_value_makes_no_case_compliant_any_more_is_told(edited):
    """Each provision says the same, and the outcome of a case of which nothing else is said is another."""
    new = edited("hospital/evaluation.yaml", ("    step: true\n", ""))
    for lang, told in (("en", "used by other provisions only  yes → no"), ("zh", "仅供其他条款使用  是 → 否")):
        ran = CliRunner().invoke(app, ["diff", str(RULES), str(new), "hospital.evaluation", "--lang", lang])
        assert (ran.exit_code, told in ran.stdout) == (1, True), ran.stdout


QUARTER = 'study_sessions_in_quarter: {count: what == "joint-study", per: quarter, of: all}'


@pytest.mark.parametrize(
    ("old", "new", "en", "zh"),
    [
        (QUARTER, QUARTER.replace("quarter,", "month,"), "per quarter; of all → entries", "由登记事项算出  登记条数"),
        ("by: {name: member,", "by: {name: who,", "whom an entry is about  member → who", "登记对象  "),
        ("  totals:", "    seen_on: {type: date, label: {en: Seen, zh: 所见}}\n  totals:", "input added  — → Seen", "所见 新增输入"),
        ("  date: held_on", '  date: held_on\n  each: what == "field-day"', '— → what == "field-day"', "逐条核验的登记  — → 事项为“深入基层”"),
        ("research-report: {en: research report", "essay: {en: essay, zh: 文章}\n        research-report: {en: research report", "essay", "文章"),
    ],
)  # fmt: skip
def test_a_register_that_counts_otherwise_is_told(edited, old, new, en, zh):
    """Each provision says the same of totals that are given, and what the register says is another."""
    root = edited("party-group/year.yaml", (old, new))
    for lang, told in (("en", en), ("zh", zh)):
        ran = run(RULES, root, "party-group.year", "--lang", lang)
        assert (ran.exit_code, told in ran.stdout) == (1, True), ran.stdout


def test_a_provision_that_ends_earlier_is_asked_about_on_every_stretch_of_days(between):
    whole, changed, words = between(SUBMISSION, ("force: binding\n", "force: binding\n    until: 2028-06-30\n"))
    assert (whole.how, changed["no-such-demands"].how, [one.what for one in words]) == ("looser", "looser", ["until"])
    assert changed["no-such-demands"].shown[0].as_of > dt.date(2028, 6, 30)


def run(*arguments):
    return CliRunner().invoke(app, ["diff", *map(str, arguments), "--as-of", "2026-11-29"])


def test_two_folders_and_a_table_of_real_cases(edited, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("recipient,amount,activity,approved_by_region\n" + "".join(
        f"individual,{n},commendation,yes\n" for n in (2000, 3000, 3001, 3001, 4000, "x")), encoding="utf-8")  # fmt: skip
    new = edited(GRANT, ("<= 3000", "<= 3001"))
    ran = run(RULES, new, "award.grant", "--on", table, "--format", "json")
    found = json.loads(ran.stdout)
    assert (ran.exit_code, found["changed"], found["decisions"][0]["how"]) == (1, True, "looser")
    assert (found["table"]["rows"], found["table"]["changed"]) == (6, 2)
    moves = {(one["old"], one["new"]): one["rows"] for one in found["table"]["outcomes"]}
    assert moves == {
        ("compliant", "compliant"): 2,
        ("non_compliant", "compliant"): 2,
        ("non_compliant", "non_compliant"): 1,
        ("refused", "refused"): 1,
    }
    assert [one["row"] for one in found["table"]["named"]] == [4, 5]
    case = found["decisions"][0]["provisions"][0]["cases"][0]["case"]
    assert case["decision"] == "award.grant"


def test_nothing_changed_is_0_and_needs_no_solver(edited, monkeypatch):
    monkeypatch.setattr("policy_engine.solving.solvers.NAMES", ("no_such_solver",))
    new = edited(GRANT, ("label: {en: Recipient, zh: 表彰对象}", "label: {en: Honoured, zh: 受表彰者}"))
    ran = run(RULES, new, "award.grant", "--lang", "zh")
    assert (ran.exit_code, "写法相同" in ran.stdout, "改称" in ran.stdout) == (0, True, True)
    assert ran.stdout.startswith("表彰奖励资金：写法相同\n") and "recipient" not in ran.stdout  # in Chinese no names


def git(folder, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def test_two_revisions_of_one_tree(edited):
    root = edited(GRANT, ("<= 3000", "<= 3001"))
    git(root.parent, "init", "-q")
    git(root.parent, "add", "rules")
    git(root.parent, "commit", "-qm", "first")
    file = root / GRANT
    file.write_text(file.read_text(encoding="utf-8").replace("<= 3001", "<= 2999"), encoding="utf-8")
    ran = run("HEAD", root, "--rules", root, "--lang", "en")
    assert ran.exit_code == 1, ran.stderr
    assert "individual-cap  At most 3000 yuan a person: stricter" in ran.stdout
    assert "1 decision: 1 stricter." in ran.stdout
    ran = run("HEAD", "HEAD", "award.grant", "--rules", root, "--lang", "en")  # nothing is asked of any date
    assert ran.stdout.endswith("\n1 decision: 1 written alike.\n")
    file.write_text("decision: award.other\n", encoding="utf-8")
    git(root.parent, "commit", "-qam", "broken")
    ran = run("HEAD~1", "HEAD", "--rules", root)
    assert ran.exit_code == 2
    assert "HEAD:rules/award/grant.yaml" in ran.stderr
    ran = run("no-such", "HEAD", "--rules", root, "--lang", "en")
    assert (ran.exit_code, ran.stderr.strip()) == (
        2,
        "`no-such` is neither a folder of rules nor a revision of git",
    )


def test_in_chinese_cases_have_labels_for_names_options_and_readings(edited):
    new = edited("personnel/probation.yaml", ("default: not_counted", "default: counted"))
    ran = run(RULES, new, "personnel.probation", "--lang", "zh")
    assert "  任职当日是否计入试用期？采用的读法  依惯例开始当日不计入 → 任职自当日起生效\n" in ran.stdout
    told = "任职日期: 2026-11-29\n      系试用期任职: 是\n      正式任职日期: 2027-11-29\n"
    assert f"    违反 → 符合\n      决定日期: 2026-11-29\n      {told}" in ran.stdout


def test_in_chinese_what_each_version_takes_the_text_to_say_is_told(solvers, edited):
    root = edited("personnel/probation.yaml", ("default: not_counted", "default: counted"))
    old, new = BOOKS[RULES].rule("personnel.probation"), Rulebook(root).rule("personnel.probation")
    whole, each = changes(old, new, DAY, lambda: solvers)
    shown = next(change.shown[0] for change in each if change.shown)
    one = Between(rules=(old, new), whole=whole, each=each, altered=[])
    question = "任职当日是否计入试用期？"
    for before, told in (({"first_day": "counted"}, {question: "任职自当日起生效"}), ({}, "默认")):
        facts = worded(one, replace(shown, readings=(before, {"first_day": "not_counted"})))
        assert facts.items() >= {question: "依惯例开始当日不计入", "变更前的读法": told}.items()
