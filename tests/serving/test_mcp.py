"""Language models are told what the command line tells, guess nothing and change nothing; all scenarios with `--asked 10000`."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policy_engine.book import load
from policy_engine.doors.main import app
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.serving.answers import Answers

mcp = pytest.importorskip("mcp", reason="tools for language models need `pip install '.[mcp]'`")
import anyio  # noqa: E402

from policy_engine.serving.mcp import TOOLS, server  # noqa: E402

ROOT = Path(__file__).parents[2]
FUND = {"kind": "subfund", "fund_total": "15亿元", "amount": "2.4亿元"}


def asking(*calls, book=None):
    """The results of some calls, by the client of the official library."""

    async def all_of_them():
        async with mcp.Client(server(Answers(book or load()), "0")) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return anyio.run(all_of_them)


def sample(count):
    cases = [
        case
        for file in find_case_files([ROOT / "scenarios"])
        for case in load_cases(file)
        if case.entries is None and not (case.expect and case.expect.refused)
    ]
    return cases[:: max(len(cases) // count, 1)]


def as_json(case):
    asked = {
        "decision": case.decision,
        "facts": json.loads(json.dumps(case.facts, default=str)),
        "as_of": str(case.as_of or "2025-03-01"),
    }
    return {**asked, **({"readings": dict(case.readings)} if case.readings else {})}


def on_the_command_line(asked, folder):
    facts = folder / "facts.json"
    facts.write_text(json.dumps(asked["facts"]), encoding="utf-8")
    readings = [
        part for name, option in asked.get("readings", {}).items() for part in ("--reading", f"{name}={option}")
    ]
    command = [
        "check",
        asked["decision"],
        "--facts",
        str(facts),
        "--as-of",
        asked["as_of"],
        "--format",
        "json",
        *readings,
    ]
    return CliRunner().invoke(app, command, env={"POLICY_LANG": "en"}).stdout


def test_scenarios_are_answered_as_on_the_command_line(tmp_path, request):
    cases = [as_json(case) for case in sample(request.config.getoption("--asked"))]
    for asked, result in zip(cases, asking(*(("decide", asked) for asked in cases)), strict=True):
        printed = on_the_command_line(asked, tmp_path)
        assert result.content[0].text == printed, asked
        assert result.structured_content["answer"] == json.loads(printed)
        question = result.structured_content["next_question"]
        assert question is None or question["name"] in result.structured_content["answer"]["missing"]


def test_the_tools_say_what_they_take_and_that_they_change_nothing():
    async def listed():
        async with mcp.Client(server(Answers(load()), "0")) as client:
            return (await client.list_tools()).tools

    tools = anyio.run(listed)
    assert (
        [tool.name for tool in tools]
        == list(TOOLS)
        == ["list_decisions", "show_decision", "decide", "what_would_mend", "cite"]
    )
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert tool.description
        assert all("description" in takes for takes in tool.input_schema["properties"].values())


def test_a_decision_is_found_shown_asked_for_mended_and_cited():
    case = {"decision": "fund.investment", "facts": FUND, "as_of": "2025-03-01"}
    listed, shown, decided, mended, cited = (
        result.structured_content
        for result in asking(
            ("list_decisions", {}), ("show_decision", {"decision": "fund.investment"}), ("decide", case), ("what_would_mend", case),
            ("cite", {"decision": "fund.investment", "provision": "subfund-share-of-fund", "as_of": "2020-01-01"}),
        )
    )  # fmt: skip
    assert "fund.investment" in [one["decision"] for one in listed["decisions"]]
    assert "fund_total" in shown["facts"]["properties"]
    assert decided["next_question"]["name"] == decided["answer"]["missing"][0]
    assert decided["next_question"]["accepts"] == shown["facts"]["properties"][decided["next_question"]["name"]]
    assert decided["next_question"]["waiting"]
    mend = next(one for one in mended["to_mend"] if one["provision"] == "subfund-share-of-fund")
    assert {"input": "amount", "relation": "<=", "value": "225000000", "change": "-15000000"} in mend["remedies"]
    (provision,) = cited["provisions"]
    assert provision["cites"][0]["phrase"] == "不超过母基金总规模的15%"
    assert provision["in_force"] is False
    assert cited["document"]["number"] == "拉政办发〔2024〕32号"


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("decide", {"decision": "fund.investment", "facts": {"amount": 2.5}}, "binary float"),
        ("decide", {"decision": "fund.investment", "facts": {"amout": "1"}}, "did you mean `amount`"),
        ("decide", {"decision": "fund.investment", "facts": []}, "`facts` is a mapping"),
        ("decide", {"decision": "fund.investment", "readings": {"direct_cap": None}}, "the name of an option"),
        ("decide", {"decision": "fund.invest"}, "unknown decision"),
        ("decide", {}, "`decision` is the name of one"),
        ("decide", {"decision": "fund.investment", "fact": {}}, "does not take `fact`"),
        ("decide", {"decision": "fund.investment", "as_of": 20250301.5}, "as_of"),
        ("cite", {"decision": "fund.investment", "provision": "share"}, "no provision"),
        ("guess", {}, "no tool `guess`"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(name, given, words):
    (result,) = asking((name, given))
    assert result.is_error
    assert words in result.content[0].text
    assert result.structured_content["problems"][0]["message"]["zh"]


def test_the_command_answers_over_standard_input_and_output():
    command = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "policy_engine", "mcp"], env={"PYTHONPATH": str(ROOT / "src")}
    )

    async def ask():
        async with mcp.Client(mcp.stdio_client(command)) as client:
            return await client.call_tool(
                "decide", {"decision": "fund.investment", "facts": FUND, "as_of": "2025-03-01"}
            )

    assert anyio.run(ask).structured_content["answer"]["outcome"] == "non_compliant"
