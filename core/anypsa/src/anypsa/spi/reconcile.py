"""Reconcile: how a create whose answer got lost is found again, per entity, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SETTLES: Final = 300.0
"""Seconds within which a vendor may still commit a write whose connection broke, unless its facts say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """What makes a record recognisable as the one that a lost create asked for.

    `marker`: a text field that is free, invisible to customers and filtered by the vendor; ours is written into it
    when the caller leaves it free. Without one, a record is recognised by its fingerprint: the same in `within`
    (what the vendor can filter by), made by us (`author`, where the record tells), not older than the write (`since`),
    and the same in every field of `same` that the caller named.

    `settles`: seconds after which a late commit is out of the question. `repeatable`: whether it may be sent again
    then, when the caller asks for that; what bills somebody never is.
    """

    marker: str | None = None
    within: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    since: str | None = None
    author: str | None = None
    settles: float = SETTLES
    repeatable: bool = True
