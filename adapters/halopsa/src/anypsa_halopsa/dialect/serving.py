"""Serving: what one signed call of one tenant gets. Reading, writing and deleting, each by the path (2, 3, 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from anypsa_sandbox import Call, Reply

from . import actions, calendars, deleted, files, lists, projects, reports, tickets, webhooks
from .catalogue import ENTITIES, SOFT
from .listing import listed
from .tenants import Tenant, bearer
from .values import NO_DATE, whole, yes

Writer = Callable[[Mapping[str, Any]], dict[str, Any]]
NO_METHOD: Final = {"Message": "The requested resource does not support this http method."}
LIKE: Final = ("client_id", "site_id", "tickettype_id", "priority_id", "team")
NEW: Final = 0.1
"""So many of a storm's changes are new tickets."""
UNREADABLE: Final = "A value could not be converted to the type of its field."
# Dates that come, and say that there is none (7.2).
EMPTY_DATES: Final[Mapping[str, tuple[str, ...]]] = {
    "tickets": ("responsedate", "dateassigned", "lastincomingemail"),
    "users": ("datelastlogin",),
    "asset": ("warranty_end",),
}


class Serving:
    """One tenant's."""

    def __init__(self, tenant: Tenant, cap: int, store: str) -> None:
        self._tenant = tenant
        self._view = tenant.view
        self._cap = cap
        self._store = store
        self._application: str | None = None

    def answer(self, call: Call, path: str, id: str | None) -> Reply:
        """The answer to a call with a good token."""
        client = self._tenant.holders.get(bearer(call))
        # Not its client id itself, which users keep as a secret.
        self._application = None if client is None else str(uuid5(NAMESPACE_URL, client))
        if call.method not in ("GET", "POST", "DELETE"):
            return Reply.of(NO_METHOD, 405)
        if not self._tenant.permits(call, path):
            return Reply(403)
        if call.method == "POST":
            return self._post(call, path) if id is None else Reply(404)
        if call.method == "DELETE":
            return self._delete(call, path, id or "")
        found = self._one(call, path, id) if id is not None else self._list(call, path)
        return Reply(404) if found is None else found if isinstance(found, Reply) else Reply.of(self._odd(path, found))

    # Reading

    def _list(self, call: Call, path: str) -> Any:
        query = {name: value for name, value in call.query.items() if name not in call.ignored_operators}
        hooks = self._tenant.webhooks
        match path:
            case "actions":
                return actions.listed(query, self._view)
            case "attachment":
                return files.listed(query, self._view, self._store)
            case "timesheetevent":
                return calendars.events(query, self._view)
            case "report":
                return reports.listed(query, self._view)
            case "webhook":
                return [hooks.shown(hook) for hook in hooks.hooks]
            case "notification":
                wanted = query.get("webhook_id")
                return [one for one in hooks.notifications if wanted in (None, "", one["webhook_id"])]
            case "webhookevent":
                return hooks.delivered(query)
        if path in lists.LISTS:
            rows = lists.LISTS[path](query, self._view)
            return {"results": rows} if path == "agent" and "agents_in_envelope" in self._view.quirks else rows
        return self._records(path, query) if path in ENTITIES else None

    def _records(self, path: str, query: dict[str, str]) -> Any:
        quirks, view = self._view.quirks, self._view
        if path == "tickets" and yes(query, "deleted"):
            return listed(deleted.DELETED, query, view, self._cap)
        if path == "tickets" and "open_only" in quirks and not {"includeclosed", "closed_only"} & query.keys():
            query["open_only"] = "true"
        found = listed(ENTITIES[path], query, view, self._cap)
        if path == "tickets" and yes(query, "ticketidonly"):
            found["tickets"] = [{"id": row["id"]} for row in found["tickets"]]
        return found[ENTITIES[path].key] if path == "appointment" and "bare_appointments" in quirks else found

    def _one(self, call: Call, path: str, id: str) -> Any:
        view = self._view
        match path:
            case "actions":
                action = actions.one(call.query, id, view)
                html = call.query.get("includehtmlnote", "true").lower() != "false"
                return None if action is None else actions.shown(action, view, html=html)
            case "attachment":
                return files.download(id, view, self._store)
            case "report":
                return reports.one(call.query, id, view)
            case "webhook":
                return self._tenant.webhooks.shown(id) if id in self._tenant.webhooks.hooks else None
        if path in lists.LISTS:
            return lists.one(path, id, view)
        number = int(id) if id.isascii() and id.isdigit() else -1
        paths = ("tickets", "projects", "opportunities") if path == "tickets" else (path,)
        for entity in (ENTITIES[one] for one in paths if one in ENTITIES):
            if (row := entity.row(view, number)) is not None:
                return entity.whole(row, view)
        return None

    def _odd(self, path: str, found: Any) -> Any:
        """What some tenants say otherwise, of the same things (9.1, 8)."""
        quirks, key = self._view.quirks, ENTITIES[path].key if path in ENTITIES else None
        rows = found.get(key, [found]) if isinstance(found, dict) else []
        for row in rows:
            if "text_ids" in quirks:
                row.update({name: str(row[name]) for name in row if name == "id" or name.endswith("_id")})
            elif "float_ids" in quirks:
                row.update(
                    {name: float(id) for name, id in row.items() if name.endswith("_id") and isinstance(id, int)}
                )
            if "empty_dates" in quirks:
                row.update(dict.fromkeys(EMPTY_DATES.get(path, ()), NO_DATE))
        return found

    # Writing

    def _post(self, call: Call, path: str) -> Reply:
        """An array, always; 201, and the last of the items as the answer (4)."""
        writer = self._writer(path)
        if writer is None:
            return Reply(404)
        try:
            body = call.json()
        except ValueError:
            return Reply.of({"[0]": ["The input was not valid JSON."]}, 400)
        if not isinstance(body, list) or not body or not all(isinstance(item, dict) for item in body):
            return Reply.of({"[0].id": ["An array was expected."]}, 400)
        written: list[dict[str, Any]] = []
        try:
            for item in body:
                written.append(writer(item))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return Reply.of({f"[{len(written)}].id": UNREADABLE}, 400)
        status = 200 if "written_is_200" in self._view.quirks else 201
        return Reply.of(written if yes(call.query, "returnall") else written[-1], status)

    def _writer(self, path: str) -> Writer | None:
        view, hooks = self._view, self._tenant.webhooks
        special: Mapping[str, Writer] = {
            "tickets": self._ticket,
            "actions": self._action,
            "attachment": lambda item: files.attach(item, view),
            "report": lambda item: reports.write(item, view),
            "timesheetevent": lambda item: calendars.timed(item, view),
            "webhook": hooks.register,
            "notification": hooks.notify,
        }
        if path in special:
            return special[path]
        write = ENTITIES[path].write if path in ENTITIES else None
        return None if write is None else lambda item: write(item, view)

    def _ticket(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """One ticket, created, changed or brought back; whoever asked for the event is told."""
        view, id = self._view, whole(item["id"]) if item.get("id") else None
        if item.get("_recover") and id is not None:
            deleted.recover(id, view)
        planned = view.row("tickets", id) is None and view.row("projects", id) is not None
        if planned or (id is None and projects.makes(item, view)):
            return projects.write(item, view)
        before = view.row("tickets", id)
        switches = {name: value for name, value in item.items() if not name.startswith("_") or name == "_novalidate"}
        shown = tickets.write(switches, view)
        self._tell(before, shown)
        return shown

    def stir(self, chance: Random) -> str:
        """Somebody renames a ticket, or opens one like it. Returns its id."""
        row = chance.choice([row for row in self._view.rows("tickets") if row["closed"] is None])
        item: dict[str, Any] = {"summary": f"Storm {chance.randrange(1_000_000):06}"}
        if chance.random() < NEW:
            like = tickets.complete(row, self._view)
            item |= {name: like[name] for name in LIKE if like.get(name) is not None}
        else:
            item["id"] = row["id"]
        return str(self._ticket({**item, "_novalidate": True})["id"])

    def _action(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """An action is an update of its ticket."""
        ticket = whole(item.get("ticket_id") or 0)
        before = self._view.row("tickets", ticket)
        made = actions.write(item, self._view, self._application)
        after = self._view.by_id("tickets")[ticket]
        self._tell(before, tickets.complete(after, self._view), made)
        return made

    def _tell(self, before: Any, shown: Mapping[str, Any], action: Mapping[str, Any] | None = None) -> None:
        """The events of a change: one that closes a ticket is three."""
        hooks, after = self._tenant.webhooks, self._view.by_id("tickets")[whole(shown["id"])]
        if before is None:
            hooks.fire(webhooks.CREATED, shown)
            if "created_and_updated" in self._view.quirks:
                hooks.fire(webhooks.UPDATED, shown)
            return
        hooks.fire(webhooks.UPDATED, shown, action)
        if after["status"] != before["status"]:
            hooks.fire(webhooks.STATUS, shown)
        if after["closed"] and not before["closed"]:
            hooks.fire(webhooks.CLOSED, shown)

    # Deleting

    def _delete(self, call: Call, path: str, id: str) -> Reply:
        """Gone, or only inactive; 200 and the id (4)."""
        view, hooks = self._view, self._tenant.webhooks
        number = int(id) if id.isascii() and id.isdigit() else -1
        match path:
            case "tickets":
                row = view.row("tickets", number)
                if row is not None:
                    hooks.fire(webhooks.DELETED, tickets.complete(row, view))
                return deleted.delete(number, call.query, view)
            case "webhook" | "notification":
                gone = hooks.remove(id) if path == "webhook" else hooks.silence(id)
            case "actions":
                action = actions.one(call.query, id, view)
                gone = action is not None
                if action is not None:
                    actions.remove(action, view)
            case "attachment" | "appointment" | "clientcontract":
                gone = view.world.remove("contracts" if path == "clientcontract" else f"{path}s", number)
            case _ if path in SOFT:
                change = {"active": False, "updated": view.now()} if path != "site" else {"active": False}
                gone = view.world.change(ENTITIES[path].table, number - ENTITIES[path].offset, change)
            case _:
                gone = False
        return Reply.of({"id": id if path == "webhook" else number}) if gone else Reply(404)
