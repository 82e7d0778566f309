"""How an answer looks as text, Markdown and HTML. The package puts it here: looks are decided floors above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

LOOKS: Final[dict[str, Callable[[Any, Any], str]]] = {}
"""By name: of a decision, in a language."""
