"""Lists: the tenant's values, as bare arrays that know no paging (wire/halopsa.md 2.5, 2.6, 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from . import assets, custom, projects
from .filters import ITIL
from .numbering import AGENTS, SLAS
from .tickets import CLOSED, LABELS
from .values import Row, without_nulls, yes
from .view import View, full_name

NOBODY: Final = {"id": 1, "name": "Unassigned", "isdisabled": False}
Query = Mapping[str, str]
Rows = list[dict[str, Any]]


def statuses(query: Query, view: View) -> Rows:
    """Statuses of other kinds stand in the same list, and a filter by type does not work."""
    kept = [one for one in view.lists.lists["status"] if not (yes(query, "excludeclosed") and one.key == CLOSED)]
    return [*({"id": one.id, "name": one.value.name, "type": 0} for one in kept), *projects.statuses(view)]


def priorities(query: Query, view: View) -> Rows:
    return [
        priority(sla, one.id, one.value.name, view)
        for sla in SLAS
        for one in view.lists.lists["priority"]
        if query.get("slaid") in (None, "", str(sla))
    ]


def priority(sla: int, id: int, name: str, view: View) -> dict[str, Any]:
    """A priority comes once for each SLA; its `id` is a GUID, and `priorityid` is what tickets hold."""
    own = f"{name} (SLA {sla})" if sla != SLAS[0] and "priority_names" in view.quirks else name
    times = {"fixtime": 8.0 * sla, "fixunits": "h", "responsetime": 1.0 * sla, "responseunits": "h"}
    key = f"{view.lists.place}/{sla}/{id}" if view.lists.place else f"{sla}/{id}"
    return {
        "id": str(uuid5(NAMESPACE_URL, key)),
        "priorityid": id,
        "slaid": sla,
        "name": own,
        "ishidden": False,
        **times,
    }


def teams(query: Query, view: View) -> Rows:
    return [
        {"id": one.id, "name": one.value.name, "inactive": not one.value.active, "forrequests": True}
        for one in view.lists.lists["queue"]
    ]


def types(query: Query, view: View) -> Rows:
    """The types that the agent may use; those of projects and opportunities only with `showall`."""
    own = [
        {
            "id": one.id,
            "name": one.value.name,
            "use": "ticket",
            "itilrequesttype": ITIL[one.key],
            "hasmandatorytechfields": one.key in view.lists.mandatory,
            "default_sla": SLAS[0],
            "cancreate": True,
            "visible": True,
        }
        for one in view.lists.lists["type"]
    ]
    return [*own, *projects.types(view)] if yes(query, "showall") else own


def whole_type(row: dict[str, Any], view: View) -> dict[str, Any]:
    """A ticket type by its id: with its fields, and which of them a ticket must have."""
    wanted = view.lists.mandatory.get(row["name"], ())
    standard = [(n + 1, name, LABELS[name][0]) for n, name in enumerate(LABELS)]
    own = [(one["id"], custom.internal_name(one), one["name"]) for one in ticket_fields(view)]
    fields = [
        {"fieldid": id, "name": name, "label": label, "mandatory": name in wanted or label in wanted}
        for id, name, label in (*standard, *own)
    ]
    return {**row, "fields": fields}


def ticket_fields(view: View) -> Rows:
    return view.grouped("custom_fields", "subject").get("tickets", [])


def categories(query: Query, view: View) -> Rows:
    kind = view.lists.key("type", query.get("tickettype_id") or 0)
    of_kind = view.lists.categories_of.get(kind or "")
    found = [
        {"id": one.id, "value": one.key, "category_name": one.key, "type_id": 1}
        for one in view.lists.lists["category"]
        if of_kind is None or one.key in of_kind
    ]
    return found if query.get("type_id") in (None, "", "1") else []


def asset_types(query: Query, view: View) -> Rows:
    return [{"id": one.id, "name": one.value.name} for one in view.lists.lists["asset_kind"]]


def outcomes(query: Query, view: View) -> Rows:
    """The kinds of actions: what each hides and mails by itself."""
    return [
        {
            "id": one.id,
            "outcome": one.name,
            "buttonname": one.name,
            "hidefromuser": one.hides,
            "sendemail": int(one.mails),
        }
        for one in view.lists.outcomes.values()
    ]


def slas(query: Query, view: View) -> Rows:
    found: Rows = [{"id": sla, "name": f"SLA {sla}", "workday_id": 1, "trackslafixbytime": True} for sla in SLAS]
    if yes(query, "showpriorities"):
        found = [{**one, "priorities": priorities({"slaid": str(one["id"])}, view)} for one in found]
    return found


def agents(query: Query, view: View) -> Rows:
    everybody = yes(query, "includedisabled")
    found = [agent(row) for row in view.rows("technicians") if everybody or row["active"]]
    return [NOBODY, *found] if yes(query, "includeunassigned") else found


def agent(row: Row) -> dict[str, Any]:
    return without_nulls(
        {
            "id": row["id"] + AGENTS,
            "name": full_name(row),
            "firstname": row["first_name"],
            "surname": row["last_name"],
            "email": row["email"],
            "jobtitle": row["job_title"],
            "isdisabled": not row["active"],
            "isapiagent": row["id"] == 1,
        }
    )


def fields(query: Query, view: View) -> Rows:
    return custom.definitions(view)


LOOKUPS: Final[Mapping[str, Callable[[View], Rows]]] = {
    "11": lambda view: [
        {"id": n, "name": name} for n, name in ((11, "Lookup Types"), (12, "Impact"), (17, "Charge Rates"))
    ],
    "12": lambda view: scale(view, "Company Wide", "Multiple Users", "Single User"),
    "17": lambda view: [{"id": id, "name": row["name"]} for id, row in view.charge_rates() if row["active"]],
    "22": lambda view: [{"id": one.id, "name": one.value.name} for one in view.lists.lists["source"]],
    "27": lambda view: scale(view, "High", "Medium", "Low"),
    "79": lambda view: scale(view, "Booked", "Confirmed", "Done"),
}


def scale(view: View, *names: str) -> Rows:
    return [{"id": view.lists.first_selected + n, "name": name} for n, name in enumerate(names)]


def lookups(query: Query, view: View) -> Rows:
    found = LOOKUPS.get(query.get("lookupid", ""))
    return [] if found is None else found(view)


def only(*names: str) -> Callable[[Query, View], Rows]:
    """A list of which no more is known than that it is one."""
    return lambda query, view: scale(view, *names)


LISTS: Final[Mapping[str, Callable[[Query, View], Rows]]] = {
    "status": statuses,
    "priority": priorities,
    "team": teams,
    "tickettype": types,
    "category": categories,
    "assettype": asset_types,
    "outcome": outcomes,
    "sla": slas,
    "agent": agents,
    "fieldinfo": fields,
    "lookup": lookups,
    "workday": only("Office Hours", "Around the Clock"),
    "budgettype": only("Labour", "Travel"),
    "cannedtext": only("Thank you for your patience"),
}


def one(path: str, id: str, view: View) -> dict[str, Any] | None:
    """A value by its id."""
    everything = {"includedisabled": "true", "includeunassigned": "true", "showall": "true"}
    found = next((row for row in LISTS[path](everything, view) if str(row["id"]) == id), None)
    whole = {"tickettype": whole_type, "assettype": assets.whole_type}.get(path)
    return found if found is None or whole is None else whole(found, view)
