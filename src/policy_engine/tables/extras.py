"""What is installed for tables only: where a library is missing, the message says how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from policy_engine.basics.errors import PolicyError, Text, problem


@contextmanager
def needed(extra: str = "tables", name: str | None = None) -> Iterator[None]:
    """What is imported inside needs an extra of this package: it is told by `name`, or else by that of the library.

    Raises:
        PolicyError: a library is not there, or does not work; the help says what to install.
    """
    try:
        yield
    except ImportError as error:
        why = str(error).partition("\n")[0]
        what, more = (error.name or why, "") if name is None else (name, why)
        help = Text(f"pip install 'policy-engine[{extra}]'", f"请执行 pip install 'policy-engine[{extra}]'")
        en, zh = f"{what} is not installed", f"未安装 {what}"
        en, zh = (f"{en}: {more}", f"{zh}：{more}") if more else (en, zh)
        raise PolicyError(problem("extra", en, zh, None, help)) from None
