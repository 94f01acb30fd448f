"""Orders packed as places of keys that were said before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.prioritising.packing import Packer, Unpacker
from workbench.prioritising.values import Illegible, line, message

ORDERS = st.lists(st.lists(st.text(min_size=1, max_size=6), unique=True, max_size=8), max_size=6)


@given(orders=ORDERS)
def test_what_is_unpacked_is_what_was_packed(orders: list[list[str]]) -> None:
    packer, unpacker = Packer(), Unpacker()
    for keys in orders:
        said = {"kind": "order", "keys": tuple(keys), "basis": "votes"}
        assert unpacker.unpack(message(line(packer.pack(said)))) == said


def test_a_key_is_said_once() -> None:
    packer = Packer()
    packer.pack({"kind": "order", "keys": ("pubmed:1", "pubmed:2")})
    again = packer.pack({"kind": "order", "keys": ("pubmed:2", "pubmed:3", "pubmed:1")})
    assert again["keys"]["new"] == ["pubmed:3"]


def test_messages_without_keys_pass_as_they_are() -> None:
    said = {"kind": "busy", "words": "reading"}
    assert Packer().pack(said) == said
    assert Unpacker().unpack(said) == said


@pytest.mark.parametrize(
    "packed",
    [
        {"new": ["a"]},
        {"new": ["a"], "places": "AQAAAA=="},  # the second of one key
        {"new": ["a"], "places": "AAA="},  # half a number
        {"new": ["a"], "places": "no base64"},
        {"new": None, "places": ""},
    ],
)
def test_what_cannot_be_unpacked_is_refused(packed: dict[str, object]) -> None:
    with pytest.raises(Illegible):
        Unpacker().unpack({"kind": "order", "keys": packed})
