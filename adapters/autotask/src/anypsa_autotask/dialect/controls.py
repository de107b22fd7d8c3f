"""Controls: what a test can make happen to a tenant beside what its clients do (`/_control/dialect`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any, Final

import orjson

from anypsa_sandbox import Call

from . import texts
from .routing import API, Patterns, Route, find
from .serving import Serving
from .tenants import Tenant
from .writing import Writer

PATH_PARTS: Final = ("zone", "other", "discovery")
LIKE: Final = ("companyID", "status", "priority", "ticketType", "dueDateTime")
NEW: Final = 0.1
"""So many of a storm's changes are new tickets."""
DONE: Final[Mapping[str, Any]] = {}


def move(tenant: Tenant, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """To another zone; `stale` zone information goes on naming the old one."""
    if values.get("door") not in PATH_PARTS:
        raise ValueError(f"door: there are {', '.join(PATH_PARTS)}")
    tenant.told = tenant.door if values.get("stale") else values["door"]
    tenant.door = values["door"]
    return DONE


def unlock(tenant: Tenant, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An account that wrong secrets locked."""
    tenant.refused = 0
    return DONE


def switch(tenant: Tenant, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Any of the switches."""
    tenant.switches.set(values)
    return vars(tenant.switches)


def post_time(tenant: Tenant, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Posts a time entry to billing: it makes a billing item, and takes hours of the contract's first open block."""
    world, now = tenant.world, tenant.hooks.clock.moment()
    entry = world.row("time_entries", int(values["time_entry"]))
    if entry is None or entry["posted"] is not None:
        raise ValueError(f"there is no unposted time entry {values['time_entry']}")
    ticket = world.row("tickets", entry["ticket"]) if entry["ticket"] is not None else None
    open_blocks = [one for one in world.rows("blocks") if one["contract"] == entry["contract"] and one["active"]]
    block = next((one for one in open_blocks if one["hours_used"] < one["hours"]), None)
    if block is not None:
        world.change("blocks", block["id"], {"hours_used": block["hours_used"] + entry["hours_billed"]})
    world.change("time_entries", entry["id"], {"posted": now})
    item = {"company": None if ticket is None else ticket["company"], "ticket": entry["ticket"], "posted": now}
    item |= {"contract": entry["contract"], "block": None if block is None else block["id"]}
    item |= {"time_entry": entry["id"], "quantity": entry["hours_billed"], "worked": entry["worked"]}
    return {"billing_item": world.add("billing_items", item)}


def delete_ticket(tenant: Tenant, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """As a person does in the vendor's own pages (`resource`): logged, and told to webhooks."""
    world, id, resource = tenant.world, int(values["id"]), int(values["resource"])
    row = world.row("tickets", id)
    if row is None:
        raise ValueError(f"there is no ticket {id}")
    told = {"ticket": id, "number": row["number"], "title": row["title"], "deleted_by": resource}
    world.add("deleted_tickets", {**told, "deleted": tenant.hooks.clock.moment()})
    world.remove("tickets", id)
    tenant.hooks.fire("Delete", "Ticket", {"id": id}, None, resource)
    return DONE


ACTIONS: Final[Mapping[str, Callable[[Tenant, Mapping[str, Any]], Mapping[str, Any]]]] = {
    "move": move,
    "unlock": unlock,
    "switch": switch,
    "post_time": post_time,
    "delete_ticket": delete_ticket,
}


def act(tenant: Tenant, patterns: Patterns, now: datetime, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Writes as a person does (`resource`), with the API's words: `method`, `path` below `/V1.0/`, `body`."""
    body = values["body"]
    call = Call(str(values["method"]), f"{API}/{values['path']}", {}, {}, orjson.dumps(body), tenant.door)
    route = find(patterns, call.method, call.path)
    if not isinstance(route, Route) or route.action != "collection":
        raise ValueError(f"{call.method} {values['path']} writes nothing")
    serving = Serving(call, tenant, route, "", now)
    parent = None if route.parent is None else int(route.parent)
    try:
        writer = Writer(route.entity, tenant, now, parent, int(values["resource"]))
        return {"id": serving.written(writer, body)}
    except texts.Refused as refused:
        raise ValueError("; ".join(refused.texts)) from None


def item(tenant: Tenant, patterns: Patterns, now: datetime, path: str) -> Mapping[str, Any]:
    """A record as the API shows it."""
    call = Call("GET", f"{API}/{path}", {}, {}, b"", tenant.door)
    route = find(patterns, call.method, call.path)
    if not isinstance(route, Route) or route.action != "one":
        raise ValueError(f"{path} is no record")
    found: Mapping[str, Any] = orjson.loads(Serving(call, tenant, route, "", now).one().content)["item"]
    return found


def stir(tenant: Tenant, patterns: Patterns, now: datetime, chance: Random) -> str:
    """Somebody renames a ticket, takes it in hand, or opens one like it. Returns its id."""
    ticket = chance.choice([row for row in tenant.world.rows("tickets") if row["closed"] is None])
    person = chance.choice([row["id"] for row in tenant.world.rows("technicians") if row["active"]])
    body: dict[str, Any] = {"title": f"Storm {chance.randrange(1_000_000):06}"}
    method = "POST" if chance.random() < NEW else "PATCH"
    if method == "POST":
        like = item(tenant, patterns, now, f"Tickets/{ticket['id']}")
        body |= {name: like[name] for name in LIKE if like[name] is not None}
    else:
        body["id"] = ticket["id"]
    values = {"resource": person, "method": method, "path": "Tickets", "body": body}
    return str(act(tenant, patterns, now, values)["id"])
