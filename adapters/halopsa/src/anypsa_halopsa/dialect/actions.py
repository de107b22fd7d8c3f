"""Actions: notes, mails and time, one list; their ids count within the ticket (wire/halopsa.md 2.2, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from . import tickets
from .numbering import AGENTS, Outcome
from .values import NOTHING, Refused, Row, asked_time, missing, moment, numbers, plain, when, whole, without_nulls, yes
from .view import View, full_name

NOTES, TIME = "notes", "time_entries"
NEVER: Final = datetime(2100, 1, 1, tzinfo=UTC)
APPLICATION: Final = "application"
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Action:
    """A note or a time entry of the world, and its number in its ticket."""

    table: str
    row: Row
    number: int


def of_ticket(ticket: int, view: View) -> list[Action]:
    """A ticket's actions by their numbers; what the sandbox has not numbered yet takes the free ones, oldest first."""
    rows = [(table, row) for table in (NOTES, TIME) for row in view.grouped(table, "ticket").get(ticket, ())]
    fixed = [Action(table, row, row["extra"]["number"]) for table, row in rows if "number" in row["extra"]]
    others = [(table, row) for table, row in rows if "number" not in row["extra"]]
    others.sort(key=lambda one: (one[1]["created"] or NEVER, one[0], one[1]["id"]))
    taken = {one.number for one in fixed}
    free = (number for number in range(1, len(rows) + len(taken) + 1) if number not in taken)
    return sorted(
        [*fixed, *(Action(table, row, next(free)) for table, row in others)], key=lambda action: action.number
    )


def settle(ticket: int, view: View) -> int:
    """Fixes the numbers of a ticket's actions before one comes or goes; the number that comes next."""
    found = of_ticket(ticket, view)
    for one in found:
        if "number" not in one.row["extra"]:
            view.world.change(one.table, one.row["id"], {"extra": {**one.row["extra"], "number": one.number}})
    return max((one.number for one in found), default=0) + 1


def everything(view: View) -> list[Action]:
    """All actions of all tickets."""
    grouped = {**view.grouped(NOTES, "ticket"), **view.grouped(TIME, "ticket")}
    return [one for ticket in sorted(id for id in grouped if id is not None) for one in of_ticket(ticket, view)]


def when_done(action: Action) -> datetime:
    """When it happened."""
    found: datetime = action.row["created"] or NEVER
    return found


def hidden(action: Action) -> bool:
    if action.table == NOTES:
        return bool(action.row["visibility"] == "internal")
    return bool(action.row["extra"].get("hidden"))


def outcome_of(action: Action, view: View) -> Outcome:
    """How it was written, or how such a thing is written here."""
    known = view.lists.outcomes.get(action.row["extra"].get("outcome_id", 0))
    return known or view.lists.outcome(hides=hidden(action), times=action.table == TIME)


def shown(action: Action, view: View, *, html: bool) -> dict[str, Any]:
    row, outcome = action.row, outcome_of(action, view)
    timed = action.table == TIME
    body, agent = (row["summary"], row["technician"]) if timed else (row["body"], row["author"])
    writer = view.row("contacts", None if timed else row["author_contact"])
    status = row["extra"].get("new_status")
    return without_nulls(
        {
            "id": action.number,
            "guid": str(uuid5(NAMESPACE_URL, f"{action.table}/{row['id']}")),
            "ticket_id": row["ticket"],
            "outcome_id": outcome.id,
            "outcome": outcome.name,
            "note": body or "",
            "note_html": body or "" if html else None,
            "hiddenfromuser": hidden(action),
            "important": False,
            "who": view.agent_name(agent) or (None if writer is None else full_name(writer)),
            "who_agentid": 0 if agent is None else agent + AGENTS,
            "who_type": 1 if agent is not None else 0,
            "actionby_application_id": row["extra"].get("application"),
            "actionby_agent_id": None if agent is None else agent + AGENTS,
            "actionby_user_id": None if writer is None else writer["id"],
            "new_status": status,
            "sendemail": row["extra"].get("mailed"),
            "datetime": row["extra"].get("datetime") or moment((timed and row["starts"]) or row["created"]),
            "actiondatecreated": moment(row["created"]),
            "last_updated": moment(row["updated"]),
            **(time(row, view) if timed else {"timetaken": 0.0}),
        }
    )


