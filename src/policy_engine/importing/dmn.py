"""DMN decision tables (1.1 to 1.5, XML) as a decision: its inputs and a formula for each result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.importing.formulas import Unsaid
from policy_engine.importing.grid import Grid, GridColumn, columns, formulas, split, texts
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
NAMED = re.compile(r"[^\W\d][\w ]*")
"""What may be an input that the model does not declare, as modellers leave it out; what has signs is worked out."""
POLICIES = {"UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "COLLECT": "C"}
MAX_DEPTH = 100
Kinds = dict[str, tuple[str, str]]
"""By the name of a type: its kind, and what its values are held to."""


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

    parser = expat.ParserCreate("utf-8", " ")  # as it is given here, whatever the file says of itself
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
    names, left_out, grids = dict[str, GridColumn](), dict[str, Unsaid](), list[Grid]()
    kinds, unread = _item_types(root), frozenset(part.attributes.get("name", "?") for part in root.all("inputData"))
    for part in (*root.all("inputData"), *root.all("decision")):
        name = part.attributes.get("name", "?")
        try:
            if part.tag == "decision":
                grids.append(_grid(part, names, kinds, unread & left_out.keys()))
            else:
                _typed(names, name, part.one("variable").attributes.get("typeRef", ""), kinds)
        except Unsaid as reason:
            left_out[name] = reason
    said = dict[str, list[dict[str, Any]]]()
    for _ in range(2):  # twice: a column is of the kind that any table shows it to be
        for grid in grids:
            try:
                said[grid.title] = formulas(grid, names)
                left_out.pop(grid.title, None)
            except Unsaid as reason:
                said.pop(grid.title, None)
                left_out[grid.title] = reason
    results = {column.name for grid in grids for column in grid.outputs if grid.title in said}
    title = root.attributes.get("name") or decision
    inputs = {c.name: {**c.typed(), "label": c.label} for c in names.values() if c.name not in results}
    provisions = [provision for made in said.values() for provision in made]
    rule = {"decision": decision, "document": title, "inputs": inputs, "provisions": provisions}
    return rule, list(left_out.items())


def _item_types(root: Element) -> Kinds:
    """The kinds that the model names, with what their values may be."""
    found = {"": ("", ""), "Any": ("", ""), **{name: (kind, "") for name, kind in KINDS.items()}}
    for item in root.all("itemDefinition"):
        base = item.one("typeRef").text.strip().rpartition(":")[2]
        if base in KINDS and item.attributes.get("isCollection") != "true":
            found[item.attributes.get("name", "")] = KINDS[base], item.one("allowedValues").said
    return found


def _typed(names: dict[str, GridColumn], label: str, type_: str, kinds: Kinds) -> GridColumn:
    """The column of a name of the model. Raises Unsaid."""
    kind, held = kinds.get(type_.rpartition(":")[2], (None, ""))
    if kind is None:
        raise Unsaid("a type that is not known, or a list", type_)
    if label not in names:
        names[label] = columns([label], {column.name for column in names.values()})[0]
    column = names[label]
    column.kind = column.kind or kind
    column.hold(held)
    return column


def _grid(decision: Element, names: dict[str, GridColumn], kinds: Kinds, unread: frozenset[str]) -> Grid:
    table, title = next(decision.all("decisionTable"), None), decision.attributes.get("name", "?")
    if table is None:
        raise Unsaid("a decision without a table")
    inputs = list[GridColumn]()
    for part in table.all("input"):
        asked = part.one("inputExpression")
        if asked.said not in names and (asked.said in unread or not NAMED.fullmatch(asked.said)):
            raise Unsaid("an input that is more than a name", asked.said)
        inputs.append(_typed(names, asked.said, asked.attributes.get("typeRef", ""), kinds))
        inputs[-1].hold(part.one("inputValues").said)
    outputs, priorities, defaults = list[GridColumn](), list[list[str]](), list[str]()
    results = list(table.all("output"))
    for part in results:
        name = title if len(results) == 1 else f"{title} {part.attributes.get('name', len(outputs) + 1)}"
        type_ = part.attributes.get("typeRef") or (
            decision.one("variable").attributes.get("typeRef", "") if len(results) == 1 else ""
        )
        outputs.append(_typed(names, name, type_, kinds))
        priorities.append(list(split(part.one("outputValues").said)))
        outputs[-1].options |= dict.fromkeys(texts(part.one("outputValues").said))
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
