"""Reading: one tool to list and one to get for each entity, and the values that the tenant has for a ticket's fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, Final

from pydantic import Field

from anypsa import AsyncPsa
from anypsa.models import ASSETS, COMPANIES, CONTACTS, NOTES, QUEUES, TECHNICIANS, TICKETS, Kind

from .answers import FURTHEST, MOST, Got, Labels, Listed, fitting, shown, small, telling

GETTABLE: Final = (TICKETS, COMPANIES, CONTACTS, ASSETS, TECHNICIANS)
LISTABLE: Final = (*GETTABLE, QUEUES)

Where = Annotated[
    dict[str, Any] | list[Any] | None, Field(description="A filter in JSON form; none lists everything, oldest first.")
]
Limit = Annotated[int, Field(description=f"At most so many records, up to {MOST}.", ge=1, le=MOST)]
Skip = Annotated[int, Field(description="Pass over so many records: what `next` said.", ge=0, le=FURTHEST)]


def lister(psa: AsyncPsa, kind: Kind[Any, ..., ...]) -> Callable[..., Awaitable[Listed]]:
    async def function(where: Where = None, limit: Limit = 20, skip: Skip = 0) -> Listed:
        with telling():
            return await listed(psa, kind, where, limit, skip)

    return function


def notes_lister(psa: AsyncPsa) -> Callable[..., Awaitable[Listed]]:
    async def function(ticket: str, limit: Limit = 20, skip: Skip = 0) -> Listed:
        with telling():
            return await listed(psa, NOTES, None, limit, skip, ticket=ticket)

    return function


def getter(psa: AsyncPsa, kind: Kind[Any, ..., ...]) -> Callable[..., Awaitable[Got]]:
    async def function(id: str) -> Got:
        with telling():
            return Got(record=shown(await getattr(psa, kind.plural).get(id)))

    return function


def labeller(psa: AsyncPsa, field: str) -> Callable[..., Awaitable[Labels]]:
    async def function() -> Labels:
        with telling():
            values = await labels(psa, field)
        listed = list(fitting(map(small, values)))
        return Labels(values=listed, complete=len(listed) == len(values))

    return function


async def listed(
    psa: AsyncPsa, kind: Kind[Any, ..., ...], where: Where, limit: int, skip: int, **parents: Any
) -> Listed:
    """At most `limit` records that match a filter in JSON form, after the first `skip`."""
    pager = getattr(psa, kind.plural).list(where, limit=skip + limit, **parents)
    found = [record async for record in pager][skip:]
    records = list(fitting(map(shown, found)))
    complete = bool(pager.report.complete) and len(records) == len(found)
    following = skip + len(records)
    return Listed(records=records, complete=complete, next=None if complete or following > FURTHEST else following)


async def labels(psa: AsyncPsa, field: str) -> list[dict[str, Any]]:
    """The values of a ticket's field, those that are no longer used among them."""
    fields = {one.name: one for one in await psa.fields("ticket")}
    return [asdict(option) for option in fields[field].options] if field in fields else []
