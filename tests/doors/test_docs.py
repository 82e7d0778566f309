"""The READMEs show what the program really prints and every line of them runs; every command is in them; pages are pairs."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policy_engine.book import load
from policy_engine.doors.main import app
from policy_engine.procedures.load import procedure_names

ROOT = Path(__file__).parents[2]
READMES = ["README.md", "README.zh-CN.md"]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / "rules").glob("*.md"), *ROOT.glob("*.md"),
         *(ROOT / "examples").rglob("README*.md")]  # fmt: skip
PAIRS = [(path, path.with_suffix(".zh-CN.md")) for path in PAGES if ".zh-CN" not in path.name]
PAIRS = [
    (en, zh)
    for en, zh in PAIRS
    if en.name not in ("README.md", "CHANGELOG.md") or en.parent.name in ("rules", "second-city")
]
SHOWN = [("README.md", "check fund.investment"), ("README.zh-CN.md", "check 母基金拟投资项目")]
ELSEWHERE = (  # servers have tests of their own
    "policy serve",
    "policy mcp",
    "postgresql:",
    "--engine",
    "--mutate",
    "policy prove",
    "policy solve",
    "policy diff",
    "--origin",
    "policy receipt",
    "policy erase",
    "policy verify",
    "…",
)
"""What a line has that needs a server or solvers, that `make scenarios` runs, or that is no line to be typed."""


@pytest.fixture(autouse=True)
def no_language_set(monkeypatch):
    """The shell that runs the tests may have a language of its own."""
    monkeypatch.delenv("POLICY_LANG", raising=False)


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("file", "marker"), SHOWN)
def test_the_first_screen_of_the_readme_is_real_output(file, marker, monkeypatch, update):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(ROOT)
    command, output = re.search(
        r"```console\n\$ policy (.*?)\n```\n<!-- output: " + re.escape(marker) + r" -->\n```text\n(.*?)```", text(file), re.DOTALL
    ).groups()  # fmt: skip
    lines = CliRunner().invoke(app, shlex.split(command)).output.splitlines(keepends=True)
    real = "".join(lines[: lines.index("\n", 12)]) + "…\n"  # to the end of the first findings
    if update:
        (ROOT / file).write_text(
            text(file).replace(f"-->\n```text\n{output}```", f"-->\n```text\n{real}```"), encoding="utf-8"
        )
        return
    assert output == real


@pytest.mark.parametrize("file", READMES)
def test_every_command_is_in_the_readme_and_has_help(file):
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"policy {name}" in text(file), name
        assert command.callback.__doc__


def test_the_readmes_count_what_is_there():
    decisions, procedures = len(load().decisions()), len(procedure_names())
    assert f"{decisions} decisions and {procedures} procedures" in text("README.md")
    assert f"{decisions} 项决定和 {procedures} 个程序" in text("README.zh-CN.md")


def lines_of(page):
    """Each line that may be typed, with the folder it is typed in: in blocks, and in the table."""
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        folder = "."
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("cd "):
                folder = line[3:]
            elif "second-city" in folder or line.startswith("policy "):
                yield folder if folder != "." else "examples/office", line.split("  #")[0]
    for row in re.findall(r"^\| .*", page, re.MULTILINE):
        for line in re.findall(r"`(policy [^`]*)`", row):
            yield "examples/office", line


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The examples, to be written to, beside the scenarios."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


@pytest.mark.parametrize("file", READMES)
def test_every_line_of_the_readme_runs(file, copy, monkeypatch):
    pytest.importorskip("openpyxl")
    for folder, line in lines_of(text(file)):
        if any(word in line for word in ELSEWHERE) or line == "policy lint":
            continue
        monkeypatch.chdir(copy / folder)
        words = shlex.split(line.split(" > ")[0])[1:]
        result = CliRunner().invoke(app, words, input=".\n" if words[0] == "ask" else None)
        refused = words[0] == "batch" and "--errors" in words  # of which one row is not to be read
        assert result.exit_code in ((2,) if refused else (0, 1, 3)), f"{line}\n{result.output}"
        for made in re.findall(r"(?<=-o )[\w.-]+\.\w+", line):
            assert Path(made).stat().st_size > 500, line


@pytest.mark.parametrize("page", [en for en, _ in PAIRS], ids=lambda page: page.name)
def test_pages_are_pairs_with_the_same_headings_and_commands(page):
    """The Chinese page says the same: as many headings of each depth, tables and items, and whatever is typed."""
    english, chinese = (path.read_text(encoding="utf-8") for path in (page, page.with_suffix(".zh-CN.md")))
    for told in (r"^(#+) (?!.*```)", r"^\| (?:---)", r"^```(\w*)$"):
        assert re.findall(told, english, re.MULTILINE) == re.findall(told, chinese, re.MULTILINE), told
    assert typed(english) == typed(chinese)
    assert re.search(r"[一-鿿]", chinese.splitlines()[0])
    code = r"`((?:tests/)?[a-z_]+(?:[./][a-z_]+)*(?:\.[A-Z_]+|\.py)?(?:::\w+)?)`"
    rows = [
        [sorted(re.findall(code, line)) for line in text.splitlines() if line.startswith("|")]
        for text in (english, chinese)
    ]
    assert rows[0] == rows[1]
    linked = {Path(target).name.replace(".zh-CN", "") for target in re.findall(r"\]\(([^)#:]+\.md)", english)}
    assert linked == {Path(target).name.replace(".zh-CN", "") for target in re.findall(r"\]\(([^)#:]+\.md)", chinese)}


def typed(page):
    """What may be typed: the blocks without what is said beside them, and commands and options inside a line."""
    blocks = re.findall(r"```(?!text)\w+\n(.*?)```", page, re.DOTALL) + re.findall(
        r"(?:^(?: {4}| {6})(?=policy ).*\n)+", page, re.MULTILINE
    )
    said = [re.sub(r"\s+#.*|^#.*", "", line).strip() for block in blocks for line in block.splitlines()]
    inline = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    spans = (span for span in re.findall(r"`([^`\n]+)`", inline) if span.startswith(("policy ", "make ", "--", "pip ")))
    return [line for line in said if line], {
        word for span in spans for word in re.findall(r"--[a-z-]+|^\w+ [a-z-]+", span)
    }
