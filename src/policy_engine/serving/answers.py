"""What is answered over a wire, whatever the wire: mappings of JSON, the same as those of the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policy_engine.asking.interview import Interview
from policy_engine.basics.errors import Place, PolicyError, Problem, did_you_mean, problem
from policy_engine.basics.values import BadValue, read_date
from policy_engine.book import Book
from policy_engine.compiled.decide import decide
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.explaining.decision import Decision
from policy_engine.reports.inputs import schema
from policy_engine.reports.written import Ready, answer
from policy_engine.rulebook.rule import Document, Provision, Rule
from policy_engine.rulefiles.rulebook import ALL

MENDED: Final = ("violated", "departed", "missed")
Given = Mapping[str, Any]
Today = Callable[[], dt.date]


class Answers:
    """A tree of rules that answers questions put as JSON. Each method raises PolicyError for what cannot be used.

    What is asked: `decision`, a name; `facts`, a mapping; `as_of`, a date; `readings`, a mapping; `assume`, `all` or `none`.
    """

    def __init__(self, book: Book, today: Today = dt.date.today, source: Path | None = None) -> None:
        """`source`: the text of the gazette, to be shown beside what is encoded of it."""
        self.book, self.today, self.source = book, today, source
        self.noted: Callable[[Facts, Decision, str], None] | None = None  # told of each case that is decided

    def listed(self, _: Given) -> dict[str, Any]:
        """Every decision with its title and document."""
        rules = self.book.rules()
        told = [{"decision": r.decision, "title": r.title.to_json(), "document": _document(r.document)} for r in rules]
        return {"decisions": told}

    def shown(self, asked: Given) -> dict[str, Any]:
        """A decision: the schema of its facts, its provisions, values and open questions."""
        rule, as_of = self.rule_of(asked), self.date_of(asked)
        provisions = [
            {"provision": p.id, "title": p.title.to_json(), "force": p.force, "cite": p.cites[0].to_json(), "in_force": p.in_force(as_of)}
            for p in rule.provisions if not p.is_formula
        ]  # fmt: skip
        values = [{"name": p.id, "title": p.title.to_json()} for p in rule.provisions if p.is_formula]
        readings = [
            {"question": name, "title": r.question.to_json(), "default": r.default, "options": {k: t.to_json() for k, t in r.options.items()}}
            for name, r in rule.readings.items()
        ]  # fmt: skip
        return {
            "decision": rule.decision, "title": rule.title.to_json(), "document": _document(rule.document), "facts": schema(rule),
            "provisions": provisions, "values": values, "readings": readings,
        }  # fmt: skip

    def decided(self, asked: Given) -> dict[str, Any]:
        """The answer as `policy check --format json` gives it; what follows from the facts given, and what to ask beside both."""
        found, facts = self._decide(asked), self._facts(asked)
        case = Interview(rule=found.rule, as_of=found.as_of, chosen=found.chosen, answers=facts).settled()
        follows = [_followed(case, name) for name in case.follows]
        return {
            "answer": found.to_json(),
            **({"follows": follows} if follows else {}),
            "next_question": _question(case),
        }

    def decided_alone(self, asked: Given) -> Ready:
        """The answer as `policy check --format json` gives it."""
        return answer(self._decide(asked))

    def schema_of(self, asked: Given) -> dict[str, Any]:
        """The JSON Schema of the facts of a decision."""
        return schema(self.rule_of(asked))

    def mended(self, asked: Given) -> dict[str, Any]:
        """Of each finding that is not as it should be what would mend it; of each that waits what would satisfy it."""
        found, told = self._decide(asked).to_json(), list[dict[str, Any]]()
        keys = ("provision", "status", "title", "cite", "reason", "remedies", "no_single_remedy", "fits", "missing")
        findings: Any = found["findings"]
        for finding in findings:
            if finding["status"] in (*MENDED, "undetermined"):
                told.append({key: finding[key] for key in keys if key in finding})
        return {"decision": found["decision"], "as_of": found["as_of"], "outcome": found["outcome"], "to_mend": told}

    def cited(self, asked: Given) -> dict[str, Any]:
        """Phrase and place of provisions in their document, and whether they are in force on the day."""
        rule, as_of, name = self.rule_of(asked), self.date_of(asked), asked.get("provision")
        found = [p for p in rule.provisions if name in (None, p.id)]
        if not found:
            en, zh = f"`{name}` is no provision of {rule.decision}", f"{rule.decision} 没有 `{name}` 这一条款"
            raise PolicyError(
                problem(
                    "unknown-provision",
                    en,
                    zh,
                    Place("provision"),
                    did_you_mean(str(name), [p.id for p in rule.provisions]),
                )
            )
        told = [self._cited(p, as_of) for p in found]
        return {
            "decision": rule.decision,
            "as_of": as_of.isoformat(),
            "document": _document(rule.document),
            "provisions": told,
        }

    def _cited(self, p: Provision, as_of: dt.date) -> dict[str, Any]:
        cites = [cite.to_json() for cite in p.cites]
        return {"provision": p.id, "title": p.title.to_json(), "cites": cites, "in_force": p.in_force(as_of)}

    # --- what is asked -------------------------------------------------------------------------------------------------

    def _decide(self, asked: Given) -> Decision:
        rule, as_of = self.rule_of(asked), self.date_of(asked)
        facts = read_facts(rule, self._facts(asked), Place)
        try:
            found = decide(rule, facts, as_of, self.readings_of(asked))
        except PolicyError as error:
            raise PolicyError(_of_readings(one) for one in error.problems) from None
        if self.noted is not None:
            self.noted(facts, found, str(asked.get("assume", ALL)))
        return found

    def rule_of(self, asked: Given) -> Rule:
        """The decision that is asked for. Raises PolicyError."""
        name, assume = asked.get("decision"), asked.get("assume", ALL)
        if not isinstance(name, str):
            raise PolicyError(
                problem("missing-key", "`decision` is the name of one", "`decision` 应为决定的名称", Place("decision"))
            )
        if not isinstance(assume, str):
            raise PolicyError(
                problem("assume", "`assume` is `all` or `none`", "`assume` 应为 all 或 none", Place("assume"))
            )
        return self.book.rule(name, assume)

    def date_of(self, asked: Given, name: str = "as_of") -> dt.date:
        """A day that is asked about; today where none is given. Raises PolicyError."""
        given = asked.get(name)
        if given is None:
            return self.today()
        try:
            return read_date(given)
        except BadValue as error:
            raise PolicyError(Problem("value", error.found, Place(name), error.help)) from None

    def _facts(self, asked: Given) -> dict[str, Any]:
        return self.mapping_of(asked, "facts")

    def readings_of(self, asked: Given) -> dict[str, str]:
        """The readings that are chosen. Raises PolicyError."""
        found = self.mapping_of(asked, "readings")
        for name, option in found.items():
            if not isinstance(option, str):
                en, zh = f"`{name}` takes the name of an option", f"`{name}` 应为选项的名称"
                raise PolicyError(problem("reading", en, zh, Place("readings")))
        return found

    def mapping_of(self, asked: Given, name: str) -> dict[str, Any]:
        """A mapping among what is asked, empty where it is not given. Raises PolicyError."""
        found = asked.get(name)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise PolicyError(problem("shape", f"`{name}` is a mapping", f"`{name}` 应为映射", Place(name)))
        return found


def _of_readings(found: Problem) -> Problem:
    """A problem that is with a reading, with its field."""
    return replace(found, place=Place("readings")) if found.code == "reading" and found.place is None else found


def _document(document: Document) -> dict[str, Any]:
    day = {"valid_from": document.valid_from, "valid_until": document.valid_until}
    dates = {name: one.isoformat() for name, one in day.items() if one}
    return {"number": document.number, "title": document.title.to_json(), **dates}


def _question(case: Interview) -> dict[str, Any] | None:
    """The first fact that can still change the answer: what it is called, what it may be, what waits for it."""
    if not case.questions:
        return None
    entry = case.questions[0]
    accepts = schema(case.rule)["properties"].get(entry.name, {})
    return {
        "name": entry.name,
        "label": entry.label.to_json(),
        "accepts": accepts,
        "waiting": [w.provision for w in case.waiting(entry.name)],
    }


def _followed(case: Interview, name: str) -> dict[str, Any]:
    """A fact of which what was given leaves one value alone, as it may be given."""
    return {"name": name, "label": case.decision.inputs[name].label.to_json(), "value": case.answers[name]}


def problems_json(error: PolicyError) -> list[dict[str, Any]]:
    """What is wrong, problem by problem: code, words in both languages, the field where one is meant, the way out."""
    return [
        {
            "code": p.code,
            "message": p.message.to_json(),
            **({"place": str(p.place)} if p.place else {}),
            **({"help": p.help.to_json()} if p.help else {}),
        }
        for p in error.problems
    ]
