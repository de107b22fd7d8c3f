"""Customers: clients, their sites and their users (wire/halopsa.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import custom
from .entity import UPDATES, Entity, agent_of, has, known, merged, of_company, saved
from .numbering import AGENTS, CLIENTS, SLAS
from .values import Refused, Row, missing, moment, numbers, whole, without_nulls, yes
from .view import View, full_name, of_client

MAIN: Final = "Main"
LINES: Final = {"delivery_address_line1": "address", "delivery_address_line3": "city"} | {
    "delivery_address_line4": "postal_code"
}


def inactive(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Halo asks whether something is inactive, the world whether it is active."""
    return {"active": not sent["inactive"]} if "inactive" in sent else {}


def columns(sent: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The columns that were sent; an empty text clears."""
    return {column: sent[name] or None for name, column in names.items() if name in sent}


def client(row: Row, view: View) -> dict[str, Any]:
    return without_nulls(
        {
            "id": of_client(row["id"]),
            "name": row["name"],
            "ref": row["number"],
            "inactive": not row["active"],
            "toplevel_id": 1,
            "toplevel_name": "All customers",
            "customertype": view.lists.id("company_kind", row["kind"]) or 0,
            "accountmanagertech": 0 if row["owner"] is None else row["owner"] + AGENTS,
            "is_account": False,
            "use": "client",
        }
    )


def whole_client(row: Row, view: View) -> dict[str, Any]:
    site = view.row("locations", view.main_site(row["id"])) or {}
    return without_nulls(
        {
            **client(row, view),
            "main_site_id": site.get("id"),
            "main_site_name": site.get("name"),
            "website": row["website"],
            "notes": row["extra"].get("notes"),
            "stopped": 0,
            **custom.shown("companies", row, view),
        }
    )


def write_client(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """A client; a new one gets a main site by itself."""
    id = whole(sent["id"]) - CLIENTS if sent.get("id") else None
    before = view.row("companies", id)
    if id is not None and before is None:
        raise Refused("The client does not exist")
    values = columns(sent, {"name": "name", "ref": "number", "website": "website"}) | inactive(sent)
    if "customertype" in sent:
        values["kind"] = view.lists.key("company_kind", sent["customertype"])
    if "accountmanagertech" in sent:
        values["owner"] = agent_of(sent["accountmanagertech"], view)
    if ("name" in sent or id is None) and not values.get("name"):
        raise missing("Name")
    values |= custom.written("companies", sent, (before or {}).get("custom", {}), view)
    values["extra"] = {**(before or {}).get("extra", {}), **{name: sent[name] for name in ("notes",) if name in sent}}
    now = view.now()
    if id is None:
        id = view.world.add("companies", {"active": True, "created": now, "custom": {}, **values, "updated": now})
        view.world.add("locations", {"company": id, "name": MAIN, "main": True, "active": True})
    else:
        view.world.change("companies", id, {**values, "updated": now})
    return whole_client(view.by_id("companies")[id], view)


def site(row: Row, view: View) -> dict[str, Any]:
    """A site; the id of its client comes as 21.0."""
    company = view.row("companies", row["company"]) or {}
    return without_nulls(
        {
            "id": row["id"],
            "name": row["name"],
            "client_id": float(of_client(row["company"])),
            "client_name": company.get("name"),
            "clientsite_name": f"{company.get('name')}/{row['name']}",
            "inactive": not row["active"],
            "sla_id": SLAS[row["company"] % 2],
            "phonenumber": row["phone"] or (company.get("phone") if row["main"] else None),
            "timezone": "UTC",
            "use": "site",
        }
    )


def address(row: Row, view: View) -> dict[str, Any]:
    """The address of a site; a main site without its own is where its client is."""
    company = view.row("companies", row["company"]) or {} if row["main"] else {}
    return without_nulls({line: row[column] or company.get(column) for line, column in LINES.items()})


def whole_site(row: Row, view: View) -> dict[str, Any]:
    return {**site(row, view), **address(row, view), "customfields": []}


def asked_address(row: Row, query: Mapping[str, str], view: View) -> dict[str, Any]:
    return address(row, view) if yes(query, "includeaddress") else {}


def write_site(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    values = columns(sent, {"name": "name", "phonenumber": "phone", **LINES}) | inactive(sent)
    if "client_id" in sent:
        values["company"] = known(view, "companies", whole(sent["client_id"]) - CLIENTS, "Client")
    if not sent.get("id") and not values.get("name"):
        raise missing("Name")
    if not sent.get("id") and "company" not in values:
        raise missing("Client")
    id = saved(view, "locations", sent, values, {"active": True, "main": False})
    return whole_site(view.by_id("locations")[id], view)


def user_site(row: Row, view: View) -> int | None:
    """Where a user is: the site named, or the client's main one."""
    found: int | None = row["extra"].get("site_id") or view.main_site(row["company"])
    return found


def user(row: Row, view: View) -> dict[str, Any]:
    """A user; ids of sites come as floats, and now and then those of clients as text."""
    company, where = of_client(row["company"]), user_site(row, view)
    return without_nulls(
        {
            "id": row["id"],
            "name": full_name(row),
            "firstname": row["first_name"],
            "surname": row["last_name"],
            "title": row["job_title"],
            "emailaddress": row["email"],
            "phonenumber": row["phone"],
            "mobilenumber": row["mobile"],
            "client_id": str(company) if row["id"] % 3 == 0 else company,
            "client_name": view.client_name(row["company"]),
            "site_id": None if where is None else float(where),
            "site_id_int": where,
            "site_name": (view.row("locations", where) or {}).get("name"),
            "inactive": not row["active"],
            "linked_agent_id": 0,
            "use": "user",
        }
    )


def people(view: View) -> list[dict[str, Any]]:
    """The users of the world; and where lists show them, those of the sites that stand for everybody."""
    found = view.rows("contacts")
    if "general_users" not in view.quirks:
        return found
    return [*found, *(general(site, view) for site in view.rows("locations"))]


def general(site: Row, view: View) -> dict[str, Any]:
    """A site's General User, who is nobody in particular (2.3)."""
    blank = dict.fromkeys(next(iter(view.rows("contacts")), {}))
    name = {"first_name": GENERAL[0], "last_name": GENERAL[1], "extra": {"site_id": site["id"]}, "custom": {}}
    return {**blank, **name, "id": GENERALS + site["id"], "company": site["company"], "active": site["active"]}


def hidden_user(view: View, id: int) -> dict[str, Any] | None:
    """A General User by the id."""
    site = view.row("locations", id - GENERALS)
    return None if site is None else general(site, view)


GENERALS: Final = 500_000
GENERAL: Final = ("General", "User")


def not_general(row: Row, query: Mapping[str, str], view: View) -> bool:
    asked = yes(query, "exclude_generaluser") or yes(query, "exclude_defaultsiteusers")
    return not asked or row["id"] < GENERALS


def whole_user(row: Row, view: View) -> dict[str, Any]:
    created = without_nulls({"datecreated": moment(row["created"])})
    return {**user(row, view), **created, **custom.shown("contacts", row, view)}


PERSON: Final = {"firstname": "first_name", "surname": "last_name", "title": "job_title", "emailaddress": "email"} | {
    "phonenumber": "phone",
    "mobilenumber": "mobile",
}


def write_user(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """A user needs a name, in one or in two, and a site."""
    values = columns(sent, PERSON) | inactive(sent)
    if sent.get("name") and not {"firstname", "surname"} & sent.keys():
        values["first_name"], _, values["last_name"] = str(sent["name"]).partition(" ")
    extra = merged(view, "contacts", sent, ())
    if "site_id" in sent:
        extra["site_id"] = known(view, "locations", whole(sent["site_id"]), "Site")
        values["company"] = view.by_id("locations")[extra["site_id"]]["company"]
    if not sent.get("id") and not (values.get("first_name") or values.get("last_name")):
        raise missing("Name")
    if not sent.get("id") and "company" not in values:
        raise missing("Site")
    before = view.row("contacts", whole(sent["id"])) if sent.get("id") else None
    if sent.get("id") and before is None:
        raise Refused("The user does not exist")
    values |= custom.written("contacts", sent, (before or {}).get("custom", {}), view)
    now = view.now()
    new = {"active": True, "created": now, "custom": {}}
    id = saved(view, "contacts", sent, {**values, "extra": extra, "updated": now}, new)
    return whole_user(view.by_id("contacts")[id], view)


def at_site(row: Row, value: str, view: View) -> bool:
    return user_site(row, view) in numbers(value)


CLIENT: Final = Entity(
    "companies",
    "clients",
    client,
    whole_client,
    {"search": has("name", "number"), "search_name_only": has("name"), **UPDATES},
    {"id": "id", "name": "name"},
    write_client,
    CLIENTS,
    hides_inactive=True,
)
SITE: Final = Entity(
    "locations",
    "sites",
    site,
    whole_site,
    {"client_id": of_company, "search": has("name")},
    {"id": "id", "name": "name"},
    write_site,
    hides_inactive=True,
    given=asked_address,
)
USERS: Final = Entity(
    "contacts",
    "users",
    user,
    whole_user,
    {
        "client_id": of_company,
        "site_id": at_site,
        "search": has("first_name", "last_name", "email"),
        **UPDATES,
    },
    {"id": "id", "surname": "last_name"},
    write_user,
    hides_inactive=True,
    all=people,
    unlisted=hidden_user,
    also=not_general,
)