def time(row: Row, view: View) -> dict[str, Any]:
    """What an action tells of the work: hours, never minutes."""
    rate = next((id for id, kind in view.charge_rates() if kind["id"] == row["work_type"]), 0)
    charged = 0.0 if row["free"] else row["hours_billed"]
    return {
        "timetaken": row["hours"],
        "actionarrivaldate": moment(row["starts"]),
        "actioncompletiondate": moment(row["ends"]),
        "actisbillable": not row["free"],
        "actisreadyforprocessing": row["posted"] is not None,
        "chargerate": rate,
        "actionchargehours": charged,
        "actionnonchargehours": row["hours"] if row["free"] else 0.0,
        "action_contract_id": row["contract"] or 0,
    }


def listed(query: Mapping[str, str], view: View) -> dict[str, Any]:
    """One answer; without a ticket and without days it is empty."""
    ticket, begin, end = (query.get(name, "") for name in ("ticket_id", "startdate", "enddate"))
    found: Sequence[Action] = ()
    if ticket:
        found = of_ticket(int(ticket), view) if ticket.isdigit() else ()
    elif begin and end:
        found = [one for one in everything(view) if asked_time(begin) <= when_done(one) <= asked_time(end)]
    if yes(query, "excludeprivate"):
        found = [one for one in found if not hidden(one)]
    if yes(query, "timeentriesonly"):
        found = [one for one in found if one.table == TIME]
    if query.get("actoutcome"):
        found = [one for one in found if outcome_of(one, view).id in numbers(query["actoutcome"])]
    count = int(query["count"]) if query.get("count", "").isdigit() else len(found)
    rows = [shown(one, view, html=yes(query, "includehtmlnote")) for one in found[:count]]
    envelope = {"record_count": len(rows), "actions": rows}
    return {"ticket_id": int(ticket), **envelope} if ticket.isdigit() else envelope


def one(query: Mapping[str, str], id: str, view: View) -> Action | None:
    """The action of a number; its ticket must be named, since the number says nothing alone."""
    ticket = query.get("ticket_id", "")
    found = of_ticket(int(ticket), view) if ticket.isdigit() else []
    return next((one for one in found if str(one.number) == id), None)


def remove(action: Action, view: View) -> None:
    """The numbers of the others stay."""
    settle(action.row["ticket"], view)
    view.world.remove(action.table, action.row["id"])


def write(sent: Mapping[str, Any], view: View, application: str | None = None) -> dict[str, Any]:
    """One action, by an application; an outcome must be named, and decides what is not said."""
    ticket = whole(sent.get("ticket_id") or 0)
    if view.row("tickets", ticket) is None:
        raise Refused("The ticket does not exist")
    number = whole(sent["id"]) if sent.get("id") else None
    before = next((one for one in of_ticket(ticket, view) if one.number == number), None)
    if number is not None and before is None:
        raise Refused("The action does not exist")
    next_number = settle(ticket, view)
    if before is not None:
        change(before, sent, view)
    else:
        create(ticket, next_number, {**sent, APPLICATION: application}, view)
    if sent.get("new_status") not in NOTHING:
        tickets.write({"id": ticket, "status_id": sent["new_status"]}, view)
    wanted = number or next_number
    return shown(next(one for one in of_ticket(ticket, view) if one.number == wanted), view, html=True)


def named_outcome(sent: Mapping[str, Any], view: View) -> Outcome:
    """The outcome by its id or by the name that the tenant gave it."""
    id, name = sent.get("outcome_id"), sent.get("outcome")
    for one in view.lists.outcomes.values():
        if (id not in NOTHING and one.id == whole(id)) or (id in NOTHING and one.name == name):
            return one
    raise Refused("An Outcome must be entered for this Action")


