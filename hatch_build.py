"""Ships what the rules are made into beside them, so that the first command after an installation reads no YAML.

Entries are those that `policy_engine.rulefiles.cache` keeps for any tree: named by the content of rules and program, and found by no other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MADE = (
    "from policy_engine.book import load; from policy_engine.procedures.load import called; load().called(); called()"
)


class CustomBuildHook(BuildHookInterface):
    """Compiles all rules and procedures of the checkout; an editable installation compiles what it is asked for."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the entries into the wheel. Raises CalledProcessError where a rule is faulty."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        path = os.pathsep.join(filter(None, [f"{self.root}/src", os.environ.get("PYTHONPATH")]))
        how = {
            "POLICY_CACHE": self.folder.name,
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
        subprocess.run([sys.executable, "-c", MADE], env=os.environ | how, check=True)  # noqa: S603
        made = sorted(Path(self.folder.name).iterdir())
        if not made or any(self.root.encode() in file.read_bytes() for file in made):
            raise RuntimeError(f"{self.folder.name}: no entries, or the path of this checkout in one")
        build_data["force_include"][self.folder.name] = "policy_engine/shipped/compiled"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind."""
        if version != "editable":
            self.folder.cleanup()
