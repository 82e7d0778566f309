"""How long the program takes over input without end, and with how much memory: `python benchmarks/bounds.py [NAME …]`.

Each is a whole command in a process of its own; printed are exit code, seconds, peak memory, and the first line of a complaint.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

POLICY = (sys.executable, "-m", "policy_engine")
HEAD = "recipient,amount,activity,approved_by_region\n"
RULE = "decision: town.rule\ndocument: X\ninputs: {inputs}\nprovisions:\n{provisions}\n"
CHECK = "- {{id: cap, cite: {{at: 一, phrase: 无}}, derived: [{{value: 5, why: x}}], {more}require: {require}}}"
FORMULA = "- {{id: v{i}, cite: {{at: 一, phrase: 无}}, value: {{type: number, is: {is_}}}}}\n"


def rule(folder: Path, inputs: str, provisions: str) -> list[str]:
    (folder / "town").mkdir()
    (folder / "town" / "rule.yaml").write_text(RULE.format(inputs=inputs, provisions=provisions), encoding="utf-8")
    return ["check", "town.rule", "--rules", str(folder)]


def sets(**facts: object) -> list[str]:
    return [word for name, value in facts.items() for word in ("--set", f"{name}={value}")]


def names(folder: Path) -> list[str]:
    given = [f"x{i}" for i in range(30)]
    inputs = "{" + ", ".join(f"{x}: {{type: count}}" for x in given) + "}"
    return rule(folder, inputs, CHECK.format(require=f'"max({", ".join(given)}) <= 5"', more="")) + sets(
        **dict.fromkeys(given, 9)
    )


def options(folder: Path) -> list[str]:
    of = [f"o{i}" for i in range(300)]
    made = rule(folder, f"{{s: {{type: set, of: [{', '.join(of)}]}}}}", CHECK.format(require="size(s) <= 5", more=""))
    return made + sets(s=",".join(of[:9]))


def chain(folder: Path, count: int = 2000, step: str = "v{} + v0") -> list[str]:
    formulas = "".join(FORMULA.format(i=i, is_=step.replace("{}", str(i - 1))) for i in range(1, count + 1))
    return rule(folder, "{v0: {type: number}}", formulas + CHECK.format(require=f"v{count} <= 5", more="")) + sets(v0=3)


def squares(folder: Path) -> list[str]:
    return chain(folder, 34, "v{} * v{}")


def exceptions(folder: Path) -> list[str]:
    unless = ", ".join(["{when: f, cite: {at: 一, phrase: 无}}"] * 1000)
    check = CHECK.format(require="n <= 5", more=f"unless: [{unless}], ")
    return rule(folder, "{n: {type: count}, f: {type: flag}}", check) + sets(n=6, f="no")


def bomb(folder: Path) -> list[str]:
    """A workbook of a megabyte and a half that unfolds into 1.5 GB."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(HEAD.strip().split(","))
    book.save(folder / "small.xlsx")
    with (
        zipfile.ZipFile(folder / "small.xlsx") as small,
        zipfile.ZipFile(folder / "in.xlsx", "w", zipfile.ZIP_DEFLATED) as big,
    ):
        for name in small.namelist():
            if not name.endswith("sheet1.xml"):
                big.writestr(name, small.read(name))
                continue
            before, after = small.read(name).split(b"</sheetData>")
            with big.open(name, "w") as part:
                part.write(before)
                for _ in range(1500):
                    part.write(b" " * (1 << 20))
                part.write(b"</sheetData>" + after)
    return batch(folder, "in.xlsx")


def batch(folder: Path, name: str) -> list[str]:
    return ["batch", "award.grant", str(folder / name), "-o", str(folder / "out.csv")]


def million(folder: Path) -> list[str]:
    with (folder / "in.csv").open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for _ in range(1_000_000):
            file.write("individual,1,commendation,yes\n")
    return batch(folder, "in.csv")


def source(folder: Path, text: str) -> list[str]:
    (folder / "source.txt").write_text(text, encoding="utf-8")
    return ["audit", "--source", str(folder / "source.txt"), "-o", f"json:{folder / 'a.json'}", "--format", "json"]


def register(folder: Path, last: str) -> list[str]:
    (folder / "in.csv").write_text("投资日期,本次出资,投资方式,项目\n2025-01-01,1,股权直投,甲\n", encoding="utf-8")
    return [
        "register",
        "fund.investment",
        str(folder / "in.csv"),
        "--from",
        "2025-01-01",
        "--to",
        last,
        "--as-of",
        last,
    ]


CASES: dict[str, Callable[[Path], list[str]]] = {
    "the greatest of 30 names": names,
    "a set of 300 options": options,
    "a chain of 2,000 formulas": chain,
    "34 squares of squares": squares,
    "1,000 exceptions": exceptions,
    "a workbook that unfolds to 1.5 GB": bomb,
    "a sheet of 1,000,000 rows": million,
    "audit of 5 MB of clauses": lambda folder: source(folder, "第一条 不超过3元。\n" * 190_000),
    "audit of 5 MB of `1,`": lambda folder: source(folder, "1," * 2_500_000),
    "audit of 5 MB of 一": lambda folder: source(folder, "一" * 1_700_000),
    "a register to 9999": lambda folder: register(folder, "9999-12-31"),
    "a register of 100 years": lambda folder: register(folder, "2124-12-31"),
}


def measured(make: Callable[[Path], list[str]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        args = make(Path(folder))
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        ran = subprocess.run([*POLICY, *args, "--lang", "en"], capture_output=True, check=False)
        seconds, memory = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    words = [line for line in ran.stderr.decode().splitlines() if not line.startswith("columns:")]
    peak = f"{memory >> 10} MiB" if memory > before else f"at most {before >> 10} MiB"
    return f"exit {ran.returncode}  {seconds:6.1f} s  {peak}  {words[0][:120] if words else ''}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:  # in a process of its own: memory is that of its own child
        print(measured(CASES[sys.argv[2]]))
        sys.exit()
    for name in sys.argv[1:] or CASES:
        found = subprocess.run([sys.executable, __file__, "--one", name], capture_output=True, text=True, check=True)
        print(f"{name:36}{found.stdout}", end="", flush=True)
