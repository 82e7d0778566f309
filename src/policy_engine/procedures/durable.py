"""What follows, as durable_rules reads it: its safe subset, in a process of its own. `follow` is the definition.

The native library may die; then this process does not, and says so (`EngineDied`). What crosses the fence are literal
facts: text, flags and small whole numbers, one at a time. Every predicate was worked out before, by the interpreter.
Nothing stays in the library between two runs, so nothing can grow there or be lost with it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from policy_engine.procedures.follow import ChainRule, Fact, Scalar

MAX_PATTERNS: Final = 240
"""The library dies of 256 shared nodes."""
MAX_WHEN: Final = 8
MAX_TEXT: Final = 4096
MAX_FIRED: Final = 1000
PATIENCE: Final = 30.0
"""Seconds after which an engine that does not answer counts as dead."""
RESERVED: Final = frozenset({"id", "sid", "is_fact", "boot"})


class EngineDied(Exception):
    """The process of the native library ended or hung; `how` says what was seen, such as SIGSEGV."""

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__(how)


class DurableRules:
    """The library in a child process: facts in, the rules that fired out, in their order."""

    def __init__(self, rules: Sequence[ChainRule], command: Sequence[str] | None = None) -> None:
        check_rules(rules)
        self._rules, self._command = tuple(rules), command
        self._child: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def start(self) -> None:
        """Start the process and have it prove itself on one chained case. Raises EngineDied where it cannot."""
        self.close()
        self._buffer = b""
        command = self._command or (sys.executable, "-P", __file__)  # this file alone: it starts at once
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        rules = [{"id": r.id, "when": [dict(w) for w in r.when], "then": r.then and dict(r.then)} for r in self._rules]
        answer = self._ask({"rules": rules})
        if "missing" in answer:
            self.close()
            raise EngineDied(str(answer["missing"]))

    @property
    def pid(self) -> int | None:
        """The process, if it runs."""
        return self._child.pid if self._child else None

    def run(self, facts: Sequence[Fact]) -> list[str]:
        """The rules that fire on these facts, put in one by one. Raises EngineDied; the next run starts afresh."""
        for fact in facts:
            check_fact(fact)
        if self._child is None:
            self.start()
        answer = self._ask({"facts": [dict(fact) for fact in facts]})
        if "error" in answer:
            self.close()
            raise EngineDied(str(answer["error"]))
        return [str(name) for name in answer["fired"]]

    def _ask(self, question: Mapping[str, object]) -> dict[str, Any]:
        child = self._child
        assert child is not None
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(question).encode() + b"\n")
            child.stdin.flush()
            line = self._line()
        except OSError:
            line = b""
        if not line:
            raise EngineDied(self._obituary())
        return dict(json.loads(line))

    def _line(self) -> bytes:
        """One line of the child's, or nothing where it ends. Raises EngineDied where it is silent for too long."""
        child = self._child
        assert child is not None
        assert child.stdout is not None
        source = child.stdout.fileno()
        while b"\n" not in self._buffer:
            if not select.select([source], [], [], PATIENCE)[0]:
                self.close()
                raise EngineDied("no answer")
            if not (read := os.read(source, 65536)):
                return b""
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _obituary(self) -> str:
        """How the child ended; one that hangs is ended."""
        assert self._child is not None
        try:
            code = self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.close()
            return "no answer"
        self.close()
        if code < 0:
            return signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        return f"exit code {code}"

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def at_hand(rules: Sequence[ChainRule]) -> DurableRules | None:
    """The library, started, if this Python has one that works."""
    if importlib.util.find_spec("durable") is None:
        return None
    engine = DurableRules(rules)
    try:
        engine.start()
    except EngineDied:
        return None
    return engine


def check_rules(rules: Sequence[ChainRule]) -> None:
    """Keep to what the library is known to get right. Raises ValueError."""
    if len({rule.id for rule in rules}) < len(rules):
        raise ValueError("two rules have one id")
    if sum(len(rule.when) for rule in rules) > MAX_PATTERNS:
        raise ValueError(f"more than {MAX_PATTERNS} conditions")
    for rule in rules:
        if not 1 <= len(rule.when) <= MAX_WHEN or not all(rule.when):
            raise ValueError(f"{rule.id}: 1 to {MAX_WHEN} conditions, none empty")
        for fact in (*rule.when, *([rule.then] if rule.then else [])):
            check_fact(fact)


