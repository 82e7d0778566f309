"""Tools for language models by the Model Context Protocol: they read and decide, change nothing, and guess nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policy_engine.basics.errors import Place, PolicyError, did_you_mean, problem
from policy_engine.reports.data import dump
from policy_engine.serving.answers import Answers, Given, problems_json
from policy_engine.tables.extras import needed

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.types import CallToolResult

TEXT: Final = {"type": "string"}
_DECISION: Final = {
    **TEXT,
    "description": "The name of a decision, as list_decisions gives it, such as fund.investment.",
}
_AS_OF: Final = {**TEXT, "description": "The day of the decision, such as 2025-03-01; today if it is left out."}
_FACTS: Final = {
    "type": "object",
    "description": "What is known of the case, by the names that show_decision gives. Leave out what is not known. Numbers as text "
    "(\"15亿元\", \"2.4\") or whole; a number with a point is a binary float and is refused.",
}  # fmt: skip
_READINGS: Final = {
    "type": "object",
    "description": "Other readings of open questions: question to option.",
    "additionalProperties": TEXT,
}
_ASSUME: Final = {
    "enum": ["all", "none"],
    "description": "What silence is taken to mean: what the rules say (all), or nothing (none).",
}
_CASE: Final = {"decision": _DECISION, "facts": _FACTS, "as_of": _AS_OF, "readings": _READINGS, "assume": _ASSUME}
INSTRUCTIONS: Final = (
    "Rules of a city's gazette, decided exactly and with citations. Never guess a fact: leave it out, and ask the user "
    "what next_question asks. What stands in follows is no guess: the facts given leave no other value; tell the user, and give it as a "
    "fact in the next call; where there is no next question, decide once more with it. An outcome of undetermined is an answer. What stands in assumed nobody said: tell the user. "
    "Cite the document, place and phrase of each finding you report."
)


@dataclass(frozen=True)
class ToolOf:
    """A tool: what it is for, what it takes, what answers."""

    told: str
    takes: dict[str, Any]
    needs: tuple[str, ...]
    answer: Callable[[Answers, Given], dict[str, Any]]


TOOLS: Final[dict[str, ToolOf]] = {
    "list_decisions": ToolOf("List what can be decided: names, titles in English and Chinese, documents.", {}, (), Answers.listed),
    "show_decision": ToolOf(
        "Show a decision before deciding: the JSON Schema of its facts, its provisions with citations, the readings of open questions.",
        {"decision": _DECISION, "as_of": _AS_OF}, ("decision",), Answers.shown,
    ),
    "decide": ToolOf(
        "Decide one case from what is known. Gives the whole answer (outcome, findings with reason, citation and remedies, values, missing and "
        "assumed facts), of the facts not given those that can have one value only (follows), and the next question that can still change it "
        "beside them; null where nothing can.",
        _CASE, ("decision",), Answers.decided,
    ),
    "what_would_mend": ToolOf(
        "What would mend a case: of each finding that fails the nearest value of each single fact that mends it, of each that waits the values "
        "that would satisfy it.",
        _CASE, ("decision",), Answers.mended,
    ),
    "cite": ToolOf(
        "The phrase, place and document of the provisions of a decision, or of one, and whether each is in force on a day.",
        {"decision": _DECISION, "provision": {**TEXT, "description": "The id of a provision; all if it is left out."}, "as_of": _AS_OF},
        ("decision",), Answers.cited,
    ),
}  # fmt: skip


def called(answers: Answers, name: str, asked: Given) -> dict[str, Any]:
    """The answer of a tool. Raises PolicyError."""
    tool = TOOLS.get(name)
    if tool is None:
        raise PolicyError(
            problem("tool", f"there is no tool `{name}`", f"没有工具 `{name}`", None, did_you_mean(name, TOOLS))
        )
    foreign = [key for key in asked if key not in tool.takes]
    if foreign:
        raise PolicyError(problem("unknown-key", f"{name} does not take `{foreign[0]}`", f"{name} 不接受 `{foreign[0]}`",
                                  Place(foreign[0]), did_you_mean(foreign[0], tool.takes)))  # fmt: skip
    return tool.answer(answers, asked)


def server(answers: Answers, version: str) -> Server[Any]:
    """The server, to be run over some wire. Raises PolicyError without the library."""
    with needed("mcp"):
        from mcp import types
        from mcp.server.lowlevel import Server as Made

    async def tools(*_: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(name) for name in TOOLS])

    async def call(_: object, params: types.CallToolRequestParams) -> CallToolResult:
        return _result(answers, params.name, params.arguments or {})

    return Made("policy-engine", version=version, instructions=INSTRUCTIONS, on_list_tools=tools, on_call_tool=call)


def _tool(name: str) -> Any:
    from mcp import types

    tool = TOOLS[name]
    takes = {"type": "object", "properties": tool.takes, "required": list(tool.needs), "additionalProperties": False}
    hints = types.ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return types.Tool(name=name, description=tool.told, input_schema=takes, annotations=hints)


def _result(answers: Answers, name: str, asked: Given) -> CallToolResult:
    """The answer as text and as structure; the text of a decision is what `policy check --format json` prints."""
    from mcp import types

    try:
        found = called(answers, name, asked)
        text, failed = dump(found["answer"] if name == "decide" else found), False
    except PolicyError as error:
        found, text, failed = {"problems": problems_json(error)}, error.render(), True
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=found, is_error=failed
    )


def over_stdio(answers: Answers, version: str) -> None:
    """Answer on standard input and output until they are closed. Raises PolicyError without the library."""
    made = server(answers, version)
    import anyio
    from mcp.server.stdio import stdio_server

    async def answering() -> None:
        async with stdio_server() as (incoming, outgoing):
            await made.run(incoming, outgoing, made.create_initialization_options())

    anyio.run(answering)
