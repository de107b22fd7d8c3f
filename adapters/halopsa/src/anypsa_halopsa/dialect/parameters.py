"""Parameters: those that the published schema has, for versions that refuse others (wire/halopsa.md 3.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from anypsa_sandbox import Call

LIKE: Final[Mapping[str, str]] = {"projects": "tickets", "opportunities": "tickets"}


def strange(call: Call, path: str, id: str | None) -> list[str]:
    """The parameters of a reading call that are not known; none where nothing is published of the path."""
    path = LIKE.get(path, path)
    known = published().get(path if id is None else f"{path}/{{id}}")
    return [] if known is None or call.method != "GET" else sorted(call.query.keys() - set(known))


@cache
def published() -> Mapping[str, Sequence[str]]:
    """The names by path, from shared/fixtures/halopsa."""
    found: Mapping[str, Sequence[str]] = json.loads(files(__package__).joinpath("parameters.json").read_text("utf-8"))
    return found
