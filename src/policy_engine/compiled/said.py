"""What was said of a provision before, of cases that are alike as far as it goes: not worked out or worded again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Final, TypeVar

Made = TypeVar("Made")
MOST: Final = 4096
"""So many are kept, those asked for last: some tens of megabytes."""


class Recall:
    """What was made, by what it was made of."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def of(self, key: Hashable, make: Callable[..., Made], *parts: Any) -> Made:
        """What was made for a key, or is made now, of its parts."""
        made = self._found.get(key, self)
        if made is self:  # which nobody makes
            made = self._found[key] = make(*parts)
            if len(self._found) > MOST:
                self._found.popitem(last=False)
            return made
        with suppress(KeyError):  # another thread may have let go of it
            self._found.move_to_end(key)
        return made  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Forget all."""
        self._found.clear()


SAID: Final = Recall()
