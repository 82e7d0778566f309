"""DMN decision tables (1.1 to 1.5, XML) as a decision: its inputs and a formula for each result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.importing.formulas import Unsaid
from policy_engine.importing.gather import snake
from policy_engine.importing.grid import Grid, GridColumn, formulas, split
from policy_engine.importing.kinds import DATE, FLAG, NUMBER, TEXT

KINDS = {
    "number": NUMBER,
    "integer": NUMBER,
    "double": NUMBER,
    "long": NUMBER,
    "string": TEXT,
    "boolean": FLAG,
    "date": DATE,
}
POLICIES = {"UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "COLLECT": "C"}
MAX_DEPTH = 100


@dataclass
class Element:
    """A part of an XML file: its name without namespace, its attributes, its parts, its text."""

    tag: str
    attributes: dict[str, str]
    parts: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> Iterator[Element]:
        """The parts of a name."""
        return (part for part in self.parts if part.tag == tag)

    def one(self, tag: str) -> Element:
        """The first part of a name; an empty one if there is none."""
        return next(self.all(tag), Element(tag, {}))

    @property
    def said(self) -> str:
        """The text of its part `text`."""
        return self.one("text").text.strip()


def read_xml(data: bytes, file: str) -> Element:
    """XML without a document type, so without entities of its own. Raises PolicyError."""
    root = Element("", {})
    path = [root]

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if len(path) > MAX_DEPTH:
            raise Unsaid("nested too deeply")
        path[-1].parts.append(Element(tag.rpartition(" ")[2], attributes))
        path.append(path[-1].parts[-1])

    def doctype(*_: object) -> None:
        raise Unsaid("a document type is not accepted")

    def characters(text: str) -> None:
        path[-1].text += text

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = begin, lambda _: path.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, Unsaid) as error:
        place = Place(file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        raise PolicyError(problem("xml", f"not usable XML: {error}", f"无法使用的 XML：{error}", place)) from None
    return root.parts[0]


def dmn_rule(root: Element, decision: str) -> tuple[dict[str, Any], list[tuple[str, Unsaid]]]:
    """The data of a rule file, and the decisions of the model that it cannot say with the reason."""
    names, left_out, grids = dict[str, GridColumn](), list[tuple[str, Unsaid]](), list[tuple[Element, Grid]]()
    kinds = _item_types(root)
    for part in root.all("inputData"):
        _typed(names, part.attributes["name"], part.one("variable").attributes.get("typeRef", ""), kinds)
    for part in root.all("decision"):
        try:
            grids.append((part, _grid(part, names, kinds)))
        except Unsaid as reason:
            left_out.append((part.attributes.get("name", "?"), reason))
    results = {column.name for _, grid in grids for column in grid.outputs}
    provisions = list[dict[str, Any]]()
    for part, grid in [*grids, *grids]:  # twice: a column is of the kind that any table shows it to be
        try:
            made = formulas(grid, names)
        except Unsaid as reason:
            left_out.append((part.attributes["name"], reason))
            made = []
        provisions += made
    provisions = provisions[len(provisions) // 2 :]
    title = root.attributes.get("name") or decision
    inputs = {c.name: {**c.typed(), "label": c.label} for c in names.values() if c.name not in results}
    return {"decision": decision, "document": title, "inputs": inputs, "provisions": provisions}, list(
        dict(left_out).items()
    )


def _item_types(root: Element) -> dict[str, tuple[str, list[str]]]:
    """The kinds that the model names, with what a text may be."""
    found = {name: (kind, list[str]()) for name, kind in KINDS.items()}
    for item in root.all("itemDefinition"):
        base = item.one("typeRef").text.strip().rpartition(":")[2]
        if base in KINDS:
            found[item.attributes.get("name", "")] = KINDS[base], _texts(item.one("allowedValues").said)
    return found


def _texts(said: str) -> list[str]:
    return [part[1:-1] for part in split(said) if len(part) > 2 and part[0] == part[-1] == '"']


def _typed(names: dict[str, GridColumn], label: str, type_: str, kinds: dict[str, tuple[str, list[str]]]) -> GridColumn:
    """The column of a name of the model."""
    column = names.setdefault(label, GridColumn(snake(label), label))
    kind, options = kinds.get(type_.rpartition(":")[2], ("", []))
    column.kind = column.kind or kind
    column.options |= dict.fromkeys(options)
    return column


def _grid(decision: Element, names: dict[str, GridColumn], kinds: dict[str, tuple[str, list[str]]]) -> Grid:
    table, title = next(decision.all("decisionTable"), None), decision.attributes.get("name", "?")
    if table is None:
        raise Unsaid("a decision without a table")
    inputs = list[GridColumn]()
    for part in table.all("input"):
        asked = part.one("inputExpression")
        if asked.said not in names:
            raise Unsaid("an input that is more than a name", asked.said)
        inputs.append(_typed(names, asked.said, asked.attributes.get("typeRef", ""), kinds))
        inputs[-1].options |= dict.fromkeys(_texts(part.one("inputValues").said))
    outputs, priorities, defaults = list[GridColumn](), list[list[str]](), list[str]()
    results = list(table.all("output"))
    for part in results:
        name = title if len(results) == 1 else f"{title} {part.attributes.get('name', len(outputs) + 1)}"
        type_ = part.attributes.get("typeRef") or (
            decision.one("variable").attributes.get("typeRef", "") if len(results) == 1 else ""
        )
        outputs.append(_typed(names, name, type_, kinds))
        priorities.append(list(split(part.one("outputValues").said)))
        outputs[-1].options |= dict.fromkeys(_texts(part.one("outputValues").said))
        defaults.append(part.one("defaultOutputEntry").said)
    rows = [
        ([e.said for e in rule.all("inputEntry")], [e.said for e in rule.all("outputEntry")])
        for rule in table.all("rule")
    ]
    if not rows or any((len(a), len(b)) != (len(inputs), len(outputs)) for a, b in rows):
        raise Unsaid("a table whose rows do not fit its columns")
    policy = table.attributes.get("hitPolicy", "UNIQUE")
    return Grid(title=title, inputs=inputs, outputs=outputs, rows=rows, policy=POLICIES.get(policy, policy), priorities=priorities,
                collect=table.attributes.get("aggregation", ""), defaults=defaults)  # fmt: skip
