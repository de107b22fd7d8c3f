"""A vendor in memory: enough of Autotask to answer scripted connections, and to fail as told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mini_sql import Server

from anypsa import AsyncPsa, Psa
from anypsa.testing import scripted, scripted_async
from anypsa.wire import ExchangeFailed, Incoming, Outgoing, Sent

USER, SECRET, CODE = "api@acme.example", "canary-secret", "canary-code"
ZONE = "https://webservices5.autotask.net/ATServicesRest/"
ROOT = "/atservicesrest/v1.0/"
UNSENT = ExchangeFailed("no connection could be made", Sent.NO)
LOST = ExchangeFailed("the connection broke", Sent.MAYBE)
HTML = b"<!DOCTYPE html><html>Planned maintenance</html>"
THREADS = (429, {"errors": ["The thread threshold of 3 threads has been exceeded."]})
HOURLY = (429, {"errors": ["The request threshold has been exceeded."]})

Answers = Any
Fault = Callable[[Outgoing], Answers]


def value(id: int | str, label: str, **more: Any) -> dict[str, Any]:
    return {"value": str(id), "label": label, "isActive": True, "parentValue": "", "isDefaultValue": False, **more}


PICKLISTS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "Tickets": {
        "status": [value(1, "New"), value(5, "Complete"), value(8, "In Progress"), value(12, "Old", isActive=False)],
        "priority": [value(1, "High"), value(2, "Medium", isDefaultValue=True), value(4, "Critical")],
        "queueID": [value(29682833, "Service Desk"), value(8, "29682833"), value(9, "Twin"), value(10, "Twin")],
        "issueType": [value(10, "Hardware"), value(11, "Software")],
        "subIssueType": [value(20, "Other", parentValue="10"), value(21, "Other", parentValue="11")],
    },
    "TicketNotes": {
        "noteType": [value(13, "Workflow Rule"), value(3, "Task Notes")],
        "publish": [value(1, "All Autotask Users"), value(2, "Internal Project Team")],
    },
    "Companies": {"companyType": [value(1, "Customer")]},
    "ConfigurationItems": {"configurationItemType": []},
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "Tickets": {"title": "", "status": 1, "priority": 2, "queueID": None, "companyID": 7, "contactID": None,
                "assignedResourceID": None, "externalID": None, "createDate": "2026-03-01T12:00:00Z", "userDefinedFields": []},
    "TicketNotes": {"ticketID": 1, "title": "t", "description": "", "noteType": 3, "publish": 2,
                    "createDateTime": "2026-03-01T12:00:00Z", "creatorResourceID": None},
    "Companies": {"companyName": "Acme", "isActive": True, "userDefinedFields": []},
    "Contacts": {"companyID": 7, "firstName": "Ada", "lastName": "Byron", "isActive": 1, "userDefinedFields": []},
    "Resources": {"firstName": "Jane", "lastName": "Doe", "userName": "jane", "email": "jane@msp.example",
                  "isActive": True, "defaultServiceDeskRoleID": 77},
    "ResourceServiceDeskRoles": {"resourceID": 1, "roleID": 77, "isActive": True, "isDefault": False},
}  # fmt: skip


class Vendor:
    """One database. `told` is what it was sent; `fails(...)` makes it answer otherwise."""

    def __init__(self, **tables: int) -> None:
        self.zone = ZONE
        self.secret = SECRET
        self.tables: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in DEFAULTS}
        self.picklists = json.loads(json.dumps(PICKLISTS))
        self.udfs: list[dict[str, Any]] = [
            {"name": "Site Code", "type": "string"},
            {"name": "Seats", "type": "integer"},
        ]
        self.told: list[Outgoing] = []
        self.page = 500
        self.threshold: Any = {}
        self.facts: dict[str, dict[str, dict[str, Any]]] = {}
        self.server = Server()
        self._faults: list[tuple[str, str, Fault, list[int]]] = []
        self._lock = threading.Lock()
        for name, count in tables.items():
            for number in range(1, count + 1):
                self.add(name, id=number)

    def add(self, table: str, **row: Any) -> dict[str, Any]:
        """A row with these values."""
        known = self.tables.setdefault(table, {})
        whole = {**json.loads(json.dumps(DEFAULTS.get(table, {}))), "id": max(known, default=0) + 1, **row}
        known[whole["id"]] = whole
        return whole

    def fails(self, method: str, path: str, answer: Answers, *, times: int = 1) -> None:
        """Answers so many requests, whose path ends like this, in another way; the first told comes first."""
        fault = answer if callable(answer) else lambda outgoing: answer
        self._faults.append((method, path, fault, [times]))

    def sent(self, method: str, path: str = "") -> list[Outgoing]:
        """The requests whose path ends like this."""
        return [one for one in self.told if one.method == method and matches(one, path)]

    def bodies(self, method: str, path: str = "") -> list[Any]:
        return [json.loads(one.content) for one in self.sent(method, path)]

    def writes(self) -> list[Outgoing]:
        """The requests that change anything."""
        return [one for one in self.told if one.method != "GET" and "/query" not in one.url]

    def __call__(self, outgoing: Outgoing) -> Answers:
        with self._lock:
            self.told.append(outgoing)
            for method, path, fault, times in self._faults:
                if times[0] > 0 and method in ("", outgoing.method) and matches(outgoing, path):
                    times[0] -= 1
                    return fault(outgoing)
            return self.answer(outgoing)

    def answer(self, outgoing: Outgoing) -> Answers:
        """What the healthy vendor says."""
        parts = urlsplit(outgoing.url)
        path = parts.path.casefold().removeprefix(ROOT)
        if path == "zoneinformation":
            return {"url": self.zone, "zoneName": "Z"}
        at_home = outgoing.url.casefold().startswith(self.zone.casefold())
        if outgoing.headers.get("Secret") != self.secret or not at_home:
            return Incoming(401, {"www-authenticate": "Basic"}, b"")
        if path == "version":
            return {"majorVersion": 1}
        if path == "thresholdinformation":
            return self.threshold
        segments = parts.path[len(ROOT) :].split("/")
        body = json.loads(outgoing.content) if outgoing.content else None
        return self.routed(outgoing.method, segments, parse_qs(parts.query), body)

    def routed(self, method: str, segments: list[str], query: Mapping[str, list[str]], body: Any) -> Answers:
        table = segments[0]
        match method, segments[1:]:
            case "GET", ["entityInformation", "fields"]:
                lists, facts = self.picklists.get(table, {}), self.facts.get(table, {})
                listed = {name: {"isPickList": True, "picklistValues": lists[name]} for name in lists}
                names = dict.fromkeys([*listed, *facts])
                return {"fields": [{"name": name, **listed.get(name, {}), **facts.get(name, {})} for name in names]}
            case "GET", ["entityInformation", "userDefinedFields"]:
                return {"fields": self.udfs}
            case "POST", ["query"] | ["query", "next"]:
                return self.listed(table, body, int(query.get("paging", ["-1"])[0]))
            case "POST", ["query", "count"]:
                return {"queryCount": len(self.found(table, body))}
            case "GET", [id]:
                return {"item": self.tables.get(table, {}).get(int(id))}
            case "POST", []:
                return {
                    "itemId": self.add(table, **{**body, "id": max(self.tables.get(table, {}), default=0) + 1})["id"]
                }
            case "POST", [parent, "Notes"]:
                row = {**body, "ticketID": int(parent), "id": len(self.tables["TicketNotes"]) + 1}
                return {"itemId": self.add("TicketNotes", **row)["id"]}
            case "PATCH", []:
                self.tables[table][body["id"]].update(body)
                return {"itemId": body["id"]}
            case "PATCH", [_, "Notes"]:
                self.tables["TicketNotes"][body["id"]].update(body)
                return {"itemId": body["id"]}
        return 404, {"Message": "No HTTP resource was found."}

    def found(self, table: str, body: Any) -> list[dict[str, Any]]:
        rows = [row for _, row in sorted(self.tables.get(table, {}).items())]
        return [dict(row) for row in self.server.returns(body["filter"], rows)]

    def listed(self, table: str, body: Any, after: int) -> Answers:
        size = min(body["maxRecords"], self.page)
        rows = [row for row in self.found(table, body) if row["id"] > after]
        more = f"{self.zone}v1.0/{table}/query/next?paging={rows[size - 1]['id']}" if len(rows) > size else None
        return page(rows[:size], more)


def page(rows: list[dict[str, Any]], link: str | None = None) -> dict[str, Any]:
    """One page as the vendor sends it."""
    details = {"count": len(rows), "requestCount": 500, "prevPageUrl": None, "nextPageUrl": link}
    return {"items": rows, "pageDetails": details}


def link(table: str, number: int, zone: str = ZONE) -> str:
    return f"{zone}v1.0/{table}/query/next?paging={number}"


def matches(outgoing: Outgoing, path: str) -> bool:
    return re.search(f"(^|/){re.escape(path)}$", urlsplit(outgoing.url).path) is not None if path else True


def settings(more: Mapping[str, Any]) -> dict[str, Any]:
    return {"username": USER, "secret": SECRET, "integration_code": CODE, **more}


def connect(vendor: Vendor, **more: Any) -> Psa:
    """A blocking connection to it, on virtual time."""
    return scripted("autotask", vendor, **settings(more))


def connect_async(vendor: Vendor, **more: Any) -> AsyncPsa:
    """An async connection to it."""
    return scripted_async("autotask", vendor, **settings(more))


def wire(psa: Psa | AsyncPsa) -> Any:
    """Its wire: the clock and what was slept."""
    return psa.context.session.wire