def create(ticket: int, number: int, sent: Mapping[str, Any], view: View) -> None:
    outcome, now = named_outcome(sent, view), view.now()
    mailed = bool(sent.get("sendemail", outcome.mails))
    hides = bool(sent.get("hiddenfromuser", outcome.hides))
    extra: Changes = {"number": number, "outcome_id": outcome.id, "mailed": mailed, "hidden": hides}
    if sent[APPLICATION] is not None:
        extra["application"] = sent[APPLICATION]
    if sent.get("new_status") not in NOTHING:
        extra["new_status"] = whole(sent["new_status"])
    if (happened := when(sent.get("datetime"))) is not None:
        extra["datetime"] = moment(happened)
    if mailed:
        view.mails.append({"ticket": ticket, "to": sent.get("emailto")})
    values = {"ticket": ticket, "author": 1, "created": now, "updated": now, "extra": extra}
    if hours(sent):
        view.world.add(TIME, {"kind": "Ticket", "technician": 1, **values, **worked(sent, None, view)})
        return
    visible = {"visibility": "internal" if hides else "public"}
    view.world.add(NOTES, {"kind": "Task Notes", **values, **visible, "body": text(sent) or ""})


def change(action: Action, sent: Mapping[str, Any], view: View) -> None:
    row = view.by_id(action.table)[action.row["id"]]
    values: Changes = {"updated": view.now(), "extra": dict(row["extra"])}
    if "hiddenfromuser" in sent:
        values["extra"]["hidden"] = bool(sent["hiddenfromuser"])
        if action.table == NOTES:
            values["visibility"] = "internal" if sent["hiddenfromuser"] else "public"
    if (happened := when(sent.get("datetime"))) is not None:
        values["extra"]["datetime"] = moment(happened)
    if action.table == TIME:
        values |= worked(sent, row, view)
    elif text(sent) is not None:
        values["body"] = text(sent)
    view.world.change(action.table, row["id"], values)


def text(sent: Mapping[str, Any]) -> str | None:
    """What was written: as HTML, or plain; None when nothing was sent."""
    if "note_html" not in sent and "note" not in sent:
        return None
    return plain(sent.get("note_html") or sent.get("note") or "")


def hours(sent: Mapping[str, Any]) -> float:
    """The hours said, or those between begin and end."""
    if sent.get("timetaken"):
        return round(float(sent["timetaken"]), 4)
    begin, end = when(sent.get("actionarrivaldate")), when(sent.get("actioncompletiondate"))
    return round((end - begin) / timedelta(hours=1), 4) if begin and end else 0.0


def worked(sent: Mapping[str, Any], before: Row | None, view: View) -> Changes:
    """The columns of a time entry that an action tells; what is charged is counted here, in quarters of an hour."""
    values: Changes = {} if text(sent) is None else {"summary": text(sent)}
    begin, end = when(sent.get("actionarrivaldate")), when(sent.get("actioncompletiondate"))
    taken = hours(sent) or (before["hours"] if before else 0.0)
    values |= {"hours": taken, "hours_billed": -(-taken // 0.25) * 0.25}
    if before is None and begin is None:
        end = end or view.now()
        begin = end - timedelta(hours=taken)
    if begin is not None:
        start = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        values |= {"starts": begin, "ends": end or begin + timedelta(hours=taken), "worked": start}
    elif end is not None:
        values["ends"] = end
    if sent.get("chargerate") not in NOTHING:
        rates = {id: row["id"] for id, row in view.charge_rates()}
        if whole(sent["chargerate"]) not in rates:
            raise missing("Charge Rate")
        values["work_type"] = rates[whole(sent["chargerate"])]
    if "actisbillable" in sent:
        values["free"] = not sent["actisbillable"]
    elif before is None:
        values["free"] = False
    if sent.get("who_agentid") not in NOTHING:
        values["technician"] = whole(sent["who_agentid"]) - AGENTS
    return values
