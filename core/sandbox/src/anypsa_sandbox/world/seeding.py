"""Seeding: fills a world from a seed. The same seed gives the same world, byte for byte."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from . import words
from .choices import CHOICES, key
from .schema import insert

EPOCH: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SPAN: Final = timedelta(days=300)
HOUSE: Final = 0
"""The MSP itself is a company like any other, and in one vendor's numbering it is number 0."""

API_USER: Final = 1
FIRST_FORM: Final = 3


def moment(value: datetime) -> str:
    """A time as it is stored: fixed width, so that text order is time order."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Seeder:
    """One seeding. Every random choice comes from one generator."""

    def __init__(self, database: sqlite3.Connection, seed: int) -> None:
        self._database = database
        self._random = random.Random(seed)
        self._open = [key(one) for one in CHOICES["status"] if one.active and one.name != "Complete"]

    def fill(self, *, api_user: str, tickets: int) -> None:
        """Everything, in an order in which nothing refers to what is not there yet."""
        self._insert("roles", ((100 + n, name, 1, "{}") for n, name in enumerate(words.ROLES)))
        self._insert("products", ((200 + n, name, 1, "{}") for n, name in enumerate(words.PRODUCTS)))
        technicians = self._insert("technicians", self._technicians(api_user))
        companies = self._insert("companies", self._companies(technicians))
        self._insert("locations", ((300 + c, c, "Head office", None, None, None, 1, "{}") for c in companies))
        contacts = self._by_company("contacts", self._insert("contacts", self._contacts(companies)))
        assets = self._by_company("assets", self._insert("assets", self._assets(companies, contacts)))
        contracts = self._by_company("contracts", self._insert("contracts", self._contracts(companies)))
        staff = [id for id in technicians if id != API_USER][:-1]
        ids = self._insert("tickets", self._tickets(tickets, companies, contacts, assets, contracts, staff))
        self._insert("notes", self._notes(ids, staff, contacts))
        self._lists(staff)
        self._insert("time_entries", self._times())
        self._insert("blocks", self._blocks())

    def _insert(self, table: str, rows: Iterator[Sequence[Any]]) -> list[int]:
        listed = list(rows)
        self._database.executemany(insert(table), listed)
        return [row[0] for row in listed]

    def _by_company(self, table: str, ids: Sequence[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for id, company in self._database.execute(f"SELECT id, company FROM {table} ORDER BY id"):
            found.setdefault(company, []).append(id)
        return found

    def _maybe(self, chance: float, value: Any) -> Any:
        return value if self._random.random() < chance else None

    def _some(self, options: Sequence[Any] | None) -> Any:
        return self._random.choice(options) if options else None

    def _when(self, start: datetime = EPOCH, span: timedelta = SPAN) -> datetime:
        seconds = self._random.randrange(int(span.total_seconds()))
        # None, two or three digits of a second, as vendors send them.
        fraction = self._random.choice((0, 0, 120_000, 457_000, 5_000))
        return start + timedelta(seconds=seconds, microseconds=fraction)

    def _technicians(self, api_user: str) -> Iterator[Sequence[Any]]:
        yield API_USER, "API", "User", api_user, api_user, None, None, 1, None, "{}"
        last = len(words.TECHNICIANS) - 1
        for n, (first, family) in enumerate(words.TECHNICIANS):
            user = f"{first.lower()}.{family.lower()}"
            email = f"{user}@msp.example".encode("ascii", "replace").decode().replace("?", "x")
            yield (
                10 + 3 * n,
                first,
                family,
                user,
                email,
                "Engineer",
                f"+1 555 01{n:02}",
                int(n != last),
                100 + n % 3,
                "{}",
            )

    def _companies(self, technicians: Sequence[int]) -> Iterator[Sequence[Any]]:
        names = ("Our MSP", *words.COMPANIES)
        for n, name in enumerate(names):
            id = HOUSE if n == 0 else 170 + 7 * n
            kind = (
                "Customer" if self._random.random() < 0.8 else self._some([one.name for one in CHOICES["company_kind"]])
            )
            created = self._when(EPOCH - timedelta(days=900), timedelta(days=800))
            yield (
                *(id, name, self._maybe(0.7, f"C-{id:05}"), kind, int(n != len(names) - 1), f"+1 555 {1000 + n}"),
                *(self._maybe(0.6, f"https://www.customer{n}.example"), f"{n} Main Street", self._some(words.CITIES)),
                *(self._maybe(0.8, f"{10_000 + n}"), self._some(technicians[1:3]), None),
                *(moment(created), moment(self._when()), self._custom(), "{}"),
            )

    def _custom(self) -> str:
        site, badge, ranking = words.CUSTOM
        values = {
            site: self._maybe(0.7, self._some(("ZRH-01", "LEE_02", "Malmö 3", "100%", "o'hare"))),
            badge: self._maybe(0.3, str(self._random.randrange(1000))),
            ranking: self._maybe(0.5, self._some(words.RANKINGS)),
        }
        return json.dumps(values, ensure_ascii=False)

    def _contacts(self, companies: Sequence[int]) -> Iterator[Sequence[Any]]:
        id = 4000
        for company in companies:
            for n in range(self._random.randint(2, 6)):
                id += self._random.randint(1, 9)
                first, last = self._some(words.FIRST), self._some(words.LAST)
                yield (
                    *(
                        id,
                        company,
                        first,
                        last,
                        self._some(words.JOBS),
                        self._maybe(0.9, f"person{id}@c{company}.example"),
                    ),
                    *(self._maybe(0.7, f"+1 555 {id}"), self._maybe(0.4, f"+1 444 {id}"), int(n != 5)),
                    *(moment(self._when(EPOCH - SPAN)), moment(self._when()), self._custom(), "{}"),
                )

    def _assets(self, companies: Sequence[int], contacts: dict[int, list[int]]) -> Iterator[Sequence[Any]]:
        id = 9000
        kinds = [one.name for one in CHOICES["asset_kind"]]
        for company in companies:
            for _ in range(self._random.randint(3, 9)):
                id += self._random.randint(1, 5)
                kind, installed = self._some(kinds), self._when(EPOCH - timedelta(days=1500), timedelta(days=1400))
                yield (
                    *(id, f"{kind[:3].upper()}-{id}", company, self._maybe(0.5, self._some(contacts.get(company)))),
                    *(self._maybe(0.9, kind), int(self._random.random() < 0.9), self._maybe(0.8, f"SN{id:08}")),
                    *(self._maybe(0.3, f"REF_{id}"), 200 + id % 4, self._maybe(0.4, "Büro 2. OG")),
                    *(self._maybe(0.3, "Out of 100% warranty"), self._maybe(0.8, moment(installed))),
                    *(self._maybe(0.6, moment(installed + timedelta(days=1095))), moment(installed)),
                    *(moment(self._when()), self._custom(), "{}"),
                )

    def _contracts(self, companies: Sequence[int]) -> Iterator[Sequence[Any]]:
        for n, company in enumerate(companies):
            kind = CHOICES["contract_kind"][n % 5].name
            yield 500 + n, company, f"{kind} {company}", kind, moment(EPOCH), moment(EPOCH + SPAN), 1, "{}"

    def _tickets(
        self,
        count: int,
        companies: Sequence[int],
        contacts: dict[int, list[int]],
        assets: dict[int, list[int]],
        contracts: dict[int, list[int]],
        staff: Sequence[int],
    ) -> Iterator[Sequence[Any]]:
        id, pick, numbers = 7600, self._picker(CHOICES), dict[str, int]()
        roles = dict(self._database.execute("SELECT id, role FROM technicians"))
        for n in range(count):
            id += 400_000 if n == count // 2 and count >= 50_000 else self._random.randint(1, 3)
            company = self._random.choice(companies)
            created = self._when()
            closed = self._closed(created)
            day = f"{created:%Y%m%d}"
            numbers[day] = numbers.get(day, 0) + 1
            category, subcategory = pick("category", 0.8), None
            if category is not None and self._random.random() < 0.8:
                subcategory = self._some([key(one) for one in CHOICES["subcategory"] if one.parent == category])
            assignee = self._maybe(0.6, self._some(staff))
            author = staff[id % len(staff)]
            yield (
                *(id, f"T{day}.{numbers[day]:04}", self._title(), self._maybe(0.8, self._some(words.DETAILS))),
                *("Complete" if closed else self._some(self._open), pick("priority", 1), pick("queue", 0.9)),
                *(pick("type", 0.9), category, subcategory, pick("source", 0.8), company),
                *(
                    self._maybe(0.7, self._some(contacts.get(company))),
                    self._maybe(0.4, self._some(assets.get(company))),
                ),
                *(
                    self._maybe(0.3, self._some(contracts.get(company))),
                    assignee,
                    roles.get(assignee) if assignee else None,
                ),
                *(self._maybe(0.1, f"RMM_{n}%"), self._maybe(0.5, "Fixed.") if closed else None),
                self._maybe(0.5, self._random.choice((0.25, 0.5, 1.0, 1.3333, 2.5))),
                *(author, author if closed else None, FIRST_FORM + id % 3 if id % 5 else None, moment(created)),
                *(
                    moment(closed or created + timedelta(minutes=7)),
                    self._maybe(0.8, moment(created + timedelta(days=2))),
                ),
                *(moment(closed) if closed else None, self._custom(), "{}"),
            )

    def _closed(self, created: datetime) -> datetime | None:
        later = timedelta(minutes=self._random.randint(5, 50_000)) if self._random.random() < 0.6 else None
        return None if later is None else min(created + later, EPOCH + SPAN)

    def _title(self) -> str:
        title: str = self._some(words.TITLES)
        roll = self._random.random()
        if roll < 0.1:
            return title.upper()
        return f"{title} #{self._random.randrange(500)}" if roll < 0.5 else title

    def _picker(self, choices: Any) -> Callable[[str, float], Any]:
        lists = {name: [key(one) for one in values] for name, values in choices.items()}
        return lambda name, chance: self._maybe(chance, self._random.choice(lists[name]))

    def _notes(
        self, tickets: Sequence[int], staff: Sequence[int], contacts: dict[int, list[int]]
    ) -> Iterator[Sequence[Any]]:
        id = 60_000
        everyone = [one for some in contacts.values() for one in some]
        for ticket in self._random.sample(
            list(tickets), k=min(len(tickets), max(50, len(tickets) // 10)) if tickets else 0
        ):
            for _ in range(self._random.randint(1, 3)):
                id += 1
                body, by_staff, created = self._some(words.NOTES), self._random.random() < 0.8, moment(self._when())
                yield (
                    *(
                        id,
                        ticket,
                        self._maybe(0.7, body[:20]),
                        body,
                        self._some([one.name for one in CHOICES["note_kind"]]),
                    ),
                    *("internal" if by_staff and self._random.random() < 0.5 else "public",),
                    *(self._some(staff) if by_staff else None, None if by_staff else self._some(everyone)),
                    *(created, created, "{}"),
                )

    def _lists(self, staff: Sequence[int]) -> None:
        """What technicians may act as, which queues they see, how work is booked, how tickets look."""
        defaults = list(self._database.execute("SELECT id, role FROM technicians WHERE role IS NOT NULL ORDER BY id"))
        pairs = [(id, role, 1) for id, role in defaults] + [
            (id, 100 + (role - 99) % 3, 0) for id, role in defaults[::2]
        ]
        self._insert("technician_roles", ((700 + n, id, role, 1, own, "{}") for n, (id, role, own) in enumerate(pairs)))
        queues = [key(one) for one in CHOICES["queue"] if one.active]
        seen = [(id, queue) for id in staff for queue in self._random.sample(queues, 3)]
        self._insert("queue_members", ((800 + n, id, queue, "{}") for n, (id, queue) in enumerate(seen)))
        self._insert(
            "work_types", ((900 + n, name, int("(" not in name), "{}") for n, name in enumerate(words.WORK_TYPES))
        )
        self._insert("forms", ((FIRST_FORM + n, name, 1, int(n == 0), "{}") for n, name in enumerate(words.FORMS)))

    def _times(self) -> Iterator[Sequence[Any]]:
        """Time worked on every fourth ticket that somebody has."""
        worked = self._database.execute(
            "SELECT id, assignee, role, contract, created FROM tickets WHERE assignee IS NOT NULL AND id % 4 = 0 ORDER BY id"
        )
        for n, (ticket, technician, role, contract, created) in enumerate(worked.fetchall()):
            minutes = self._random.choice((5, 10, 15, 25, 45, 95))
            starts = datetime.fromisoformat(created)
            ends = moment(starts + timedelta(minutes=minutes))
            yield (
                *(4_000 + n, ticket, technician, role, 900 + n % 4, contract, f"{created[:10]}T00:00:00.000000Z"),
                *(created, ends, round(minutes / 60, 4), -(-minutes // 15) * 0.25, self._some(words.WORK)),
                *(self._maybe(0.2, "Interne Notiz: 50% Kulanz"), technician, ends, ends, "{}"),
            )

    def _blocks(self) -> Iterator[Sequence[Any]]:
        """Hours bought in advance, one or two blocks for each contract of that kind."""
        bought = self._database.execute("SELECT id FROM contracts WHERE kind = 'Block Hours' ORDER BY id").fetchall()
        for n, (contract,) in enumerate(one for one in bought for _ in range(1 + one[0] % 2)):
            hours = self._random.choice((10.0, 20.0, 40.0))
            used = round(hours * self._random.choice((0, 0.25, 0.9, 1)), 2)
            yield 60 + n, contract, moment(EPOCH), moment(EPOCH), moment(EPOCH + SPAN), hours, used, 110.0, "{}"
