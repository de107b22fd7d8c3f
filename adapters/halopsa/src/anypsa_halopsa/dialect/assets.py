"""Assets: the tag, the type, and the fields that belong to the type (wire/halopsa.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from . import custom
from .customers import inactive
from .entity import UPDATES, Entity, among, chosen, has, known, of_company, saved
from .values import NO_DATE, NOTHING, Refused, Row, missing, moment, numbers, when, whole, without_nulls, yes
from .view import View, full_name, of_client

# The fields of every type, by the world's columns; and those of one type, which are kept beside.
COMMON: Final = {"Serial Number": "serial_number", "Reference": "reference", "Room": "location"}
MODEL: Final = "Model"
OWN: Final[Mapping[str | None, Sequence[str]]] = {
    "Workstation": ("Operating System", "Memory"),
    "Server": ("Operating System", "Warranty Level"),
    "Firewall": ("Firmware",),
    "Switch": ("Firmware", "Ports"),
}
KEYS: Final = ("Serial Number", MODEL)


def fields_of(kind: str | None, view: View) -> list[tuple[int, str]]:
    """The fields of a type: each type and each tenant numbers its own, whatever they are called."""
    kinds = [one.key for one in view.lists.lists["asset_kind"]]
    first = 100 * (1 + view.lists.place) + 10 * (kinds.index(kind) if kind in kinds else len(kinds))
    return [(first + n, name) for n, name in enumerate((*COMMON, MODEL, *OWN.get(kind, ())))]


def whole_type(kind: dict[str, Any], view: View) -> dict[str, Any]:
    """A type by its id, with its fields; those of an asset that hold something have the same ids."""
    fields = fields_of(view.lists.key("asset_kind", kind["id"]), view)
    return {**kind, "fields": [{"id": id, "name": name} for id, name in fields]}


def value_of(row: Row, name: str, view: View) -> str | None:
    """What a field holds."""
    if name == MODEL:
        return (view.row("products", row["product"]) or {}).get("name")
    found: str | None = row[COMMON[name]] if name in COMMON else row["extra"].get("fields", {}).get(name)
    return found


def fields(row: Row, view: View, *, names: bool) -> list[dict[str, Any]]:
    """The fields that hold something; only the record itself tells their names."""
    found = [(id, name, value_of(row, name, view)) for id, name in fields_of(row["kind"], view)]
    told = [(id, name, value) for id, name, value in found if value is not None]
    return [{"id": id, **({"name": name} if names else {}), "value": v, "display": v} for id, name, v in told]


def shown(row: Row, view: View) -> dict[str, Any]:
    site = row["extra"].get("site_id") or view.main_site(row["company"])
    owner = view.row("contacts", row["contact"])
    return without_nulls(
        {
            "id": row["id"],
            "inventory_number": row["name"],
            "key_field": value_of(row, KEYS[0], view),
            "key_field2": value_of(row, KEYS[1], view),
            "client_id": float(of_client(row["company"])),
            "client_name": view.client_name(row["company"]),
            "site_id": site,
            "site_name": (view.row("locations", site) or {}).get("name"),
            "username": None if owner is None else full_name(owner),
            "assettype_id": view.lists.id("asset_kind", row["kind"]),
            "assettype_name": row["kind"],
            "inactive": not row["active"],
            "warranty_start": moment(row["installed"]) or NO_DATE,
            "warranty_end": moment(row["warranty_until"]) or NO_DATE,
            "last_modified": moment(row["updated"]),
        }
    )


def complete(row: Row, view: View) -> dict[str, Any]:
    owner = view.row("contacts", row["contact"])
    return {
        **shown(row, view),
        **without_nulls({"notes": row["remarks"]}),
        "users": [] if owner is None else [{"id": owner["id"], "name": full_name(owner)}],
        "fields": fields(row, view, names=True),
        **custom.shown("assets", row, view),
    }


def asked_fields(row: Row, query: Mapping[str, str], view: View) -> dict[str, Any]:
    return {"fields": fields(row, view, names=False)} if yes(query, "includeassetfields") else {}


def write(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """An asset needs its type and its site; `fields` replaces all of them (4)."""
    before = view.row("assets", whole(sent["id"])) if sent.get("id") else None
    if sent.get("id") and before is None:
        raise Refused("The asset does not exist")
    values, now = values_of(sent, before, view), view.now()
    if before is None:
        for column, what in (("kind", "Asset Type"), ("company", "Site")):
            if values.get(column) is None:
                raise missing(what)
        values.setdefault("name", f"ASSET-{len(view.rows('assets')) + 1}")
    values |= custom.written("assets", sent, (before or {}).get("custom", {}), view)
    new = {"active": True, "created": now, "custom": {}}
    id = saved(view, "assets", sent, {**values, "updated": now}, new)
    return complete(view.by_id("assets")[id], view)


def values_of(sent: Mapping[str, Any], before: Row | None, view: View) -> dict[str, Any]:
    values: dict[str, Any] = inactive(sent)
    extra = dict((before or {}).get("extra", {}))
    if "inventory_number" in sent:
        values["name"] = sent["inventory_number"]
    if "assettype_id" in sent:
        values["kind"] = view.lists.key("asset_kind", sent["assettype_id"])
    if "site_id" in sent and sent["site_id"] not in NOTHING:
        extra["site_id"] = known(view, "locations", whole(sent["site_id"]), "Site")
        values["company"] = view.by_id("locations")[extra["site_id"]]["company"]
    for name, column in (("warranty_start", "installed"), ("warranty_end", "warranty_until")):
        if name in sent:
            values[column] = when(sent[name])
    if "notes" in sent:
        values["remarks"] = sent["notes"] or None
    if "users" in sent:
        values["contact"] = known(view, "contacts", whole(sent["users"][0]["id"]), "User") if sent["users"] else None
    if "fields" in sent:
        kind = values["kind"] if "kind" in values else (before or {}).get("kind")
        replaced, own = written_fields(sent["fields"], kind, view)
        values |= replaced
        extra["fields"] = own
    return {**values, "extra": extra}


def written_fields(
    sent: Sequence[Mapping[str, Any]], kind: str | None, view: View
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is not sent is gone: the world's columns, and what is kept beside them."""
    names = dict(fields_of(kind, view))
    values: dict[str, Any] = {}
    for one in sent:
        id = whole(one.get("id") or 0)
        if id not in names:
            raise Refused(f"The field {id} does not belong to this asset type")
        values[names[id]] = one.get("value") or None
    products = {row["name"]: row["id"] for row in view.rows("products")}
    if values.get(MODEL) and values[MODEL] not in products:
        products[values[MODEL]] = view.world.add("products", {"name": values[MODEL], "active": True})
    own = {name: value for name, value in values.items() if name not in COMMON and name != MODEL}
    columns = {column: values.get(name) for name, column in COMMON.items()}
    return {**columns, "product": products.get(values.get(MODEL) or "")}, own


ASSET: Final = Entity(
    "assets",
    "assets",
    shown,
    complete,
    {
        "search": has("name", "serial_number"),
        "inventory_number": has("name"),
        "client_id": of_company,
        "site_id": lambda row, value, view: (
            (row["extra"].get("site_id") or view.main_site(row["company"])) in numbers(value)
        ),
        "user_id": among("contact"),
        "assettype_id": chosen("kind", "asset_kind"),
        **UPDATES,
    },
    {"id": "id", "inventory_number": "name"},
    write,
    hides_inactive=True,
    given=asked_fields,
)
