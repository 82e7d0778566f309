"""Nothing is lost: `python benchmarks/kills.py [watch|batch|writers|cache] [COUNT]`.

`watch`: kill -9 at random moments of `policy watch --state`, always given all events again, until the end comes; then the state
is that of an undisturbed run and every answer that was given out is given again. `batch`: kill -9 of `policy batch -o`; the
result is the old one or the new one, whole. `writers`: so many processes at once on one state file; each is served or
refused in one line. `cache`: processes that compile while the rule file changes and the disk is full; each answer is that
of a text that stood in the file.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POLICY = (sys.executable, "-m", "policy_engine")
VOTE = {
    "matter": "personnel",
    "voted_item_by_item": True,
    "voted_one_by_one": True,
    "chair_spoke_last": True,
    "sides_close": False,
}


def events(cases: int) -> bytes:
    rng, lines = random.Random(5), []
    for i in range(cases):
        for k, (kind, facts) in enumerate(
            [("topic", {"item_kind": "general"}), ("convened", {"members": 9, "present": rng.randint(3, 9)}), ("discussed", {}),
             ("voted", {**VOTE, "in_favour": rng.randint(1, 6)})]
        ):  # fmt: skip
            lines.append(
                {
                    "id": f"{i}-{k}",
                    "case": f"c{i}",
                    "kind": kind,
                    "at": f"2025-03-{rng.randint(1, 28):02}",
                    "facts": facts,
                }
            )
    rng.shuffle(lines)
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def killed(args: list[str], patience: float, given: bytes = b"") -> tuple[bytes, int | None]:
    """What a process said before it was killed; its exit code, None where it was killed."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as asked:
        asked.write(given)
        asked.seek(0)
        run = subprocess.Popen([*POLICY, *args], stdin=asked, stdout=said, stderr=subprocess.DEVNULL)
        try:
            code: int | None = run.wait(patience)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
            code = None
        said.seek(0)
        return said.read(), code


def answers(raw: bytes) -> dict[str, str]:
    """The answers by event, without the mark of a duplicate; the last line may have been cut."""
    found = {}
    for line in raw.split(b"\n")[:-1]:
        answer = json.loads(line)
        answer.pop("duplicate", None)
        found[answer["event"]] = json.dumps(answer, sort_keys=True)
    return found


def watch(count: int, folder: Path) -> str:
    rng, given, kills, rounds, told = random.Random(7), events(150), 0, 0, 0
    started = time.monotonic()
    undisturbed = answers(
        killed(["watch", "party-group.meeting", "-", "--state", str(folder / "whole")], 600, given)[0]
    )
    whole = time.monotonic() - started
    while kills < count:
        state, seen, code = folder / f"state{rounds}", dict[str, str](), None
        while code is None:
            patience = rng.uniform(0.2, whole) if kills < count else 600
            said, code = killed(["watch", "party-group.meeting", "-", "--state", str(state)], patience, given)
            kills += code is None
            for event, answer in answers(said).items():
                assert seen.setdefault(event, answer) == answer, event
                told += 1
        assert seen == undisturbed
        rounds += 1
    return (
        f"{kills} kills in {rounds} runs, {told} answers given out, none lost, none changed; the states as undisturbed"
    )


def batch(count: int, folder: Path) -> str:
    rng, kills, done = random.Random(9), 0, 0
    rows = "recipient,amount,activity,approved_by_region\n" + "individual,1,commendation,yes\n" * 2000
    (folder / "in.csv").write_text(rows, encoding="utf-8")
    args = ["batch", "award.grant", str(folder / "in.csv"), "-o", str(folder / "out.csv")]
    started = time.monotonic()
    assert killed(args, 600)[1] == 0
    whole, new = time.monotonic() - started, (folder / "out.csv").read_bytes()
    while kills < count:
        old = rng.choice([None, b"old"])
        (folder / "out.csv").unlink()
        if old is not None:
            (folder / "out.csv").write_bytes(old)
        code = killed(args, rng.uniform(0.1, whole * 1.1))[1]
        found = (folder / "out.csv").read_bytes() if (folder / "out.csv").exists() else None
        assert found in (old, new), "half a file"
        kills, done = kills + (code is None), done + (code is not None)
        (folder / "out.csv").write_bytes(b"")
        for draft in folder.glob(".out.csv.*"):
            draft.unlink()
    return f"{kills} kills, {done} runs to the end: the old result or the new one, whole"


def writers(count: int, folder: Path) -> str:
    given, state = events(20), str(folder / "state")
    (folder / "events").write_bytes(given)
    running = [
        subprocess.Popen([*POLICY, "watch", "party-group.meeting", str(folder / "events"), "--state", state, "--lang", "en"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(count)
    ]  # fmt: skip
    served, refused, answer = 0, 0, None
    for run in running:
        said, told = run.communicate()
        if b"in use by another process" in told:
            assert (run.returncode, said, told.count(b"\n")) == (2, b"", 2), told
            refused += 1
        else:
            assert run.returncode in (0, 1, 2), told
            assert answer in (None, answers(said))
            answer = answers(said)
            served += 1
    assert served
    return f"{count} writers: {served} served with equal answers, {refused} refused in one line"


def cache(count: int, folder: Path) -> str:
    text = "decision: town.rule\ndocument: X\ninputs: {{n: {{type: count}}}}\nprovisions:\n- {{id: cap, cite: {{at: 一, phrase: 无}}, derived: [{{value: {n}, why: x}}], require: n <= {n}}}\n"
    path = folder / "town" / "rule.yaml"
    path.parent.mkdir()
    args = [*POLICY, "check", "town.rule", "--rules", str(folder), "--set", "n=5", "--lang", "en"]
    env = {**os.environ, "POLICY_CACHE": str(folder / "cache")}

    def put(number: int) -> None:
        draft = path.with_suffix(".new")
        draft.write_text(text.format(n=number), encoding="utf-8")
        draft.replace(path)

    for i in range(count):
        put(3)
        running = [subprocess.Popen(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        time.sleep(random.Random(i).uniform(0.1, 0.6))
        put(9)
        for run in running:
            assert (run.communicate()[1], run.returncode in (0, 1)) == (b"", True)
        for number, code in ((9, 0), (3, 1)):
            put(number)
            assert subprocess.run(args, env=env, capture_output=True, check=False).returncode == code
    full = f"ulimit -f 0; exec {' '.join(args)}"  # no file may grow: as on a full disk
    for number, code in ((9, 0), (3, 1)):
        put(number)
        ran = subprocess.run(
            ["bash", "-c", full], env={**env, "POLICY_CACHE": str(folder / "other")}, capture_output=True, check=False
        )
        assert ran.returncode == code, ran
        assert not list((folder / "other").iterdir())
    return f"{count} changes under two compiling processes, and a full disk: every answer that of the text that stands"


WHAT = {"watch": (watch, 200), "batch": (batch, 200), "writers": (writers, 20), "cache": (cache, 20)}


if __name__ == "__main__":
    for name in sys.argv[1:2] or WHAT:
        run, count = WHAT[name]
        with tempfile.TemporaryDirectory() as place:
            print(f"{name}: {run(int(sys.argv[2]) if len(sys.argv) > 2 else count, Path(place))}", flush=True)
