"""Catalogue: which records stand under which path, and which scopes open it (wire/halopsa.md 1.3, 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .articles import ARTICLE
from .assets import ASSET
from .calendars import APPOINTMENT
from .contracts import CONTRACT, INVOICE, RECURRING_INVOICE
from .customers import CLIENT, SITE, USERS
from .entity import Entity
from .projects import OPPORTUNITY, PROJECTS
from .tickets import TICKETS

ENTITIES: Final[Mapping[str, Entity]] = {
    "tickets": TICKETS,
    "client": CLIENT,
    "site": SITE,
    "users": USERS,
    "asset": ASSET,
    "clientcontract": CONTRACT,
    "kbarticle": ARTICLE,
    "appointment": APPOINTMENT,
    "projects": PROJECTS,
    "opportunities": OPPORTUNITY,
    "invoice": INVOICE,
    "recurringinvoice": RECURRING_INVOICE,
}
SOFT: Final = frozenset({"client", "site", "users", "asset", "kbarticle"})
"""What is only made inactive when it is deleted."""


def either(*families: str) -> frozenset[str]:
    """The scopes of families; those that edit let things be read too."""
    return frozenset(f"{verb}:{family}" for family in families for verb in ("read", "edit"))


# Lists of values need no scope of their own. Webhooks need an administrator's rights (6).
SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "tickets": either("tickets"),
    "actions": either("tickets"),
    "attachment": either("tickets"),
    "client": either("customers"),
    "site": either("customers"),
    "users": either("customers"),
    "asset": either("assets"),
    "clientcontract": either("contracts"),
    "kbarticle": either("kb"),
    "appointment": either("calendar"),
    "timesheetevent": either("timesheets"),
    "projects": either("projects", "tickets"),
    "opportunities": either("sales", "crm"),
    "invoice": either("invoices"),
    "recurringinvoice": either("invoices"),
    "report": either("reporting"),
    "webhook": frozenset(),
    "webhookevent": frozenset(),
    "notification": frozenset(),
}
