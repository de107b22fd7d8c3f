"""The company map: which company of a PSA is which client of yours.

One client may be a company in many tenants; within one tenant, a company is one client and a client one company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from anypsa import Company, Conflict, Problem, Psa, q

from .database import Database
from .schema import CLIENTS


@dataclass(frozen=True, slots=True)
class Client:
    """A client of yours: its id in your own words, and the company that it is in one tenant."""

    id: str
    tenant: str
    company: str
    name: str


class Clients:
    """Keeps the map for all threads and processes that open the same store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def candidates(self, psa: Psa, kinds: Iterable[str] = ()) -> Sequence[Company]:
        """The active companies of these kinds ("Customer", "Lead"; all, if none is named) that are no clients yet."""
        mapped, wanted = {client.company for client in self.all(psa.tenant)}, list(kinds)
        found = psa.companies.list(q.kind.in_(wanted) if wanted else None)
        return [company for company in found if company.id not in mapped and company.active is not False]

    def add(self, company: Company, client: str) -> Client | None:
        """Notes that a company is a client; None if it was noted already, and `Conflict` if either is another's."""
        tenant, tried = company.tenant, f"map company {company.id} to client {client}"
        own = CLIENTS.c.tenant == tenant
        with self._database.transaction() as connection:
            rows = connection.execute(select(CLIENTS).where(own)).all()
            known = [Client(row.client, row.tenant, row.company, row.name) for row in rows]
            clashing = [one for one in known if (one.company == company.id) is not (one.id == client)]
            if clashing:
                one = clashing[0]
                problems = [Problem("client", f"company {one.company} is client {one.id}")]
                raise Conflict(tried, problems=problems, hint="Remove that first, or choose another.")
            if any(one.company == company.id for one in known):
                return None
            connection.execute(
                insert(CLIENTS).values(tenant=tenant, company=company.id, client=client, name=company.name)
            )
        return Client(client, tenant, company.id, company.name)

    def remove(self, tenant: str, company: str) -> bool:
        """Forgets that a company is a client; False if it was none."""
        with self._database.transaction() as connection:
            ours = delete(CLIENTS).where(CLIENTS.c.tenant == tenant, CLIENTS.c.company == company)
            return bool(connection.execute(ours).rowcount)

    def of(self, tenant: str, companies: Iterable[str]) -> Mapping[str, Client]:
        """The clients among companies, by the company's id."""
        wanted = set(companies)
        return {client.company: client for client in self.all(tenant) if client.company in wanted}

    def all(self, tenant: str | None = None) -> Sequence[Client]:
        """The clients of one tenant, or of all."""
        listed = select(CLIENTS).order_by(CLIENTS.c.client, CLIENTS.c.tenant)
        if tenant is not None:
            listed = listed.where(CLIENTS.c.tenant == tenant)
        with self._database.transaction() as connection:
            return [Client(row.client, row.tenant, row.company, row.name) for row in connection.execute(listed)]
