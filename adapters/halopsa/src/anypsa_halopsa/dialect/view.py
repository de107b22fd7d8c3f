"""View: a tenant's world as its shapes and writers see it: rows that are read once, and the names behind ids."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from anypsa_sandbox import Clock, World

from .numbering import CLIENTS, Numbering
from .values import Row


class View:
    """One tenant's. What was read is kept until something is written."""

    def __init__(self, world: World, lists: Numbering, clock: Clock, quirks: set[str]) -> None:
        self.world = world
        self.lists = lists
        self.quirks = quirks
        self.now = clock.moment
        self.mails: list[dict[str, Any]] = []
        """What would have gone to customers: an outcome may mail by itself (wire/halopsa.md 7.15)."""
        self.deleted: dict[int, dict[str, Any]] = {}
        """Tickets that can be brought back, whole."""
        self.reports: dict[int, dict[str, Any]] = {}
        """Reports that were saved, by their ids."""
        self._version = (-1, -1)
        self._kept: dict[tuple[str, str], Any] = {}

    def forget(self) -> None:
        """What is kept beside the world, as it began."""
        self.mails.clear()
        self.deleted.clear()
        self.reports.clear()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The world's rows, made anew only when something was written."""
        found: list[dict[str, Any]] = self._once("rows", table, lambda: self.world.rows(table))
        return found

    def by_id(self, table: str) -> dict[int, dict[str, Any]]:
        """The same by their ids."""
        found: dict[int, dict[str, Any]] = self._once(
            "by_id", table, lambda: {row["id"]: row for row in self.rows(table)}
        )
        return found

    def row(self, table: str, id: Any) -> dict[str, Any] | None:
        """One row, or None."""
        return self.by_id(table).get(id)

    def grouped(self, table: str, column: str) -> dict[Any, list[dict[str, Any]]]:
        """The rows of a table by one of its columns."""

        def made() -> dict[Any, list[dict[str, Any]]]:
            found: dict[Any, list[dict[str, Any]]] = {}
            for row in self.rows(table):
                found.setdefault(row[column], []).append(row)
            return found

        grouped: dict[Any, list[dict[str, Any]]] = self._once(column, table, made)
        return grouped

    def latest(self, table: str, asked: Hashable, make: Callable[[], list[Row]]) -> list[Row]:
        """What was last made of a table, while the same is asked: pages of one list come one after the other."""
        kept: dict[Hashable, list[Row]] = self._once("latest", table, dict)
        if asked not in kept:
            kept.clear()
            kept[asked] = make()
        return kept[asked]

    def client_name(self, company: int | None) -> str | None:
        """What a company is called."""
        return (self.row("companies", company) or {}).get("name")

    def agent_name(self, technician: int | None) -> str | None:
        """What a technician is called."""
        row = self.row("technicians", technician)
        return None if row is None else full_name(row)

    def main_site(self, company: int | None) -> int | None:
        """Every client has a main site (2.3); its users and assets are there unless they say otherwise."""
        sites = self.grouped("locations", "company").get(company, [])
        return next((row["id"] for row in sites if row["main"]), sites[0]["id"] if sites else None)

    def charge_rates(self) -> Sequence[tuple[int, Row]]:
        """The kinds of work with their ids of lookup 17, which each tenant counts for itself."""
        return [(self.lists.first_rate + n, row) for n, row in enumerate(self.rows("work_types"))]

    def _once(self, what: str, table: str, make: Callable[[], Any]) -> Any:
        if self._version != self.world.version:
            self._version = self.world.version
            self._kept.clear()
        key = (what, table)
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def full_name(row: Row) -> str:
    """A person's name in one."""
    return f"{row['first_name'] or ''} {row['last_name'] or ''}".strip()


def of_client(company: int) -> int:
    """The id under which a company is a client."""
    return company + CLIENTS
