"""Two solvers in processes of their own, ended where they take too long; what one finds impossible the other confirms."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Final, Literal, Self

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.solving.formula import Script

Answer = Literal["sat", "unsat", "unknown"]
SECONDS: Final = 60
"""So long a question may take on the clock; the process is ended then. The work is limited before, the same everywhere."""
STOPS: Final = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
"""What a run is ended with."""
NAMES: Final = ("z3", "cvc5")
PATIENCE: Final = {"z3": 100, "cvc5": 4}
"""So many times the work of other questions one may take that a solver gave up and is asked once more."""


def missing() -> list[str]:
    """The solvers that are not installed."""
    return [name for name in NAMES if find_spec(name) is None]


def demand_solvers() -> None:
    """Raises PolicyError where a solver is not installed."""
    if lacking := missing():
        verb = "is" if len(lacking) == 1 else "are"
        en, zh = f"{' and '.join(lacking)} {verb} not installed", f"未安装 {'、'.join(lacking)}"
        help = Text("pip install 'policy-engine[prove]'", "请运行 pip install 'policy-engine[prove]'")
        raise PolicyError(problem("extra", en, zh, None, help))


class Process:
    """A solver in a process: told what always holds, then asked.

    `took`: seconds of each question; `refused`: what it did not understand, which leaves everything open.
    """

    def __init__(self, name: str, seconds: int = SECONDS, patience: int = 1) -> None:
        self.name, self.seconds, self.patience = name, seconds, patience
        self.took: list[float] = []
        self.refused: list[str] = []
        self._child: subprocess.Popen[str] | None = None
        self._told: list[str] = []
        self._works = False

    def tell(self, lines: Sequence[str]) -> None:
        """Say what always holds, in addition to what was said."""
        if lines:
            self._told += lines
            if self._child is None:
                self._begin()  # which says all it was told
            else:
                self._say_all(lines)

    def _say_all(self, lines: Sequence[str]) -> None:
        if "(error" in (said := self._say("\n".join(lines)) or ""):
            self.refused.append(said)

    def forget(self) -> None:
        """Say that nothing holds any more."""
        self._told = []
        if self._child is not None:
            self._say(None)

    def ask(self, claims: Iterable[str], wanted: Sequence[str] = ()) -> tuple[Answer, dict[str, str]]:
        """Whether there is a case in which all of the claims hold, and what is wanted of it."""
        claims = "".join(f"(assert {claim})" for claim in claims)
        start = time.perf_counter()
        found = (self._say(f"(push 1){claims}(check-sat)" if claims else "(check-sat)") or "").split()
        answer: Answer = "unknown" if found not in (["sat"], ["unsat"]) else "sat" if found == ["sat"] else "unsat"
        values: dict[str, str] = {}
        if answer == "sat" and wanted:
            values = pairs(self._say(f"(get-value ({' '.join(wanted)}))") or "")
            if not values.keys() >= set(wanted):
                answer = "unknown"
        if claims and self._child is not None:
            self._say("(pop 1)")
        self.took.append(time.perf_counter() - start)
        return answer, values

    def _say(self, text: str | None) -> str | None:
        """What the process answers; None where it took too long, after which it begins anew with what it was told."""
        child = self._child or self._begin()
        if child is None:
            return None
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(text) + "\n")
            child.stdin.flush()
            if select.select([child.stdout], [], [], self.seconds)[0]:
                if line := child.stdout.readline():
                    self._works = True
                    return str(json.loads(line))
                self._demand_working(child)
        except BrokenPipeError:
            self._demand_working(child)
        except ValueError:
            pass
        except BaseException:  # interrupted: what it says later would be taken for the answer to another question
            self.close()
            raise
        self.close()
        return None

    def _demand_working(self, child: subprocess.Popen[str]) -> None:
        """Raises PolicyError where it ends by itself and never answered: nothing would ever be settled, and nobody knew why."""
        with suppress(subprocess.TimeoutExpired):
            if not self._works and (code := child.wait(self.seconds)) > 0:
                en, zh = (
                    f"{self.name} does not run here (exit code {code})",
                    f"{self.name} 在此无法运行（退出码 {code}）",
                )
                again = "pip install --force-reinstall 'policy-engine[prove]'"
                raise PolicyError(problem("extra", en, zh, None, Text(again, f"请运行 {again}")))

    def _begin(self) -> subprocess.Popen[str] | None:
        module = f"policy_engine.solving.by_{self.name}"
        command = [sys.executable, "-m", module, str(self.patience), str(self.seconds), str(os.getpid())]
        path = os.pathsep.join(part for part in sys.path if part)
        with _uninterrupted():
            self._child = subprocess.Popen(  # noqa: S603 - this program itself
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
            )  # fmt: skip
        if self._told:
            self._say_all(self._told)
        return self._child

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    pipe.close()
            self._child = None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals that end a run wait for the end of this: a process that was begun and is not known yet would be left behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Solvers:
    """Both solvers, told the same: a case is the first one's, that there is none is what both say."""

    def __init__(self, seconds: int = SECONDS) -> None:
        demand_solvers()
        self.first, self.second = (Process(name, seconds) for name in NAMES)
        self._script, self._upto, self._upto_second = Script(), 0, 0
        self._confirming = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.first.close()
        self.second.close()

    @property
    def seconds_taken(self) -> float:
        """What all questions took on the clock."""
        return sum(self.first.took) + sum(self.second.took)

    @contextmanager
    def seeking(self) -> Iterator[None]:
        """Look for cases alone: that one solver finds none is taken for an answer, of which nothing may be made."""
        self._confirming = False
        try:
            yield
        finally:
            self._confirming = True

    def begin(self, script: Script) -> None:
        """Ask about another script from now on."""
        self._script, self._upto, self._upto_second = script, 0, 0
        self.first.forget()
        self.second.forget()

    def case(self, claims: Iterable[str], wanted: Sequence[str] = ()) -> tuple[Answer, dict[str, str]]:
        """A case in which all claims hold; `unsat` where both solvers say that there is none, else `unknown`."""
        claims = list(claims)
        answer, values = self.alone(claims, wanted)
        if answer == "sat" or not self._confirming:
            return answer, values
        hard = answer == "unknown" and bool(self._script.otherwise)  # steps, worked out far sooner all at once
        confirmed, values = ("unknown", {}) if hard else self.confirm(claims, wanted)
        if confirmed == "unknown":
            confirmed, values = self._again(self.second, claims, wanted)
        if answer == "unknown" and confirmed == "unsat":
            answer = self._again(self.first, claims)[0]
            return ("unsat", {}) if answer == "unsat" else ("unknown", {})
        if answer == confirmed == "unsat":
            return "unsat", {}
        return ("sat", values) if answer == "unknown" and confirmed == "sat" else ("unknown", {})

    def _again(
        self, gave_up: Process, claims: Iterable[str], wanted: Sequence[str] = ()
    ) -> tuple[Answer, dict[str, str]]:
        """What a solver says that is told this alone, all at once, and may take its time."""
        patient = Process(gave_up.name, gave_up.seconds, PATIENCE[gave_up.name])
        try:
            patient.tell([*self._script.others(0), *(f"(assert {claim})" for claim in claims)])
            found = patient.ask((), wanted)
        finally:
            patient.close()
        gave_up.took += patient.took
        gave_up.refused += patient.refused
        return found

    def alone(self, claims: Iterable[str], wanted: Sequence[str] = ()) -> tuple[Answer, dict[str, str]]:
        """What the first solver says alone, where nothing is claimed of it."""
        self.first.tell(self._script.lines[self._upto :])
        self._upto = len(self._script.lines)
        return self.first.ask(claims, wanted)

    def confirm(self, claims: Iterable[str], wanted: Sequence[str] = ()) -> tuple[Answer, dict[str, str]]:
        """What the second solver says."""
        self.second.tell(self._script.others(self._upto_second))
        self._upto_second = len(self._script.lines)
        return self.second.ask(claims, wanted)


def pairs(text: str) -> dict[str, str]:
    """`((x 1) (y (- 2.0)))` as names and values."""
    found: dict[str, str] = {}
    depth, start = 0, 0
    for i, sign in enumerate(text):
        if sign == "(":
            depth += 1
            start = i if depth == 2 else start
        elif sign == ")":
            if depth == 2:
                name, _, value = text[start + 1 : i].partition(" ")
                found[name] = " ".join(value.split())
            depth -= 1
    return found


def facts_wanted(facts: Mapping[Any, Any]) -> list[str]:
    """What is asked of a solver to know some facts."""
    return [variable for fact in facts.values() for variable in fact.asked]