def check_fact(fact: Fact) -> None:
    """Only short text, flags and small whole numbers under plain keys. Raises ValueError."""
    for key, value in fact.items():
        if key in RESERVED or not key.isidentifier():
            raise ValueError(f"the key {key!r} is not usable")
        if not isinstance(value, bool | int | str) or (isinstance(value, str) and len(value.encode()) > MAX_TEXT):
            raise ValueError(f"{key}={value!r} may not cross the fence")
        if isinstance(value, int) and abs(value) > 2**53:
            raise ValueError(f"{key}={value!r} is too large")


# --- the child ------------------------------------------------------------------------------------------------------


class _Chainer:
    """durable_rules: literal patterns, one fact at a time, one session a run, no threads, no timers."""

    def __init__(self, rules: Sequence[Mapping[str, Any]]) -> None:
        from durable import engine  # type: ignore[import-untyped,import-not-found,unused-ignore]

        class SynchronousHost(engine.Host):  # type: ignore[misc,name-defined,unused-ignore]
            def _run(self) -> None:
                """No background threads."""

        self._unhandled = engine.MessageNotHandledException
        self._sessions = itertools.count(1)
        self._fired: list[str] = []
        self._errors: list[BaseException] = []
        self._seen: set[tuple[tuple[str, Scalar], ...]] = set()
        self._types: dict[str, type] = {}
        self._session = ""
        definitions: dict[str, Any] = {"~boot": {"all": [{"p0": {"boot": 1}}], "run": lambda c: None}}
        for rule in rules:
            patterns = [
                {f"p{i}": {"$and": [{"$ex": {"is_fact": 1}}, *self._tests(w)]}} for i, w in enumerate(rule["when"])
            ]
            definitions[rule["id"]] = {"all": patterns, "run": self._action(rule)}
        self._host = SynchronousHost({"policy": definitions})

    def _tests(self, pattern: Fact) -> list[dict[str, Scalar]]:
        return [{key: self._same_type(key, value)} for key, value in pattern.items()]

    def _same_type(self, key: str, value: Scalar) -> Scalar:
        """One type per key: the library holds True and 1, or '' and 12, for equal."""
        if self._types.setdefault(key, type(value)) is not type(value):
            raise TypeError(f"mixed types for {key}: {value!r}")
        return value

    def _action(self, rule: Mapping[str, Any]) -> Callable[[Any], None]:
        def run(closure: Any) -> None:
            try:
                if len(self._fired) >= MAX_FIRED:
                    raise RuntimeError("rules fire without end")
                self._fired.append(rule["id"])
                if rule["then"]:
                    self._put(rule["then"], closure.assert_fact)
            except BaseException as error:  # the library would only note it
                self._errors.append(error)

        return run

    def _put(self, fact: Fact, assert_fact: Callable[[Any], object]) -> None:
        key = tuple(sorted((k, self._same_type(k, v)) for k, v in fact.items()))
        if key in self._seen:
            return
        self._seen.add(key)
        with contextlib.suppress(self._unhandled):  # no rule tests such a fact: it was not stored
            assert_fact({**fact, "id": f"f{len(self._seen)}", "sid": self._session, "is_fact": 1})

    def run(self, facts: Sequence[Fact]) -> list[str]:
        """The rules that fire, in order."""
        self._fired, self._errors, self._seen = [], [], set()
        self._session = f"c{next(self._sessions)}"
        self._host.assert_fact("policy", {"id": "boot", "sid": self._session, "boot": 1})
        try:  # the boot action makes it safe to delete the session
            for fact in facts:
                self._put(fact, lambda f: self._host.assert_fact("policy", f))
                if self._errors:
                    raise self._errors[0]
        finally:
            self._host.delete_state("policy", self._session)
        return self._fired


def prove() -> None:
    """One chained case, since a library that installs may still not work. Raises whatever is wrong."""
    rules: list[dict[str, Any]] = [
        {"id": "one", "when": [{"kind": "fact"}], "then": {"kind": "derived"}},
        {"id": "two", "when": [{"kind": "derived"}, {"kind": "fact"}], "then": None},
    ]
    if _Chainer(rules).run([{"kind": "fact"}]) != ["one", "two"]:
        raise RuntimeError("the smoke test failed")


def serve() -> None:
    """Answer questions, a line each, until there are no more."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever the library prints is no answer
    chainer: _Chainer | None = None
    for line in sys.stdin.buffer:
        question = json.loads(line)
        answer: dict[str, object]
        try:
            if chainer is None:
                prove()
                chainer = _Chainer(question["rules"])
                answer = {"ready": True}
            else:
                answer = {"fired": chainer.run(question["facts"])}
        except Exception as error:
            answer = {"missing" if chainer is None else "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    serve()
