"""Checks of what an adapter declares: both ways, and the promises of the contract's methods one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from anypsa import Invalid, NotFound, Unsupported, models
from anypsa.models import Kind
from anypsa.query import EVERYTHING
from anypsa.session import call
from anypsa.spi import OFFERS, Action, Adapter, Table, Verb
from anypsa.testing import faults
from anypsa.wire import Lane

from .checks import FAULTS, LIVE, check, unsupported
from .faces import Probe
from .harness import Harness

# By which method of the contract a verb or an offer is served; what only some adapters write is told by being written.
METHODS: Final[Mapping[Verb | str, str]] = {
    Verb.CREATE: "create",
    Verb.UPDATE: "update",
    Verb.DELETE: "delete",
    Verb.SEARCH: "search",
    **{offer: offer for offer in OFFERS},
}
# What each verb of a collection is called with; nothing of it may reach the vendor where the verb is not declared.
CALLS: Final[dict[Verb, tuple[Any, ...]]] = {
    Verb.LIST: (),
    Verb.GET: ("1",),
    Verb.COUNT: (),
    Verb.CREATE: (),
    Verb.UPDATE: ("1",),
    Verb.DELETE: ("1",),
    Verb.SEARCH: ("a word",),
}


@check(
    "capabilities.undeclared",
    promise="errors",
    needs="tickets.get",
    drivers=LIVE,
    proves=("capabilities.undeclared",),
    provisional=True,
)
async def undeclared(psa: Probe, harness: Harness) -> None:
    """A verb that is not declared raises Unsupported, and nothing is sent."""
    harness.control.clear_log()
    for kind in models.KINDS.values():
        table = psa.psa.context.adapter.tables.get(kind.name)
        for verb in (one for one in Verb if table is None or one not in table.verbs):
            with pytest.raises(Unsupported):
                await called(psa, kind, verb)

    assert harness.control.calls() == []


async def called(psa: Probe, kind: Kind[Any, ..., ...], verb: Verb) -> None:
    """Calls a verb of a collection, and reads a list of it."""
    made = getattr(getattr(psa, kind.plural), str(verb.name).lower())
    if verb is Verb.LIST:
        [record async for record in made()]
    else:
        await made(*CALLS[verb])


@check(
    "capabilities.declared",
    promise="errors",
    needs="tickets.get",
    drivers=LIVE,
    proves=("capabilities.declared",),
    provisional=True,
)
async def declared(psa: Probe, harness: Harness) -> None:
    """What an adapter has written it declares, and what it declares it has written."""
    adapter = type(psa.psa.context.adapter)
    told = {verb for table in adapter.tables.values() for verb in table.verbs} | adapter.offers
    written = {what for what, name in METHODS.items() if getattr(adapter, name) is not getattr(Adapter, name)}

    assert written == told & METHODS.keys()
    assert harness.adapter.name


@check(
    "capabilities.works",
    promise="complete",
    needs="tickets.get",
    drivers=LIVE,
    proves=("capabilities.declared",),
    provisional=True,
)
async def works(psa: Probe, harness: Harness) -> None:
    """Every entity that is declared is listed; what is listed is got by its id, and counted."""
    for kind, table in declared_kinds(psa):
        collection = getattr(psa, kind.plural)
        listed, parents = await some(collection, harness)
        assert all(type(one) is kind.model and one.tenant == psa.tenant for one in listed), kind.plural
        if Verb.GET in table.verbs:
            got = [await collection.get(one.id) for one in listed]
            assert [one.id for one in got] == [one.id for one in listed], kind.plural
        if Verb.COUNT in table.verbs and not parents:
            assert await collection.count() >= len(listed), kind.plural


def declared_kinds(psa: Probe) -> list[tuple[Kind[Any, ..., ...], Table]]:
    """What the adapter lists."""
    tables = psa.psa.context.adapter.tables
    kinds = [(kind, tables[name]) for name, kind in models.KINDS.items() if name in tables]
    return [(kind, table) for kind, table in kinds if Verb.LIST in table.verbs]


async def some(collection: Any, harness: Harness) -> tuple[list[Any], Mapping[str, Any]]:
    """Some records, and what it took to list them: some entities are listed by ticket only."""
    try:
        return [one async for one in collection.list(limit=FEW)], {}
    except (Invalid, Unsupported):
        parents = {"ticket": harness.world.ticket_with_notes}
        return [one async for one in collection.list(limit=FEW, **parents)], parents


FEW: Final = 3


@check(
    "tickets.get_many.existing", promise="complete", needs="tickets.get", drivers=LIVE, proves=("get_many.existing",)
)
async def get_many(psa: Probe, harness: Harness) -> None:
    """Of many ids those that exist are got, and those that do not are named."""
    adapter, missing = psa.psa.context.adapter, harness.world.missing_ticket
    with call(psa.psa.context.session.wire, psa.psa.context.settings, Lane.INTERACTIVE):
        found = await adapter.get_many(adapter.tables["ticket"], [harness.world.ticket, missing])

    assert [ticket.id for ticket in found] == [harness.world.ticket]
    with pytest.raises(NotFound) as refused:
        await psa.tickets.get_many([harness.world.ticket, missing])
    assert missing in str(refused.value)


@check("tickets.list.stretches", promise="complete", drivers=LIVE, proves=("list.stretch",), extended=True)
async def stretches(psa: Probe, harness: Harness) -> None:
    """A list that is read stretch by stretch is the list, in ascending order."""
    context = psa.psa.context
    table, low = context.adapter.tables["ticket"], 0
    if not table.ascending:
        unsupported("tickets are not declared ascending")
    plan, ids = await context.adapter.plan(table, EVERYTHING), list[int]()
    with call(context.session.wire, context.settings, Lane.BULK):
        while True:
            stretch = await context.adapter.stretch(table, plan.queries[0], low, None)
            ids += [int(ticket.id) for ticket in stretch.records]
            if stretch.through is None:
                break
            low = stretch.through

    assert ids == sorted(set(ids))
    assert len(ids) == harness.world.tickets_in_queue + harness.world.tickets_outside_queue


@check("requests.unknown_effect", promise="policy", needs="tickets.get", drivers=LIVE, proves=("effects.unknown",))
async def unknown_effect(psa: Probe, harness: Harness) -> None:
    """What a raw request does is never taken for a read unless it is one."""
    classify = psa.psa.context.adapter.classify

    assert classify("PURGE", "no/such/path", None).action is Action.UNKNOWN
    assert classify("DELETE", harness.adapter.tables["ticket"].path, None).action is not Action.READ


@check("tickets.delete.missing", promise="errors", needs="tickets.delete", drivers=LIVE, proves=("delete.missing",))
async def delete_missing(psa: Probe, harness: Harness) -> None:
    """A ticket that is not there cannot be deleted: NotFound."""
    with pytest.raises(NotFound):
        await psa.tickets.delete(harness.world.missing_ticket)


NOWHERE: Final = "http://127.0.0.1:9/anypsa"
"""An address that may be registered everywhere, sandboxes included, and where nobody listens."""


@check("entity.unknown", promise="errors", needs="entity", drivers=LIVE, proves=("entity.unknown",), provisional=True)
async def unknown_entity(psa: Probe, harness: Harness) -> None:
    """An entity that the vendor does not have raises Unsupported."""
    context = psa.psa.context
    with call(context.session.wire, context.settings, Lane.INTERACTIVE), pytest.raises(Unsupported):
        await context.adapter.entity("NoVendorCallsItsEntitiesThis")


@check("webhooks.once", promise="once", needs="webhooks", drivers=LIVE, proves=("webhooks.once",), provisional=True)
async def webhooks(psa: Probe, harness: Harness) -> None:
    """A webhook that is asked for twice is registered once."""
    hook = {"url": NOWHERE, "secret": "a-long-enough-secret", "events": ["ticket.updated"]}
    first, again = await psa.webhooks.ensure(**hook), await psa.webhooks.ensure(**hook)

    assert first
    assert [one.id for one in first] == [one.id for one in again]


@check(
    "webhooks.own_changes",
    promise="once",
    needs="webhooks",
    drivers=FAULTS,
    proves=("webhooks.loop",),
    provisional=True,
)
async def own_changes(psa: Probe, harness: Harness) -> None:
    """A webhook tells what somebody else changed, and not what we changed ourselves."""
    if harness.retitle is None:
        unsupported("its webhooks cannot leave out our own changes")
    harness.breaking.always("POST", "/own-changes$", faults.Answer({}))
    url = f"{harness.server.url}/own-changes"
    await psa.webhooks.ensure(url=url, secret="a-long-enough-secret", events=["ticket.updated"])  # noqa: S106  # nobody's
    ours, theirs = harness.world.ticket, harness.world.ticket_with_notes
    await psa.tickets.update(ours, title="ours")
    before = len(harness.server.requests)
    harness.retitle(theirs, "theirs")
    harness.server.arrived(before + 1)

    told = b"".join(one.body for one in harness.server.sent("POST", "/own-changes"))
    assert theirs.encode() in told
    assert ours.encode() not in told
