"""Orders on their way between the two processes: each key is said once, afterwards its place stands for it.

An order names every report. As text, fifty thousand keys take fifteen milliseconds to be taken in, during which nobody
is answered who votes; as places they take two.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from workbench.prioritising.values import Illegible


class Packer:
    """On the side that says orders."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def pack(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """A message with the places of its keys; other messages as they are."""
        keys = said.get("keys")
        if not isinstance(keys, list | tuple):
            return dict(said)
        new = [key for key in keys if key not in self._places]
        self._places.update(zip(new, range(len(self._places), len(self._places) + len(new)), strict=True))
        places = array("I", map(self._places.__getitem__, keys))
        return {**said, "keys": {"new": new, "places": b64encode(places.tobytes()).decode("ascii")}}


class Unpacker:
    """On the side that hears them; one for each child, from its first message."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    def unpack(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """The message with its keys as a tuple; Illegible if they cannot be told."""
        packed = said.get("keys")
        if not isinstance(packed, dict):
            return dict(said)
        try:
            self._keys += [sys.intern(str(key)) for key in packed["new"]]
            places = array("I", b64decode(packed["places"], validate=True))
            return {**said, "keys": tuple(map(self._keys.__getitem__, places))}
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Illegible("the keys of an order cannot be told") from error
