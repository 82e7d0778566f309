"""LibreOffice, asked how many pages a document takes; only where a user asks for that: it is a program of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.measuring.pdf import read_pdf

SECONDS: Final = 180


def pages_laid_out(path: Path) -> int:
    """The pages that LibreOffice makes of a document, with the fonts that are there. Raises PolicyError where it is not or fails."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        advice = Text(
            "install LibreOffice, or give the pages: --set pages=…", "请安装 LibreOffice，或用 --set 页数=… 填写"
        )
        raise PolicyError(problem("no-layout", "LibreOffice is not installed", "未安装 LibreOffice", None, advice))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"document{path.suffix.lower()}"
        try:
            shutil.copyfile(path, copy)
            given = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--convert-to", "pdf"]  # fmt: skip
            subprocess.run([*given, "--outdir", folder, str(copy)], capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
            return read_pdf(copy.with_suffix(".pdf")).pages
        except (OSError, subprocess.SubprocessError, PolicyError) as error:
            if isinstance(error, PolicyError) and error.problems[0].code == "extra":
                raise
            en, zh = "LibreOffice made no pages of it", "LibreOffice 未能排版"
            raise PolicyError(problem("no-layout", en, zh, Place(str(path)))) from None
