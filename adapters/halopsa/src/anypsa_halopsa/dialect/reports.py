"""Reports: SQL over the vendor's own tables, whose names are not those of the API (wire/halopsa.md 2.6, 7.21)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from . import actions
from .values import Refused, missing, moment, numbers, whole, yes
from .view import View

Report = dict[str, Any]
SEEDED: Final[Sequence[Report]] = (
    {"id": 1, "name": "Open tickets", "sql": "SELECT faultid, symptom FROM faults WHERE datecleared IS NULL"},
    {"id": 2, "name": "Tickets by type", "sql": "SELECT requesttype, COUNT(*) AS n FROM faults GROUP BY requesttype"},
)
TABLES: Final[Mapping[str, Sequence[str]]] = {
    "faults": ("faultid", "symptom", "requesttype", "dateoccured", "datecleared"),
    "actions": ("faultid", "actionnumber", "note"),
}
ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})


def listed(query: Mapping[str, str], view: View) -> dict[str, Any]:
    """The reports that are saved, without what they find."""
    found = [plain(one) for one in saved(view) if query.get("search", "").casefold() in str(one["name"]).casefold()]
    if yes(query, "pageinate") and query.get("page_no", "").isdigit():
        size = int(query["page_size"]) if query.get("page_size", "").isdigit() else len(found) or 1
        number = int(query["page_no"])
        page = found[(number - 1) * size : number * size]
        return {"page_no": number, "page_size": size, "record_count": len(found), "reports": page}
    return {"record_count": len(found), "reports": found}


def one(query: Mapping[str, str], id: str, view: View) -> Report | None:
    """A saved report; with what it finds, when that is asked for."""
    found = next((one for one in saved(view) if whole(one["id"]) in numbers(id)), None)
    if found is None:
        return None
    return {**plain(found), "sql": found["sql"], **(loaded(found["sql"], view) if yes(query, "loadreport") else {})}


def write(sent: Mapping[str, Any], view: View) -> Report:
    """Saves a report, or only loads what its SQL finds."""
    if sent.get("_loadreportonly"):
        return {"id": 0, "name": str(sent.get("name", "")), **loaded(str(sent.get("sql", "")), view)}
    if not sent.get("name"):
        raise missing("Name")
    before = next((one for one in saved(view) if sent.get("id") and one["id"] == whole(sent["id"])), None)
    if sent.get("id") and before is None:
        raise Refused("The report does not exist")
    id = before["id"] if before is not None else 1 + max(one["id"] for one in saved(view))
    report = {**(before or {"sql": ""}), **{name: sent[name] for name in ("name", "sql") if name in sent}, "id": id}
    view.reports[id] = report
    return report


def saved(view: View) -> list[Report]:
    return list({**{one["id"]: one for one in SEEDED}, **view.reports}.values())


def plain(report: Report) -> Report:
    return {"id": report["id"], "name": report["name"], "use": "report"}


def loaded(sql: str, view: View) -> dict[str, Any]:
    """What SQL finds. A fault of it is told in an answer like any other."""
    with closing(sqlite3.connect(":memory:")) as database:
        for table, columns in TABLES.items():
            database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            marks = ", ".join("?" * len(columns))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", ROWS[table](view))  # constants
        database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY)
        try:
            found = database.execute(sql)
            names = [column[0] for column in found.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in found]
        except sqlite3.Error as fault:
            return {"load_error": str(fault), "report": {"rows": []}}
    return {"report": {"rows": rows, "available_columns": [{"name": name} for name in names]}}


def faults(view: View) -> Iterator[tuple[Any, ...]]:
    for row in view.rows("tickets"):
        kind = view.lists.id("type", row["type"])
        yield row["id"], row["title"], kind, moment(row["created"]), moment(row["closed"])


def noted(view: View) -> Iterator[tuple[Any, ...]]:
    for one in actions.everything(view):
        yield one.row["ticket"], one.number, one.row.get("body") or one.row.get("summary")


ROWS: Final = {"faults": faults, "actions": noted}
