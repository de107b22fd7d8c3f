"""Contracts and what is billed for them: agreements with the hours left, invoices, recurring invoices (2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import custom
from .customers import columns
from .entity import Entity, Test, among, has, known, of_company, saved
from .numbering import CLIENTS, SLAS
from .values import NO_DATE, NOTHING, Refused, Row, day, missing, moment, numbers, when, whole, without_nulls
from .view import View, of_client

PREPAID: Final = "Block Hours"
RECURRING: Final = "Recurring Service"
ACTIVE, EXPIRED = 1, 2


def hours_left(row: Row, view: View) -> float | None:
    """What is left of the hours that were bought and have not run out; other contracts have none."""
    if row["kind"] != PREPAID:
        return None
    blocks = view.grouped("blocks", "contract").get(row["id"], ())
    now = view.now()
    valid = [one for one in blocks if one["active"] and one["start"] <= now <= one["end"]]
    return round(float(sum(one["hours"] - one["hours_used"] for one in valid)), 4)


def charge(row: Row, view: View) -> float:
    """What a period costs."""
    return float(sum(one["price"] or 0 for one in view.grouped("contract_services", "contract").get(row["id"], ())))


def contract(row: Row, view: View) -> dict[str, Any]:
    now = view.now()
    expired = row["end"] is not None and row["end"] < now
    return without_nulls(
        {
            "id": row["id"],
            "ref": row["name"],
            "refextra": row["number"],
            "client_id": of_client(row["company"]),
            "client_name": view.client_name(row["company"]),
            "site_id": view.main_site(row["company"]),
            "user_id": row["contact"],
            "start_date": day(row["start"]),
            "end_date": day(row["end"]),
            "started": row["start"] is None or row["start"] <= now,
            "expired": expired,
            "active": bool(row["active"]),
            "status": EXPIRED if expired else ACTIVE,
            "contract_status": "Expired" if expired else "Active",
            "contracttype": view.lists.id("contract_kind", row["kind"]),
            "contracttype_name": row["kind"],
            "numberofunitsfree": hours_left(row, view),
            "periodchargeamount": charge(row, view),
            "sla_id": SLAS[row["company"] % 2],
            "use": "contract",
        }
    )


def whole_contract(row: Row, view: View) -> dict[str, Any]:
    blocks = view.grouped("blocks", "contract").get(row["id"], ())
    bought = {"startbalance": float(sum(one["hours"] for one in blocks))} if row["kind"] == PREPAID else {}
    return {**contract(row, view), **bought, **custom.shown("contracts", row, view)}


def write_contract(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """A contract needs its name and its client."""
    values = columns(sent, {"ref": "name"})
    if "client_id" in sent:
        values["company"] = known(view, "companies", whole(sent["client_id"]) - CLIENTS, "Client")
    if "contracttype" in sent:
        values["kind"] = view.lists.key("contract_kind", sent["contracttype"])
    if "user_id" in sent:
        user = sent["user_id"]
        values["contact"] = None if user in NOTHING else known(view, "contacts", whole(user), "User")
    for name, column in (("start_date", "start"), ("end_date", "end")):
        if name in sent:
            values[column] = when(sent[name])
    if not sent.get("id"):
        for column, what in (("name", "Contract Ref"), ("company", "Client")):
            if values.get(column) in (None, ""):
                raise missing(what)
    before = view.row("contracts", whole(sent["id"])) if sent.get("id") else None
    if sent.get("id") and before is None:
        raise Refused("The contract does not exist")
    values |= custom.written("contracts", sent, (before or {}).get("custom", {}), view)
    id = saved(view, "contracts", sent, values, {"active": True, "custom": {}})
    return whole_contract(view.by_id("contracts")[id], view)


def invoice(row: Row, view: View) -> dict[str, Any]:
    paid = row["paid"] is not None
    return without_nulls(
        {
            "id": row["id"],
            "invoicenumber": row["number"],
            "client_id": of_client(row["company"]),
            "client_name": view.client_name(row["company"]),
            "invoice_date": day(row["issued"]),
            "due_date": day(row["due"]),
            "total": row["total"],
            "tax": row["tax"],
            "paid": paid,
            "datepaid": moment(row["paid"]) or NO_DATE,
            "amountdue": 0.0 if paid else row["total"],
            "disabled": bool(row["voided"]),
            "use": "invoice",
        }
    )


def whole_invoice(row: Row, view: View) -> dict[str, Any]:
    items = view.grouped("billing_items", "invoice").get(row["id"], ())
    lines = [
        {
            "id": one["id"],
            "item_description": one["name"],
            "quantity": one["quantity"],
            "unit_price": one["rate"],
            "net_amount": one["amount"],
        }
        for one in items
    ]
    return {**invoice(row, view), "lines": lines}


def recurring(row: Row, view: View) -> dict[str, Any]:
    """A service that is billed each month comes from its contract."""
    return without_nulls(
        {
            "id": row["id"],
            "client_id": of_client(row["company"]),
            "client_name": view.client_name(row["company"]),
            "contract_id": row["id"],
            "contract_ref": row["name"],
            "total": charge(row, view),
            "disabled": not row["active"],
            "use": "recurringinvoice",
        }
    )


def whole_recurring(row: Row, view: View) -> dict[str, Any]:
    services = view.by_id("services")
    lines = [
        {
            "id": one["id"],
            "item_description": services[one["service"]]["name"],
            "quantity": 1,
            "unit_price": one["price"],
            "net_amount": one["price"],
        }
        for one in view.grouped("contract_services", "contract").get(row["id"], ())
    ]
    return {**recurring(row, view), "lines": lines}


OWNED: Final[Mapping[str, Test]] = {
    "client_id": of_company,
    "site_id": lambda row, value, view: view.main_site(row["company"]) in numbers(value),
}
CONTRACT: Final = Entity(
    "contracts",
    "contracts",
    contract,
    whole_contract,
    {**OWNED, "search": has("name", "number")},
    {"id": "id", "ref": "name"},
    write_contract,
    hides_inactive=True,
)
INVOICE: Final = Entity(
    "invoices", "invoices", invoice, whole_invoice, {**OWNED, "client_ids": of_company, "search": has("number")}
)
RECURRING_INVOICE: Final = Entity(
    "contracts",
    "invoices",
    recurring,
    whole_recurring,
    {**OWNED, "contract_id": among("id")},
    only=lambda row: row["kind"] == RECURRING,
)
