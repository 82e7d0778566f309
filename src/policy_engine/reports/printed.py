"""A page as PDF, by WeasyPrint: nothing is fetched, and text is text that can be searched and read aloud."""

from __future__ import annotations

import logging
import shutil
import subprocess
from typing import Any, NoReturn

from policy_engine.basics.errors import Lang, PolicyError, Text, problem
from policy_engine.tables.extras import needed


def printed(page: str, lang: Lang) -> bytes:
    """A self-contained page as PDF, tagged. Raises PolicyError where the library, what it draws with or a Chinese font is missing."""
    with needed("paper", "WeasyPrint"):
        weasyprint = _weasyprint()
    if lang == "zh" and not has_fonts():
        help = Text("apt-get install fonts-noto-cjk", "请执行 apt-get install fonts-noto-cjk")
        raise PolicyError(
            problem("fonts", "no font on this machine has Chinese characters", "本机没有中文字体", None, help)
        )
    logging.getLogger("weasyprint").addHandler(logging.NullHandler())
    logging.getLogger("weasyprint").propagate = False
    found: bytes = weasyprint.HTML(string=page, url_fetcher=_nothing).write_pdf(pdf_tags=True)
    return found


def _weasyprint() -> Any:
    """The library, which loads Pango from the system. Raises PolicyError where that is missing."""
    try:
        import weasyprint
    except OSError as error:
        help = Text("apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
                    "请执行 apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")  # fmt: skip
        why = str(error).partition("\n")[0]
        raise PolicyError(
            problem("pango", f"Pango is not installed: {why}", f"未安装 Pango：{why}", None, help)
        ) from None
    return weasyprint


def has_fonts() -> bool:
    """Whether a font with Chinese characters is there; where nothing can tell, it is taken to be."""
    asked = shutil.which("fc-list")
    if asked is None:
        return True
    ran = subprocess.run([asked, ":lang=zh", "family"], capture_output=True, check=False, timeout=60)  # noqa: S603 - a fixed command
    return ran.returncode != 0 or bool(ran.stdout.strip())


def _nothing(url: str, *_: object, **__: object) -> NoReturn:
    raise ValueError(f"a page is self-contained: {url} is not fetched")
