"""The ways in, each a function of bytes: True where they are used, False where they are refused; else what went wrong leaves."""

from __future__ import annotations

import datetime as dt
import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

import policy_engine
from policy_engine.basics import numerals
from policy_engine.basics.errors import PolicyError
from policy_engine.basics.places import decode
from policy_engine.basics.values import COUNT, DATE, FLAG, NUMBER, YUAN, BadValue, Type, read
from policy_engine.language import syntax
from policy_engine.procedures.load import load_procedure
from policy_engine.procedures.watch import Stream
from policy_engine.proving.facts import read_facts_bytes
from policy_engine.rulefiles.yaml_read import read_yaml
from policy_engine.tables.batch import decide_table
from policy_engine.tables.columns import Job

TODAY = dt.date(2025, 3, 1)


@functools.cache
def book():
    return policy_engine.load()


@functools.cache
def procedure():
    return load_procedure("government.trip")


def rules(raw: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town" / "rule.yaml"
        path.parent.mkdir()
        path.write_bytes(raw)
        return policy_engine.load(folder).decide("town.rule", {}, TODAY)


def expression(raw: bytes) -> object:
    return syntax.parse(decode(raw, "x"))


def facts(raw: bytes) -> object:
    read_yaml(decode(raw, "x"), "x")
    for name in ("<stdin>", "x.json"):
        try:
            return book().decide("award.grant", read_facts_bytes(raw, name).data, TODAY)
        except PolicyError as error:
            found = error
    raise found


def numeral(raw: bytes) -> object:
    text, read_as = decode(raw, "x"), False
    numerals.parse(text), numerals.parse_date(text)
    for kind in (NUMBER, COUNT, DATE, FLAG, Type("number", YUAN)):
        for share in (False, True):
            try:
                read(text, kind, share=share, unit_word="人")
                read_as = True
            except BadValue:
                pass
    return read_as


def event(raw: bytes) -> object:
    stream = Stream(procedure(), [raw], as_of=TODAY)
    answers = [answer for batch in stream.answers() for answer in batch]
    return any(answer.get("accepted") for answer in answers)


def table(suffix: str) -> Callable[[bytes], object]:
    def read_table(raw: bytes) -> object:
        job = Job(rule=book().rule("award.grant"), as_of=TODAY, lang="en")
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / f"in{suffix}"
            source.write_bytes(raw)
            return decide_table(job, source, Path(folder) / "out.jsonl", lambda row: None).rows

    return read_table


def refusing(way: Callable[[bytes], object]) -> Callable[[bytes], bool]:
    def run(raw: bytes) -> bool:
        try:
            return bool(way(raw))
        except PolicyError as error:
            assert all(p.message.en and p.message.zh for p in error.problems)
        except syntax.SyntaxProblem as error:
            assert str(error)
        return False

    return run


WAYS = {
    name: refusing(way)
    for name, way in {
        "yaml": rules, "expression": expression, "facts": facts, "numeral": numeral, "event": event,
        "csv": table(".csv"), "jsonl": table(".jsonl"), "xlsx": table(".xlsx"), "parquet": table(".parquet"),
    }.items()
}  # fmt: skip
