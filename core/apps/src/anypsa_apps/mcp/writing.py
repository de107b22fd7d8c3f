"""Writing: what agents may try. The session asks the policy, whatever a tool is called and whatever a client says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import Field

from anypsa import AsyncPsa, Visibility
from anypsa.models.base import OPTIONS

from .answers import Got, Raw, ToolFailed, raw, shown, telling

Key = Annotated[
    str | None, Field(description="The same key with the same values writes once: choose one for each intention.")
]
Expect = Annotated[
    dict[str, Any] | None, Field(description="Fields and the values that they must still have, or nothing is written.")
]
Label = Annotated[str | None, Field(description="A label or id, as this tenant has them.")]


def triager(psa: AsyncPsa) -> Callable[..., Awaitable[Got]]:
    async def function(
        id: str,
        priority: Label = None,
        queue: Label = None,
        assignee: Annotated[str | None, Field(description="A technician's name or id.")] = None,
        type: Label = None,
        status: Label = None,
        expect: Expect = None,
    ) -> Got:
        spoken = {"priority": priority, "queue": queue, "assignee": assignee, "type": type, "status": status}
        return await changed(psa, id, {name: value for name, value in spoken.items() if value is not None}, expect)

    return function


def updater(psa: AsyncPsa) -> Callable[..., Awaitable[Got]]:
    async def function(
        id: str,
        values: Annotated[dict[str, Any], Field(description="Fields and their new values; null clears.")],
        expect: Expect = None,
    ) -> Got:
        return await changed(psa, id, values, expect)

    return function


async def changed(psa: AsyncPsa, id: str, values: dict[str, Any], expect: dict[str, Any] | None) -> Got:
    """A ticket with other values; how it is written is not the agent's to say among them."""
    if named := OPTIONS & values.keys():
        raise ToolFailed(f"Invalid: {', '.join(sorted(named))}: no field of a ticket. Nothing was sent.")
    with telling():
        return Got(record=shown(await psa.tickets.update(id, **values, expect=expect or {})))


def noter(psa: AsyncPsa, visibility: Visibility) -> Callable[..., Awaitable[Got]]:
    async def function(ticket: str, body: str, key: Key = None) -> Got:
        options: dict[str, Any] = {} if key is None else {"idempotency_key": key}
        with telling():
            note = await psa.notes.create(ticket=ticket, body=body, visibility=visibility, **options)
        return Got(record=shown(note))

    return function


def asker(psa: AsyncPsa) -> Callable[..., Awaitable[Raw]]:
    async def function(
        path: Annotated[str, Field(description="The vendor's path below the API's root: Tickets/123.")],
        params: Annotated[dict[str, str] | None, Field(description="Parameters of the query.")] = None,
    ) -> Raw:
        with telling():
            return raw(await psa.request("GET", path, params=params))

    return function


def sender(psa: AsyncPsa, method: str) -> Callable[..., Awaitable[Raw]]:
    async def function(
        path: Annotated[str, Field(description="The vendor's path below the API's root.")],
        body: Annotated[Any, Field(description="The body, with the vendor's own field names.")],
    ) -> Raw:
        with telling():
            return raw(await psa.request(method, path, json=body))

    return function
