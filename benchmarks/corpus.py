"""Imports the modules of a folder or archive, decides all their cases, and says what came out: `make corpus CORPUS=…`.

Counts cases: right exactly, right within 0.01 (the corpus rounds some figures to cents), different, not decided by reason.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import Unknown, read
from policy_engine.book import load
from policy_engine.importing.rulefile import Imported, imported
from policy_engine.importing.rulespec import Library
from policy_engine.rulefiles.folder import rule_path

CENT = Fraction(1, 100)
EXACT, WITHIN = "right exactly", "right within 0.01"
Outcome = tuple[str, str]


def outcomes(found: Imported, root: Path) -> dict[int, Outcome]:
    """What each case of a decision comes to, and where it is not right, how."""
    path = rule_path(root, found.decision)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(found.rule_file, encoding="utf-8")
    book, worst = load(root), dict[int, Outcome]()
    for number, scenario in zip(found.of_case, found.scenarios, strict=True):
        try:
            decision = book.decide(found.decision, scenario["facts"], scenario["as_of"])
        except PolicyError as error:
            worst[number] = f"not decided: {error.problems[0].code}", str(error).splitlines()[0]
            continue
        results = {r.provision: r for r in decision.results}
        for name, wanted in scenario["expect"]["values"].items():
            judged = compared(results[name].value, wanted, results[name].clause.type)
            if worst.get(number, (EXACT,))[0] in (EXACT, WITHIN) and judged[0] != EXACT:
                worst[number] = judged[0], f"{name}: {judged[1]}"
        worst.setdefault(number, (EXACT, ""))
    return worst


def compared(value: Any, wanted: Any, kind: Any) -> Outcome:
    """How a value agrees with what is expected: a text, or what it lies about."""
    about = wanted["about"] if isinstance(wanted, dict) else wanted
    if isinstance(value, Unknown):
        because = value.because[0].en.partition(": ")[2] if value.because else "a fact is not given"
        return (EXACT, "") if about is None else (f"unknown: {because[:40]}", ", ".join(value.missing[:2]))
    expected = None if about is None else read(about, kind)
    if value == expected:
        return EXACT, ""
    numbers = isinstance(value, Fraction) and isinstance(expected, Fraction)
    near = numbers and abs(value - expected) <= CENT
    return WITHIN if near else "different", f"{expected} expected, {value} found"


def decided(library: Library, id_: str, root: Path) -> Iterator[tuple[str, str, str]]:
    """What the cases of a module come to: what, which case, how."""
    found = imported(library, id_)
    for name, reason in found.untold:
        yield f"not said: {reason.reason}", name, reason.part
    try:
        cases = outcomes(found, root) if found.rule else {}
    except PolicyError as error:
        cases = {n: ("does not load", str(error).splitlines()[0]) for n in found.of_case}
    for number, (what, how) in cases.items():
        yield what, f"case {number + 1}", how


def main(corpus: Path, step: int) -> None:
    """Decide every case of every module, or of each so many modules; interrupted, say what came out until then."""
    began = time.perf_counter()
    counts, lines, done = Counter[str](), list[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POLICY_CACHE"] = os.devnull
        if corpus.is_file():
            with tarfile.open(corpus) as archive:
                archive.extractall(Path(folder, "modules"), filter="data")
            corpus = Path(folder, "modules")
        library = Library(corpus)
        chosen = list(library.paths)[::step]
        try:
            for done, id_ in enumerate(chosen):
                print(f"\r{done:5} of {len(chosen)} modules, {sum(counts.values()):6} cases", end="", file=sys.stderr)
                for what, case, how in decided(library, id_, Path(folder, "rules")):
                    counts[what] += 1
                    if what != EXACT:
                        lines.append(f"{id_}\t{what}\t{case}\t{how}\n")
            done = len(chosen)
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
    took = time.perf_counter() - began
    print(f"\n{dt.date.today()}: {done} of {len(chosen)} modules, {sum(counts.values())} cases, {took:.0f} s")
    for what, count in counts.most_common():
        print(f"{count:7} {what}")
    Path("corpus.tsv").write_text("".join(lines), encoding="utf-8")
    sys.exit(130 if done < len(chosen) else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
