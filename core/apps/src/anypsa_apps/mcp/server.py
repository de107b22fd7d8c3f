"""The server: the tools under their names, with annotations, over a connection whose policy only reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field

import anypsa
from anypsa import AsyncPsa, Policy
from anypsa.models import Kind

from . import tools
from .tools import Filter, Got, Listed

READS: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
INSTRUCTIONS: Final = (
    "A PSA (ticketing, CRM and billing system) of a managed service provider, for reading. Filters are JSON: "
    '{"field": "state", "op": "eq", "value": "open"}, combined by {"op": "and", "items": [...]}; operators are '
    "eq, ne, gt, gte, lt, lte, contains, startsWith, endsWith, in, notIn, isNull, isNotNull, between. "
    + tools.UNTRUSTED
)
Where = Annotated[Filter, Field(description="A filter in JSON form; none lists everything.")]
Limit = Annotated[int, Field(description=f"At most so many records, up to {tools.MOST}.", ge=1, le=tools.MOST)]


def connection(profile: str | None, adapter: str | None, **settings: Any) -> AsyncPsa:
    """The tenant to serve; whatever the profile says, nothing is written."""
    return anypsa.connect_async(adapter, profile=profile, **{**settings, "policy": Policy.read_only})


def server(psa: AsyncPsa) -> MCPServer[Any]:
    """The tools over a connection that was entered."""
    made: MCPServer[Any] = MCPServer("anypsa", instructions=INSTRUCTIONS)
    for kind in tools.LISTABLE:
        add(made, f"list_{kind.plural}", f"Lists {kind.plural} that match a filter.", lister(psa, kind))
    for kind in tools.GETTABLE:
        add(made, f"get_{kind.name}", f"Gets one {kind.name} by its id.", getter(psa, kind))

    async def list_notes(ticket: str, limit: Limit = 20) -> Listed:
        return await tools.notes(psa, ticket, limit)

    add(made, "list_notes", "Lists the notes of a ticket, internal ones included.", list_notes)
    return made


def add(made: MCPServer[Any], name: str, description: str, function: Callable[..., Awaitable[Any]]) -> None:
    """One tool; all of them only read."""
    made.tool(name=name, description=description, annotations=READS)(function)


def lister(psa: AsyncPsa, kind: Kind[Any, ..., ...]) -> Callable[..., Awaitable[Listed]]:
    async def function(where: Where = None, limit: Limit = 20) -> Listed:
        return await tools.listed(psa, kind, where, limit)

    return function


def getter(psa: AsyncPsa, kind: Kind[Any, ..., ...]) -> Callable[..., Awaitable[Got]]:
    async def function(id: str) -> Got:
        return await tools.got(psa, kind, id)

    return function


async def serve(profile: str | None, adapter: str | None) -> None:
    """Serves on standard input and output until they close."""
    async with connection(profile, adapter) as psa:
        await server(psa).run_stdio_async()
