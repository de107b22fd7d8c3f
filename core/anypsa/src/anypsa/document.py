"""Documents: others' JSON, parsed within limits; or cut open, without parsing what is inside."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from pydantic_core import from_json

# No honest answer is nested deeper; what is may be after the recursion limit of whoever walks over it.
DEPTH: Final = 64

Slice = msgspec.Raw
"""A part of a document that was not parsed. It keeps the whole document alive; `bytes(it)` is a copy."""

Members = dict[str, list[Slice] | dict[str, Slice] | str | float | int | bool | None]


def parsed(content: bytes) -> Any:
    """What a document holds; raises `ValueError` for what is no JSON, or nested too deep."""
    value = from_json(content, allow_inf_nan=False)
    if deeper_than(DEPTH, value):
        raise ValueError("it is nested too deep")
    return value


def deeper_than(levels: int, value: Any) -> bool:
    """Whether lists and objects are nested deeper than so many levels."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        inner = [one for outer in level for one in (outer.values() if type(outer) is dict else outer)]
        level = [one for one in inner if type(one) in (dict, list)]
        if not level:
            return False
    return True


def cut(content: bytes) -> Members | None:
    """The members of an object, where lists and objects hold slices; None for whatever is no such document.

    Slices are well-formed by their brackets only: what is in them shows when they are parsed.
    """
    try:
        if not content.isascii():
            content.decode()
        return CUTTER.decode(content)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


CUTTER: Final = msgspec.json.Decoder(Members)
