"""z3, spoken to in text."""

from __future__ import annotations

from policy_engine.solving.by_lines import Says, answer, work

RLIMIT = 200_000
"""The work one question may take, counted by z3 itself: the same on every machine. So many times as much as is asked for."""


def fresh() -> Says:
    """A solver that knows nothing yet."""
    import z3

    context = z3.Context()
    z3.Z3_eval_smtlib2_string(context.ref(), f"(set-option :rlimit {RLIMIT * work()})")
    return lambda text: str(z3.Z3_eval_smtlib2_string(context.ref(), text))


if __name__ == "__main__":
    answer(fresh)
