"""What is worked out when it is first asked for, and objects that hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


def made(kind: type[Made], **fields: Any) -> Made:
    """An object of a frozen class without what freezing costs each field; one that is left out is as the class has it."""
    found = object.__new__(kind)
    found.__dict__.update(fields)
    return found


class Once(Generic[Made]):
    """A property that is worked out when it is first asked for and then kept with the object, without waiting for a lock."""

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: object, owner: type | None = None) -> Made:
        if holder is None:
            return self  # type: ignore[return-value]  # of the class, for those that read what it says of itself
        made = holder.__dict__[self._name] = self._make(holder)
        return made
