"""The HTTP interface as OpenAPI 3.1 describes it."""

from __future__ import annotations

from typing import Any, Final

from policy_engine.reports import contract

_WORDS: Final = {
    "type": "object",
    "properties": {"en": {"type": "string"}, "zh": {"type": "string"}},
    "required": ["en", "zh"],
}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object", "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["code", "message"], "properties": {
            "code": {"type": "string"}, "field": {"type": "string"}, "message": _WORDS, "help": _WORDS}}},
    },
}  # fmt: skip
_CASE: Final[dict[str, Any]] = {
    "type": "object", "additionalProperties": False,
    "properties": {
        "facts": {"type": "object", "description": "see /v1/decisions/{decision}/schema"},
        "as_of": {"type": "string", "description": "a day, today if it is left out"},
        "readings": {"type": "object", "additionalProperties": {"type": "string"}},
        "assume": {"enum": ["all", "none"]},
    },
}  # fmt: skip
_ENTRIES: Final[dict[str, Any]] = {
    **_CASE, "required": ["entries", "from"],
    "properties": {
        **_CASE["properties"], "entries": {"type": "array", "items": {"type": "object"}}, "from": {"type": "string"}, "to": {"type": "string"},
    },
}  # fmt: skip
_OBJECT: Final = {"type": "object"}
_ASKED: Final[dict[str, Any]] = {
    "type": "object", "required": ["answer", "next_question"],
    "properties": {
        "follows": {"type": "array", "items": {"type": "object", "required": ["name", "label", "value"], "properties": {
            "name": {"type": "string"}, "label": _WORDS, "value": {"type": ["string", "boolean", "array"]}}}},
        "next_question": {"type": ["object", "null"]},
    },
}  # fmt: skip
_DECISION: Final = {
    "name": "decision",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "examples": ["fund.investment"]},
}
_KIND: Final = {"name": "kind", "in": "path", "required": True, "schema": {"enum": list(contract.ANSWERS)}}
_OF_ONE: Final = ("show", "schema", "check", "ask", "mend", "register", "many")
"""What can be done with a decision that was listed."""
_WITH_A_CASE: Final = ("check", "ask", "mend")
"""What can be done with a case that was decided."""
_REFUSALS: Final = (400, 401, 404, 408, 413, 421, 422, 500, 503, 504)


def described(version: str) -> dict[str, Any]:
    """The whole interface."""
    answer = contract.schema(contract.ANSWERS["answer"])
    parts = answer.pop("$defs", {})
    answer.pop("$schema", None)
    one = "/v1/decisions/{decision}"
    paths: dict[str, dict[str, Any]] = {
        "/v1/health": {"get": _way("Whether it answers", _OBJECT)},
        "/v1/version": {"get": _way("The version", _OBJECT)},
        "/v1/schemas/{kind}": {"get": _way("The JSON Schema of answers", _OBJECT), "parameters": [_KIND]},
        "/v1/decisions": {"get": _way("What can be decided", {"type": "object", "required": ["decisions"]})},
        one: {"get": _way("A decision: facts, provisions, readings", {"type": "object", "required": ["decision", "facts"]}), "parameters": [_DECISION]},
        f"{one}/schema": {"get": _way("The JSON Schema of its facts", _OBJECT), "parameters": [_DECISION]},
        f"{one}/check": {"post": _way("Decide one case", {"$ref": "#/components/schemas/Answer"}, _CASE), "parameters": [_DECISION]},
        f"{one}/ask": {"post": _way("Decide one case; what to ask next", _ASKED, _CASE), "parameters": [_DECISION]},
        f"{one}/mend": {"post": _way("What would mend a case", {"type": "object", "required": ["to_mend"]}, _CASE), "parameters": [_DECISION]},
        f"{one}/register": {"post": _way("Findings over dated entries", {"type": "object", "required": ["findings", "rejected", "told"]}, _ENTRIES), "parameters": [_DECISION]},
        f"{one}/many": {"post": _lines(), "parameters": [_DECISION]},
    }  # fmt: skip
    for path, ways in paths.items():
        _linked(path, ways)
    schemas = {"Answer": answer, "Problem": PROBLEM, **parts}
    return {
        "openapi": "3.1.0", "info": {"title": "policy-engine", "version": version}, "paths": paths,
        "components": {"schemas": _placed(schemas), "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }  # fmt: skip


def _way(summary: str, gives: dict[str, Any], takes: dict[str, Any] | None = None) -> dict[str, Any]:
    refused = {
        "description": "a problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    way: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": {"description": summary, "content": {"application/json": {"schema": gives}}},
            **{str(status): refused for status in _REFUSALS},
            "503": {**refused, "headers": {"Retry-After": {"schema": {"type": "integer"}}}},
        },
    }
    return {**way, "requestBody": {"content": {"application/json": {"schema": takes}}}} if takes else way


def _linked(path: str, ways: dict[str, Any]) -> None:
    """Name an operation, and what may be asked next: of a decision that was listed, with a case that was decided."""
    way = ways.get("get") or ways["post"]
    name = {"decisions": "list", "{decision}": "show", "{kind}": "schemas"}.get(last := path.rpartition("/")[2], last)
    way["operationId"] = name
    if name == "list":
        told: dict[str, Any] = {"parameters": {"decision": "$response.body#/decisions/0/decision"}}
        others = list(_OF_ONE)
    elif name in _WITH_A_CASE:
        told = {"parameters": {"decision": "$request.path.decision"}, "requestBody": "$request.body"}
        others = [one for one in _WITH_A_CASE if one != name]
    else:
        return
    way["responses"]["200"] |= {"links": {one: {"operationId": one, **told} for one in others}}


def _lines() -> dict[str, Any]:
    """Many cases: a line of JSON each, answered by a line each."""
    way = _way("Decide many cases: lines of JSON in and out, an answer or a problem each", _OBJECT)
    of_lines = {"application/jsonl": {"schema": {"type": "string"}}}
    return {
        **way,
        "requestBody": {"content": {**of_lines, "text/plain": of_lines["application/jsonl"]}},
        "responses": {**way["responses"], "200": {"description": "a line for each case", "content": of_lines}},
    }


def _placed(part: Any) -> Any:
    """References to where the parts of a schema stand here."""
    if isinstance(part, list):
        return [_placed(item) for item in part]
    if isinstance(part, dict):
        return {
            k: v.replace("#/$defs/", "#/components/schemas/") if k == "$ref" else _placed(v) for k, v in part.items()
        }
    return part
