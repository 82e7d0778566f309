"""The README shows what the program really prints; every command is in it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

ROOT = Path(__file__).parents[2]
SHOWN = [
    ("README.md", "check fund.investment", "en"),
    ("README.zh-CN.md", "check party-group.meeting", "zh"),
]


def printed(text: str, marker: str) -> tuple[str, str]:
    """The command shown before a marker, and the output shown after it."""
    command, output = re.search(
        r"```console\n\$ policy (.*?)\n```\n<!-- output: " + re.escape(marker) + r" -->\n```text\n(.*?)```",
        text,
        re.DOTALL,
    ).groups()
    return command.replace("\\\n", " "), output


@pytest.mark.parametrize(("file", "marker", "lang"), SHOWN)
def test_the_first_screen_of_the_readme_is_real_output(file, marker, lang, monkeypatch, update):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    path = ROOT / file
    text = path.read_text(encoding="utf-8")
    command, output = printed(text, marker)
    real = CliRunner().invoke(app, command.split()).output
    if update:
        path.write_text(text.replace(f"-->\n```text\n{output}```", f"-->\n```text\n{real}```"), encoding="utf-8")
        return
    assert output == real


@pytest.mark.parametrize("file", ["README.md", "README.zh-CN.md"])
def test_every_command_is_in_the_readme_and_has_help(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"policy {name}" in text, name
        assert command.callback.__doc__
