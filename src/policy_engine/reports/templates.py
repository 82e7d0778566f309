"""Templates of pages: every value escaped, every sign made visible, a name that is not there an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_engine.basics.errors import visible

if TYPE_CHECKING:
    from jinja2 import Environment


def templates(folder: str) -> Environment:
    """The templates in a folder of the package, such as `reports`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("policy_engine", folder), autoescape=True, undefined=StrictUndefined,
        finalize=lambda said: visible(said, "\n") if type(said) is str else said,  # what a macro gives is no text
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
