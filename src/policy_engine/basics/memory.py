"""What is worked out once and kept with a thing it is no part of."""

from __future__ import annotations

from typing import Any


class Memory(dict[Any, Any]):
    """What is worked out once and is no part of the thing it is kept with: it is not pickled."""

    def __reduce__(self) -> tuple[type[Memory], tuple[()]]:
        return Memory, ()
