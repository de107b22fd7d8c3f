"""Seeding: fills a world from a seed. The same seed gives the same world, byte for byte."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from . import words
from .billing import fill_billing
from .choices import CHOICES, key
from .desk import fill_desk
from .filling import Filling
from .lists import FIRST_FORM, fill_lists
from .values import EPOCH, SPAN

HOUSE: Final = 0
"""The MSP itself is a company like any other, and in one vendor's numbering it is number 0."""

API_USER: Final = 1
SHIFT: Final = 20
SHIFTS: Final = 40
"""How far the ids of lists lie apart in worlds of neighbouring seeds: no tenant's ids fit another's."""


class Seeder:
    """One seeding. Every random choice comes from one generator."""

    def __init__(self, database: sqlite3.Connection, seed: int) -> None:
        self._database = database
        self._random = random.Random(seed)
        self._filling = Filling(database, self._random, SHIFT * ((seed - 1) % SHIFTS))
        self._shift = self._filling.shift
        self._open = [key(one) for one in CHOICES["status"] if one.active and one.name != "Complete"]

    def fill(self, *, api_user: str, tickets: int) -> None:
        """Everything, in an order in which nothing refers to what is not there yet."""
        self._insert("roles", self._roles())
        self._insert("products", ({"id": 200 + self._shift + n, "name": name} for n, name in enumerate(words.PRODUCTS)))
        technicians = self._insert("technicians", self._technicians(api_user))
        companies = self._insert("companies", self._companies(technicians))
        self._insert("locations", self._locations(companies))
        contacts = self._by_company("contacts", self._insert("contacts", self._contacts(companies)))
        assets = self._by_company("assets", self._insert("assets", self._assets(companies, contacts)))
        contracts = self._by_company("contracts", self._insert("contracts", self._contracts(companies)))
        staff = [id for id in technicians if id != API_USER][:-1]
        ids = self._insert("tickets", self._tickets(tickets, companies, contacts, assets, contracts, staff))
        self._insert("notes", self._notes(ids, staff, contacts))
        fill_lists(self._filling, staff)
        fill_billing(self._filling)
        fill_desk(self._filling, staff)

    def _insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[int]:
        return self._filling.put(table, rows)

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

    def _roles(self) -> Iterator[Mapping[str, Any]]:
        for n, name in enumerate(words.ROLES):
            yield {"id": 100 + self._shift + n, "name": name, "rate": 95.0 + 15 * n}

    def _technicians(self, api_user: str) -> Iterator[Mapping[str, Any]]:
        yield {"id": API_USER, "first_name": "API", "last_name": "User", "username": api_user, "email": api_user}
        last = len(words.TECHNICIANS) - 1
        for n, (first, family) in enumerate(words.TECHNICIANS):
            user = f"{first.lower()}.{family.lower()}"
            yield {
                "id": 10 + self._shift + 3 * n,
                "first_name": first,
                "last_name": family,
                "username": user,
                "email": f"{user}@msp.example".encode("ascii", "replace").decode().replace("?", "x"),
                "job_title": "Engineer",
                "phone": f"+1 555 01{n:02}",
                "active": n != last,
                "role": 100 + self._shift + n % 3,
            }

    def _companies(self, technicians: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        names = ("Our MSP", *words.COMPANIES)
        kinds = [one.name for one in CHOICES["company_kind"]]
        for n, name in enumerate(names):
            id = HOUSE if n == 0 else 170 + 7 * n
            kind = "Customer" if self._random.random() < 0.8 else self._some(kinds)
            created = self._when(EPOCH - timedelta(days=900), timedelta(days=800))
            yield {
                "id": id,
                "name": name,
                "number": self._maybe(0.7, f"C-{id:05}"),
                "kind": kind,
                "active": n != len(names) - 1,
                "phone": f"+1 555 {1000 + n}",
                "website": self._maybe(0.6, f"https://www.customer{n}.example"),
                "address": f"{n} Main Street",
                "city": self._some(words.CITIES),
                "postal_code": self._maybe(0.8, f"{10_000 + n}"),
                "owner": self._some(technicians[1:3]),
                "created": created,
                "updated": self._when(),
                "custom": self._custom(),
            }

    def _locations(self, companies: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        """Everybody's head office; some have a branch, some of those were closed."""
        for company in companies:
            yield {"id": 300 + company, "company": company, "name": "Head office", "main": True}
        for n, company in enumerate(companies[1::3]):
            named = {"name": f"Büro {n + 2} [branch]", "address": f"{n} O'Connell Rd", "city": words.CITIES[n % 6]}
            yield {
                "id": 700 + company,
                "company": company,
                **named,
                "active": n % 4 != 3,
                "postal_code": f"{2_000 + n}",
            }

    def _custom(self) -> dict[str, Any]:
        site, badge, ranking = words.CUSTOM
        return {
            site: self._maybe(0.7, self._some(("ZRH-01", "LEE_02", "Malmö 3", "100%", "o'hare"))),
            badge: self._maybe(0.3, str(self._random.randrange(1000))),
            ranking: self._maybe(0.5, self._some(words.RANKINGS)),
        }

    def _contacts(self, companies: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        id = 4000
        for company in companies:
            for n in range(self._random.randint(2, 6)):
                id += self._random.randint(1, 9)
                yield {
                    "id": id,
                    "company": company,
                    "first_name": self._some(words.FIRST),
                    "last_name": self._some(words.LAST),
                    "job_title": self._some(words.JOBS),
                    "email": self._maybe(0.9, f"person{id}@c{company}.example"),
                    "phone": self._maybe(0.7, f"+1 555 {id}"),
                    "mobile": self._maybe(0.4, f"+1 444 {id}"),
                    "active": n != 5,
                    "created": self._when(EPOCH - SPAN),
                    "updated": self._when(),
                    "custom": self._custom(),
                }

    def _assets(self, companies: Sequence[int], contacts: dict[int, list[int]]) -> Iterator[Mapping[str, Any]]:
        id = 9000
        kinds = [one.name for one in CHOICES["asset_kind"]]
        for company in companies:
            for _ in range(self._random.randint(3, 9)):
                id += self._random.randint(1, 5)
                kind, installed = self._some(kinds), self._when(EPOCH - timedelta(days=1500), timedelta(days=1400))
                yield {
                    "id": id,
                    "name": f"{kind[:3].upper()}-{id}",
                    "company": company,
                    "contact": self._maybe(0.5, self._some(contacts.get(company))),
                    "kind": self._maybe(0.9, kind),
                    "active": self._random.random() < 0.9,
                    "serial_number": self._maybe(0.8, f"SN{id:08}"),
                    "reference": self._maybe(0.3, f"REF_{id}"),
                    "product": 200 + self._shift + id % 4,
                    "location": self._maybe(0.4, "Büro 2. OG"),
                    "remarks": self._maybe(0.3, "Out of 100% warranty"),
                    "installed": self._maybe(0.8, installed),
                    "warranty_until": self._maybe(0.6, installed + timedelta(days=1095)),
                    "created": installed,
                    "updated": self._when(),
                    "custom": self._custom(),
                }

    def _contracts(self, companies: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        """One for every company, of every kind in turn; a second, ended one for some."""
        kinds = CHOICES["contract_kind"]
        for n, company in enumerate(companies):
            kind = kinds[n % len(kinds)].name
            named = {"name": f"{kind} {company}", "number": f"K-{company:04}" if n % 2 else None, "kind": kind}
            yield {
                "id": 500 + self._shift + n,
                "company": company,
                **named,
                "start": EPOCH,
                "end": EPOCH + SPAN,
                "preset": n % 3 == 0,
                "updated": EPOCH,
            }

    def _tickets(
        self,
        count: int,
        companies: Sequence[int],
        contacts: dict[int, list[int]],
        assets: dict[int, list[int]],
        contracts: dict[int, list[int]],
        staff: Sequence[int],
    ) -> Iterator[Mapping[str, Any]]:
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
            yield {
                "id": id,
                "number": f"T{day}.{numbers[day]:04}",
                "title": self._title(),
                "description": self._maybe(0.8, self._some(words.DETAILS)),
                "status": "Complete" if closed else self._some(self._open),
                "priority": pick("priority", 1),
                "queue": pick("queue", 0.9),
                "type": pick("type", 0.9),
                "category": category,
                "subcategory": subcategory,
                "source": pick("source", 0.8),
                "company": company,
                "contact": self._maybe(0.7, self._some(contacts.get(company))),
                "asset": self._maybe(0.4, self._some(assets.get(company))),
                "contract": self._maybe(0.3, self._some(contracts.get(company))),
                "location": 300 + company if id % 4 == 1 else None,
                "assignee": assignee,
                "role": roles.get(assignee) if assignee else None,
                "work_type": 900 + self._shift + id % 4 if id % 7 == 0 else None,
                "external_id": self._maybe(0.1, f"RMM_{n}%"),
                "resolution": self._maybe(0.5, "Fixed.") if closed else None,
                "estimated_hours": self._maybe(0.5, self._random.choice((0.25, 0.5, 1.0, 1.3333, 2.5))),
                "author": author,
                "closed_by": author if closed else None,
                "form": FIRST_FORM + self._shift + id % 3 if id % 5 else None,
                "created": created,
                "updated": closed or created + timedelta(minutes=7),
                "due": self._maybe(0.8, created + timedelta(days=2)),
                "closed": closed,
                "custom": self._custom(),
            }

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
    ) -> Iterator[Mapping[str, Any]]:
        id = 60_000
        everyone = [one for some in contacts.values() for one in some]
        kinds = [one.name for one in CHOICES["note_kind"]]
        noted = min(len(tickets), max(50, len(tickets) // 10))
        for ticket in self._random.sample(list(tickets), k=noted):
            for _ in range(self._random.randint(1, 3)):
                id += 1
                body, by_staff, created = self._some(words.NOTES), self._random.random() < 0.8, self._when()
                yield {
                    "id": id,
                    "ticket": ticket,
                    "title": self._maybe(0.7, body[:20]),
                    "body": body,
                    "kind": self._some(kinds),
                    "visibility": "internal" if by_staff and self._random.random() < 0.5 else "public",
                    "author": self._some(staff) if by_staff else None,
                    "author_contact": None if by_staff else self._some(everyone),
                    "created": created,
                    "updated": created,
                }
