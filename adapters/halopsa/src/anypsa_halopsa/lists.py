"""Lists: the tenant's own values, and what decoding makes of them (wire/halopsa.md 2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from anypsa.models import Visibility
from anypsa.spi import Option

from .codecs import NONE, whole
from .tables import OTHER_USES, PROJECT, PROJECT_USES

# Where a tenant's values are listed: path, query, the keys of id and label.
LISTS: Final[Mapping[tuple[str, str], tuple[str, Mapping[str, str], str, str]]] = {
    ("ticket", "status"): ("Status", {}, "id", "name"),
    ("ticket", "priority"): ("Priority", {}, "priorityid", "name"),
    ("ticket", "queue"): ("Team", {"showall": "true"}, "id", "name"),
    ("ticket", "type"): ("TicketType", {"showall": "true"}, "id", "name"),
    ("ticket", "category"): ("Category", {"type_id": "1"}, "id", "value"),
    ("ticket", "source"): ("Lookup", {"lookupid": "22"}, "id", "name"),
    ("asset", "kind"): ("AssetType", {}, "id", "name"),
    ("note", "kind"): ("Outcome", {}, "id", "outcome"),
    ("time_entry", "work_type"): ("Lookup", {"lookupid": "17"}, "id", "name"),
    ("project", "status"): ("Status", {}, "id", "name"),
    ("project", "type"): ("TicketType", {"showall": "true"}, "id", "name"),
}
# The kind of a row, where a list holds several and its own filter is not to be trusted; the first one is ours.
KINDS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("ticket", "status"): ("type", "0"),
    ("ticket", "category"): ("type_id", "1"),
}
# Of projects are those that are not of tickets, in tenants that part them (2.5); the others keep their labels.
OTHERS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {("project", "status"): ("type", "0")}
# The outcomes that write a plain note, by the names they are known under, and the id of the built-in one (2.2).
NOTE_OUTCOMES: Final[Mapping[Visibility, Sequence[str]]] = {
    Visibility.INTERNAL: ("internal note", "private note", "note"),
    Visibility.PUBLIC: ("public note", "note"),
}
BUILT_IN: Final[Mapping[Visibility, str]] = {Visibility.INTERNAL: "7"}


def values(entity: str, field: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[Option]:
    """The values that a list's rows name. One that goes by several names, as a priority may in each SLA, comes once
    for each, with the SLA as what it depends on."""
    _, _, key, label = LISTS[entity, field]
    parted = (entity, field) in OTHERS and not all(of_tickets((entity, field), row) for row in rows)
    listed: dict[tuple[str, str], Option] = {}
    for row in rows:
        id, name = whole(row.get(key)), row.get(label) or row.get("name")
        if name is None or not ours((entity, field), row):
            continue
        active = row.get("inactive") is not True and row.get("ishidden") is not True
        active = active and not (parted and of_tickets((entity, field), row))
        known = listed.get((id, str(name)))
        if known is None or (active and not known.active):
            sla = whole(row["slaid"]) if "slaid" in row else None
            listed[id, str(name)] = Option(id, str(name), active=active, parent=sla)
    return list(listed.values())


def ours(field: tuple[str, str], row: Mapping[str, Any]) -> bool:
    """Whether a row is of the kind that the entity has: statuses and types of projects come in the same lists."""
    if field[1] == "type":
        return (kind_of_type(row) or "ticket") == field[0]
    name, kind = KINDS.get(field, ("", ""))
    return whole(row.get(name)) in (kind, "", "None")


def of_tickets(field: tuple[str, str], row: Mapping[str, Any]) -> bool:
    """Whether a row is of the kind that tickets have, for a list that others share with them."""
    name, kind = OTHERS[field]
    return whole(row.get(name)) in (kind, "", "None")


def kind_of_type(row: Mapping[str, Any]) -> str | None:
    """What a type of ticket makes, if that is no ticket: a project, or what is neither, such as an opportunity."""
    if str(row.get("use") or "").lower() not in OTHER_USES:
        return None
    project = str(row.get("use")).lower() in PROJECT_USES and whole(row.get("itilrequesttype")) in (PROJECT, *NONE)
    return "project" if project else "other"


def labels(options: Sequence[Option]) -> dict[str, str]:
    """Labels by id; the first name is as good as the others."""
    return {option.id: option.label for option in reversed(options)}


def ids(options: Sequence[Option]) -> dict[str, str]:
    """Ids by label without case; of two teams of one name, the active one."""
    listed = sorted(options, key=lambda option: option.active)
    return {option.label.strip().casefold(): option.id for option in listed}


def by_parent(options: Sequence[Option]) -> dict[str, str]:
    """Labels by what the value depends on, and its id."""
    return {f"{option.parent}/{option.id}": option.label for option in options if option.parent not in NONE}


def outcome(options: Sequence[Option], wanted: Visibility, named: str | None = None) -> str | None:
    """The outcome that writes a note of this visibility, if the tenant has one that is known to: the one that the
    profile names, by id or label, before all others. Where the list is closed to the agent, that one's id has to do, or
    the built-in one."""
    if not options:
        return named if named is not None and named.isdecimal() else BUILT_IN.get(wanted) if named is None else None
    if named is not None:
        fitting = [one.id for one in options if one.id == named or one.label.strip().casefold() == named.casefold()]
        return fitting[0] if len(fitting) == 1 else None
    for name in NOTE_OUTCOMES[wanted]:
        for option in options:
            if option.label.strip().casefold() == name:
                return option.id
    return next((option.id for option in options if option.id == BUILT_IN.get(wanted)), None)
