"""cvc5, spoken to in text, in a process of its own: reads one JSON text a line, answers one a line."""

from __future__ import annotations

import json
import sys
from typing import Any

RLIMIT = 200_000
"""The work one question may take, counted by cvc5 itself: the same on every machine. So many times as much as is asked for."""


class Fresh:
    """A solver that knows nothing yet."""

    def __init__(self) -> None:
        import cvc5

        terms = cvc5.TermManager()
        self.solver = cvc5.Solver(terms)
        for option, value in (
            ("incremental", "true"),
            ("produce-models", "true"),
            ("rlimit-per", str(RLIMIT * int(sys.argv[1]))),
        ):
            self.solver.setOption(option, value)
        self.solver.setLogic("ALL")
        self.symbols: Any = cvc5.SymbolManager(terms)
        self.parser = cvc5.InputParser(self.solver, self.symbols)
        self.language = cvc5.InputLanguage.SMT_LIB_2_6

    def says(self, text: str) -> str:
        """What the solver says to a text."""
        found = []
        self.parser.setIncrementalStringInput(self.language, "rule")
        self.parser.appendIncrementalStringInput(text)
        while not (command := self.parser.nextCommand()).isNull():
            found.append(str(command.invoke(self.solver, self.symbols)))
        return "".join(found)


def answers() -> None:
    """Answer what is asked until nobody asks."""
    solver = Fresh()
    for line in sys.stdin:
        text = json.loads(line)
        found = ""
        if text is None:
            solver = Fresh()
        else:
            try:
                found = solver.says(text)
            except Exception as error:  # what the library raises has no common name; it is told and read as no answer
                found = f"(error {error})"
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    answers()
