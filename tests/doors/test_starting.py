"""What a command does not need is not imported: a start is quick."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import policy_engine
from policy_engine.doors.options import version

RUN = "import sys; from policy_engine.doors.main import app; app.only({0}); app({0}, standalone_mode=False); print(sorted(sys.modules), file=sys.stderr)"


def test_a_case_is_checked_without_what_reads_rules_once_they_are_compiled(tmp_path):
    checked = [sys.executable, "-c", RUN.format(["check", "award.grant", "--set", "recipient=individual"])]
    ran = [
        subprocess.run(
            checked, env=os.environ | {"POLICY_CACHE": str(tmp_path)}, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert "award.grant" in ran[1].stdout and "'pydantic'" in ran[0].stderr
    unneeded = (
        "pydantic",
        "lark",
        "yaml",
        "importlib.metadata",
        "policy_engine.procedures.load",
        "policy_engine.proving.cases",
        "policy_engine.doors.batch",
        "tempfile",
        "html",
    )
    assert not [name for name in unneeded if f"'{name}'" in ran[1].stderr]


def test_the_package_imports_what_it_offers_when_it_is_asked_for():
    code = "import policy_engine, sys; print(sorted(n for n in sys.modules if n.startswith('policy_engine'))); print(dir(policy_engine)); print(policy_engine.nothing)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == [
        "['policy_engine', 'policy_engine.explaining', 'policy_engine.explaining.looks']",
        str(sorted(policy_engine.__all__)),
    ]
    assert "AttributeError: module 'policy_engine' has no attribute 'nothing'" in ran.stderr
    assert all(getattr(policy_engine, name) for name in (*policy_engine.__all__, "Lang"))


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert version() == project["project"]["version"]


def test_of_the_commands_only_the_one_that_is_called_is_made():
    made = "import sys; from policy_engine.doors.main import app; app.only({!r}); print([c.name or c.callback.__name__ for c in app.registered_commands])"

    def commands(called):
        run = [sys.executable, "-c", made.format(called)]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert commands(["check", "list"]) == "['check']\n" and commands(["list"]) == "['list']\n"
    assert commands(["range"]) == "['range']\n" and commands(["receipt"]) == "['receipt']\n"
    for all_of_them in ([], ["--help"], ["import"], ["chek"], ["--version", "check"]):
        assert "'check'" in commands(all_of_them) and "'register'" in commands(all_of_them)


def test_each_room_adds_the_commands_it_is_entered_for():
    from policy_engine.doors.main import app

    code = "from policy_engine.doors.main import app; import json; print(json.dumps(app.doors))"
    doors = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    added = dict[str, list[str]]()
    for command in app.registered_commands:
        room = command.callback.__module__.removeprefix("policy_engine.doors.")
        added.setdefault(room, []).append(command.name or command.callback.__name__)
    assert {**added, "importing": []} == {**doors, "main": added["main"]}
    assert [group.name for group in app.registered_groups] == ["import"]


def completed(shell, line):
    asked = {
        "_POLICY_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    code = "import sys; sys.argv = ['policy']; from policy_engine.doors.main import main; main()"
    ran = subprocess.run([sys.executable, "-X", "importtime", "-c", code], env=os.environ | asked, capture_output=True, text=True, check=False)  # fmt: skip
    return ran.stdout, ran.stderr


def test_a_name_is_completed_without_any_rule():
    for shell in ("bash", "zsh"):
        offered, imported = completed(shell, "policy check award.gr")
        assert "award.grant" in offered and "yaml" not in imported and "doors.batch" not in imported
    assert "register" in completed("bash", "policy re")[0].split()
    assert "check" in completed("bash", "policy check")[0].split()


def test_what_is_imported_is_not_looked_through_for_garbage():
    code = """
import atexit, gc, sys
import policy_engine.__main__ as begun
looked, freeze = [], gc.freeze
gc.callbacks.append(lambda phase, about: looked.append(phase))
gc.freeze = lambda: (print(len(looked)), freeze())
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 10_000))
sys.argv = ["policy", "--version"]
begun.main()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = ran.stdout.splitlines()
    assert (told[0], told[-1]) == ("0", "True True")
