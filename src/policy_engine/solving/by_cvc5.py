"""cvc5, spoken to in text."""

from __future__ import annotations

from policy_engine.solving.by_lines import Says, answer, work

RLIMIT = 200_000
"""The work one question may take, counted by cvc5 itself: the same on every machine. So many times as much as is asked for."""


def fresh() -> Says:
    """A solver that knows nothing yet."""
    import cvc5

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    options = {"incremental": "true", "produce-models": "true", "rlimit-per": str(RLIMIT * work())}
    for option, value in options.items():
        solver.setOption(option, value)
    solver.setLogic("ALL")
    symbols = cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)

    def says(text: str) -> str:
        found = []
        try:
            parser.setIncrementalStringInput(cvc5.InputLanguage.SMT_LIB_2_6, "rule")
            parser.appendIncrementalStringInput(text)
            while not (command := parser.nextCommand()).isNull():
                found.append(str(command.invoke(solver, symbols)))
        except Exception as error:  # what the library raises has no common name; it is told and read as no answer
            return f"(error {error})"
        return "".join(found)

    return says


if __name__ == "__main__":
    answer(fresh)
