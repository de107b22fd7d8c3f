"""Lists: the tenant's values, as bare arrays that know no paging (wire/halopsa.md 2.5, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from anypsa_sandbox import World

from . import rows
from .listing import yes
from .numbering import SLAS, Numbering

CLOSED: Final = "Complete"
NOBODY: Final = {"id": 1, "name": "Unassigned", "isdisabled": False}


def bare(path: str, query: Mapping[str, str], world: World, lists: Numbering) -> list[dict[str, Any]] | None:
    """The rows of a list of values, or None for a path that is none."""
    match path:
        case "status":
            # Statuses of other kinds stand in the same list, and a filter by type does not work.
            shown = [one for one in lists.lists["status"] if not (yes(query, "excludeclosed") and one.key == CLOSED)]
            found = [{"id": one.id, "name": one.value.name, "type": 0} for one in shown]
            return [*found, {"id": 900, "name": "New", "type": 1}]
        case "priority":
            return [
                priority(sla, one.id, one.value.name)
                for sla in SLAS
                for one in lists.lists["priority"]
                if query.get("slaid") in (None, "", str(sla))
            ]
        case "team":
            return [
                {"id": one.id, "name": one.value.name, "inactive": not one.value.active} for one in lists.lists["queue"]
            ]
        case "tickettype":
            return [{"id": one.id, "name": one.value.name, "use": "ticket"} for one in lists.lists["type"]]
        case "category":
            found = [{"id": one.id, "value": one.key, "type_id": 1} for one in lists.lists["category"]]
            return found if query.get("type_id") in (None, "", "1") else []
        case "assettype":
            return [{"id": one.id, "name": one.value.name} for one in lists.lists["asset_kind"]]
        case "outcome":
            return [{"id": id, "outcome": name} for id, name in lists.outcomes.items()]
        case "lookup" if query.get("lookupid") == "22":
            return [{"id": one.id, "name": one.value.name} for one in lists.lists["source"]]
        case "agent":
            everybody = yes(query, "includedisabled")
            found = [rows.agent(row, lists) for row in world.rows("technicians") if everybody or row["active"]]
            return [NOBODY, *found] if yes(query, "includeunassigned") else found
    return None


def priority(sla: int, id: int, name: str) -> dict[str, Any]:
    """A priority comes once for each SLA; its `id` is a GUID, and `priorityid` is what tickets hold."""
    return {"id": str(uuid5(NAMESPACE_URL, f"{sla}/{id}")), "priorityid": id, "slaid": sla, "name": name}
