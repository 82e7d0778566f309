"""The JSON Schema of a kind of file, for editors."""

from __future__ import annotations

from typing import Any

from policy_engine.rulefiles.shape import Model
from policy_engine.rulefiles.shape_file import RuleFile


def schema(kind: type[Model] = RuleFile) -> dict[str, Any]:
    """The JSON Schema of a kind of file, for editors."""
    result = kind.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_scalars_too(result)}


def _scalars_too(part: Any) -> Any:
    """Editors read `3000` as a number where the engine takes its text: allow both."""
    if isinstance(part, list):
        return [_scalars_too(item) for item in part]
    if not isinstance(part, dict):
        return part
    result = {key: _scalars_too(item) for key, item in part.items()}
    if part.get("type") == "string" and ("maxLength" in part):
        result["type"] = ["string", "number", "boolean"]
    return result
