"""The lists of a rule file: what a row has, the formulas of each row, the totals that the rest of the file uses."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import did_you_mean
from policy_engine.basics.places import Path_
from policy_engine.basics.values import COUNT, FLAG, YUAN, Type
from policy_engine.language import ir, syntax, typecheck
from policy_engine.rulebook.rule import Bound, CitedPart, Document, Input, Provision, Rows
from policy_engine.rulefiles import shape as model
from policy_engine.rulefiles.reader import Reader, unit_word

KINDS: Final = ("count", "sum", "min", "max", "any", "all")
Write = Callable[[model.Formula, Type, Path_], ir.Node]


class RowsComposer:
    """One list: its names are seen in its rows alone; outside there are its totals."""

    def __init__(self, reader: Reader, name: str, entry: model.Rows, document: Document) -> None:
        self.reader, self.name, self.entry, self.document = reader, name, entry, document
        self.path: Path_ = ("rows", name)
        self.local = {key: ir.Name(f"{name}.{key}") for key in (*entry.columns, *(f.id for f in entry.formulas))}
        self.inside: dict[str, Type] = {}
        self.types: dict[str, Type] = {}

    def declare(self) -> None:
        """The names of the list and of its totals; those of its rows are seen inside it only."""
        reader, outside = self.reader, dict(self.reader.env)
        for key, column in self.entry.columns.items():
            reader.declare(key, reader.type_of(column, (*self.path, "columns", key)), (*self.path, "columns", key))
        for i, formula in enumerate(self.entry.formulas):
            path: Path_ = (*self.path, "formulas", i)
            reader.declare(formula.id, reader.type_of(formula.value, (*path, "value")), (*path, "id"))
        reader.of_lists |= dict.fromkeys((self.name, *self.local), self.name)
        self.inside = {key: reader.env[key] for key in self.local}
        self.types = {key: self._type_of(key, total) for key, total in self.entry.totals.items()}
        reader.env = outside
        for key, kind in self.types.items():
            reader.declare(key, kind, (*self.path, "totals", key))
        taken = {name: kind for name, kind in reader.env.items() if name == self.name}
        reader.declare(self.name, COUNT, self.path)  # a list is no value: it is used by way of its totals
        del reader.env[self.name]
        reader.env |= taken

    def _type_of(self, key: str, total: model.RowTotal) -> Type:
        """The type of a total: that of what is summed or compared; a mistake in it is told where it is composed."""
        if total.count is not None:
            return COUNT
        if total.any is not None or total.all is not None:
            return FLAG
        try:
            found, _ = typecheck.infer(syntax.parse(self._item(total)[1]), self.reader.env)
        except (syntax.SyntaxProblem, typecheck.TypeProblem):
            return COUNT
        return COUNT if found is None or found.kind not in ("number", "date") else found

    @staticmethod
    def _item(total: model.RowTotal) -> tuple[str, str]:
        return next((kind, text) for kind in KINDS if (text := getattr(total, kind)) is not None)

    def within(self, node: ir.Node) -> ir.Node:
        """An expression of a row, its own names called by their list."""
        return ir.substituted(node, self.local)

    def rows(self, write: Write) -> tuple[Rows, tuple[Provision, ...]]:
        """The list, and its totals as formulas of the decision; `write` composes the value of a formula."""
        reader, outside = self.reader, self.reader.env
        reader.env = {**outside, **self.inside}
        columns = {
            key: reader.input(key, entry, (*self.path, "columns", key)) for key, entry in self.entry.columns.items()
        }
        columns = {
            key: Input(**{**vars(c), "name": f"{self.name}.{key}", "when": self.within(c.when)})
            for key, c in columns.items()
        }
        for key, column in columns.items():
            if column.assume is not None or column.grows:
                reader.report((*self.path, "columns", key), "rows", f"the column `{key}` takes no `assume` and no `grows`",
                              f"列 `{key}` 不可有 `assume`、`grows`")  # fmt: skip
        formulas = tuple(self._formula(i, formula, write) for i, formula in enumerate(self.entry.formulas))
        totals = [self._total(key, total) for key, total in self.entry.totals.items()]
        reader.env = outside
        inputs = {p.id: self._as_input(p, columns, formulas) for p in totals}
        label = model.words(self.entry.label, self.name)
        return Rows(name=self.name, label=label, columns=columns, formulas=formulas, totals=inputs), tuple(totals)

    def _formula(self, i: int, entry: model.RowFormula, write: Write) -> Provision:
        path: Path_ = (*self.path, "formulas", i)
        self.reader.borrowed()
        kind = self.inside[entry.id]
        value = self.within(write(entry.value, kind, (*path, "value")))
        cites = self.reader.cites(entry.cite, self.document.number)
        cites += tuple(
            c for case in entry.value.cases or [] for c in self.reader.cites(case.cite, self.document.number)
        )
        borrowed, declared = self.reader.borrowed()
        cites += borrowed
        self.reader.cited(value, cites, path)
        part = CitedPart(value, cites, self.reader.source.place((*path, "value")))
        return helper(
            f"{self.name}.{entry.id}", model.words(entry.title, entry.id), value, kind, entry.value.type,
            cites=cites, parts=(part,), place=self.reader.source.place((*path, "id")), note=model.said(entry.note),
            options=self.reader.labels(entry.value), unit_word=unit_word(entry.value.unit),
            derived=self.reader.derived(entry.derived, path) | declared,
        )  # fmt: skip

    def _total(self, key: str, total: model.RowTotal) -> Provision:
        path: Path_ = (*self.path, "totals", key)
        kind, text = self._item(total)
        wanted = FLAG if kind in ("count", "any", "all") else self.types[key]
        item = self.within(self.reader.expression(text, wanted, (*path, kind)))
        where = self.within(self.reader.expression(total.where, FLAG, (*path, "where"))) if total.where else ir.TRUE
        for node in (item, where):
            if any(isinstance(part, ir.Number) and part.value not in (0, 1) for part in ir.walk(node)):
                self.reader.report(path, "rows", "a number in a total stands in no phrase: put it in a formula with `cite`",
                                   "合计中的数字没有条文依据：请写入有 `cite` 的公式")  # fmt: skip
        return helper(
            key, model.words(total.label, key), ir.Call(f"rows {kind}", (where, item)), self.types[key],
            _type_name(self.types[key]), place=self.reader.source.place(path), each=self.name, unit_word=unit_word(total.unit),
        )  # fmt: skip

    def _as_input(self, p: Provision, columns: dict[str, Input], formulas: tuple[Provision, ...]) -> Input:
        """A total as a fact that may be given instead of the rows, and moved by a remedy."""
        assert isinstance(p.value, ir.Call)
        assert p.type is not None
        item = p.value.args[1]
        names = {c.name: c.type_name for c in columns.values()} | {f.id: f.type_name for f in formulas}
        summed = isinstance(item, ir.Name) and p.type.kind in ("number", "date")
        name = names.get(item.name, p.type_name) if summed and isinstance(item, ir.Name) else p.type_name
        least = (Bound(">=", Fraction(0)),) if p.value.function == "rows count" else ()
        return Input(name=p.id, label=p.title, type=p.type, type_name=name, bounds=least, unit_word=p.unit_word)


def _type_name(kind: Type) -> str:
    if kind.kind != "number":
        return kind.kind
    return (
        "money"
        if kind.unit == YUAN
        else "count"
        if kind.integer and not kind.unit
        else "number"
        if not kind.unit
        else "quantity"
    )


def helper(id_: str, title: object, value: ir.Node, kind: Type, type_name: str, **others: object) -> Provision:
    """A formula without force, scope or span of its own."""
    plain = dict.fromkeys(("require", "unsettled", "due", "valid_from", "valid_until", "lead", "note"))
    return Provision(**{
        **plain, "id": id_, "title": title, "cites": (), "force": "binding", "when": ir.TRUE, "unless": (), "value": value,
        "type": kind, "type_name": type_name, "derived": {}, "see": (), "parts": (), **others,
    })  # type: ignore[arg-type]  # fmt: skip


def each_of(reader: Reader, composers: dict[str, RowsComposer], name: str, path: Path_) -> RowsComposer | None:
    """The list for each row of which something is checked; a mistake is reported."""
    if name not in composers:
        reader.report(
            path, "rows", f"`{name}` is not a list of `rows`", f"`rows` 中没有 `{name}`", did_you_mean(name, composers)
        )
        return None
    return composers[name]
