"""Technicians: which service desk role somebody works in. A resource and a role travel together (3.3, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anypsa.errors import Invalid, NotFound, PermissionDenied, Problem
from anypsa.spi import reading

from . import rows
from .reading import Reader
from .rows import Row
from .tables import TECHNICIANS
from .tables.names import DESK_ROLE, DESK_ROLES

PAIR: Final = "Set a default service desk role for the technician in Autotask."


async def role_of(reader: Reader, technician: str, field: str) -> int:
    """The role of a technician: the default one, the one so marked, or the only one; raises `Invalid` for none."""
    own = rows.number((await reader.row(TECHNICIANS, technician)).get(DESK_ROLE))
    if own is None:
        usable = await roles_of(reader, technician) or ()
        marked = [row for row in usable if row.get(DESK_ROLES.default) is True] or usable
        own = rows.number(marked[0].get(DESK_ROLES.role)) if len(marked) == 1 else None
    if own is None:
        problem = Problem(field, "this technician has no default service desk role")
        raise Invalid("find a technician's role", problems=[problem], hint=PAIR)
    return int(own)


async def roles_of(reader: Reader, technician: str) -> Sequence[Row] | None:
    """The active service desk roles of a technician; None where the user may not see them."""
    key = TECHNICIANS.by_name["id"]
    mine = rows.where(DESK_ROLES.technician, key.codec.encode(technician))
    try:
        found = await rows.all_of(reader.services, DESK_ROLES.path, reading(TECHNICIANS.name), mine)
    except (NotFound, PermissionDenied):
        return None
    return [row for row in found if row.get(DESK_ROLES.active) is not False]
