"""Shown: which table and columns of the world each of the vendor's entities shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..mapping import Shown, columns
from . import companies, contracts, knowledge, tickets, webhooks

SHOWN: Final[Mapping[str, Shown]] = {
    **tickets.ENTITIES,
    **companies.ENTITIES,
    **contracts.ENTITIES,
    **knowledge.ENTITIES,
    **webhooks.ENTITIES,
}


def shown(path: str) -> Shown:
    """How an entity is shown; those that the world does not know keep all their fields in `extra`."""
    return SHOWN.get(path) or Shown("others", columns(id="id"), fixed={"kind": path})
