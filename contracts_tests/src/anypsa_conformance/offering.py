"""Checks of what adapters offer beside the verbs of their tables: searches, balances, webhooks, and the tenant's metadata."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

import pytest
from pydantic import SecretStr

from anypsa import Delivery, NotFound, Trust, Unintelligible, Unsupported, models
from anypsa.models import Balance
from anypsa.session import call
from anypsa.spi import Action, Effect, Verb
from anypsa.wire import Lane

from .checks import LIVE, check, unsupported
from .faces import Probe
from .harness import Harness
from .signing import secrets

V = TypeVar("V")
FEW: Final = 3
SOME: Final = 50
HOOK: Final = {
    "url": "http://127.0.0.1:9/anypsa-listed",
    "secret": "a-long-enough-secret",
    "events": ["ticket.updated"],
}


async def asked(psa: Probe, of_adapter: Awaitable[V]) -> V:
    """What an adapter itself answers."""
    context = psa.psa.context
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await of_adapter


@check(
    "requests.raw_path",
    promise="policy",
    needs="tickets.get",
    drivers=LIVE,
    proves=("raw_path.settled",),
    provisional=True,
)
async def raw_path(psa: Probe, harness: Harness) -> None:
    """A path below the tenant's root stays as it is, so that policies judge what is sent."""
    adapter = psa.psa.context.adapter
    for path in (table.path for table in harness.adapter.tables.values()):
        settled = adapter.raw_path(f"/{path}")
        assert adapter.raw_path(settled) == settled


@check(
    "tickets.state.told", promise="policy", needs="tickets.get", drivers=LIVE, proves=("state.told",), provisional=True
)
async def state(psa: Probe, harness: Harness) -> None:
    """What a status means by itself, if it can be told, is what tickets of that status say."""
    adapter = psa.psa.context.adapter
    found = {one.status.id: one.state async for one in psa.tickets.list(limit=SOME) if one.status}

    assert found
    told = {status: await asked(psa, adapter.state(status)) for status in found}
    assert {status: state for status, state in told.items() if state not in (None, found[status])} == {}


@check(
    "tickets.custom_fields.listed",
    promise="complete",
    needs="tickets.get",
    drivers=LIVE,
    proves=("custom_fields.listed",),
    provisional=True,
)
async def custom_fields(psa: Probe, harness: Harness) -> None:
    """Every custom field that tickets carry is among those that the tenant is known to have."""
    adapter = psa.psa.context.adapter
    listed = {one.name for one in await asked(psa, adapter.custom_fields(adapter.tables["ticket"]))}
    carried = {name async for one in psa.tickets.list(limit=SOME) for name in one.custom_fields}

    assert carried <= listed


@check(
    "search.found",
    promise="complete",
    needs="articles.search",
    drivers=LIVE,
    proves=("search.found",),
    provisional=True,
)
async def search(psa: Probe, harness: Harness) -> None:
    """What the vendor's own search finds is there, and is no more than was asked for."""
    for kind in models.KINDS.values():
        table = psa.psa.context.adapter.tables.get(kind.name)
        if table is None or Verb.SEARCH not in table.verbs:
            continue
        collection = getattr(psa, kind.plural)
        found = await collection.search(harness.world.word, limit=FEW)
        assert len(found) <= FEW, kind.plural
        assert all(type(one) is kind.model and one.tenant == psa.tenant for one in found), kind.plural
        assert [(await collection.get(one.id)).id for one in found] == [one.id for one in found], kind.plural


@check("balance.told", promise="errors", needs="balance", drivers=LIVE, proves=("balance.told",), provisional=True)
async def balance(psa: Probe, harness: Harness) -> None:
    """What a contract has left is told, or that it has no balance."""
    told: list[Balance] = []
    async for contract in psa.contracts.list(limit=SOME):
        try:
            told.append(await psa.balance(contract))
        except Unsupported:
            continue

    assert told
    assert all(isinstance(one, Balance) for one in told)


@check("usage.told", promise="limits", needs="usage", drivers=LIVE, proves=("usage.told",), provisional=True)
async def usage(psa: Probe, harness: Harness) -> None:
    """The vendor tells how many requests are used, of how many, in how long."""
    told = await asked(psa, psa.psa.context.adapter.usage())

    assert 0 <= told.used <= told.limit
    assert told.seconds > 0


@check(
    "webhooks.listed",
    promise="complete",
    needs="webhooks",
    drivers=LIVE,
    proves=("webhooks.listed", "webhooks.removed"),
    provisional=True,
)
async def webhooks(psa: Probe, harness: Harness) -> None:
    """A webhook that was registered is listed until it is removed; one that is not there cannot be."""
    adapter = psa.psa.context.adapter
    made = {one.id for one in await psa.webhooks.ensure(**HOOK)}

    assert made
    assert made <= await listed(psa, adapter)
    for id in made:
        await psa.webhooks.remove(id)
        with pytest.raises(NotFound):
            await psa.webhooks.remove(id)
    assert not made & await listed(psa, adapter)


@check(
    "webhooks.genuine",
    promise="policy",
    needs="tickets.get",
    drivers=LIVE,
    proves=("deliveries.genuine",),
    survives=("A8",),
    provisional=True,
    extended=True,
)
async def genuine(psa: Probe, harness: Harness) -> None:
    """A delivery that nothing proves is refused and read by nobody, and no form of it raises anything but an error of ours."""
    deliveries = psa.psa.context.adapter.deliveries
    if deliveries is None:
        unsupported("it reads no deliveries")
    for way in deliveries.ways:
        trust = Trust(
            secrets=[SecretStr("the secret in use"), SecretStr("the one before that")], way=way, username="us"
        )
        for forged in FORGED:
            assert not deliveries.genuine(forged, trust), way
        _, expected = deliveries.proof(way, FORGED[0], trust)
        assert len(set(expected)) == len(trust.secrets), way
        if way == "signature":
            _, another = deliveries.proof(way, FORGED[-1], trust)
            assert not set(expected) & set(another), way
    for forged in FORGED:
        with contextlib.suppress(Unintelligible):
            deliveries.read(forged)


NAMES: Final = (
    b"authorization",
    b"x-signature",
    b"x-hook-signature",
    b"x-content-signature",
    b"x-hub-signature",
    b"secret",
)
FORGED: Final = tuple(
    Delivery(body, [(name, proof) for name in NAMES], query=b"secret=" + proof + b"&token=" + proof)
    for body in (
        b'{"id": 1}',
        b'{"id": 2}',
        b"",
        b"null",
        b"[" * 10_000,
        b"\xff\xfe",
        b"a=1&b",
        b'{"ID": "x", "Type": []}',
    )
    for proof in (b"", b"sha256=", b"Basic ", b"Basic dXM6", b"\xff\x00", b"=" * 5_000, b"None")
)


@check(
    "tickets.list.least_requests",
    promise="limits",
    drivers=LIVE,
    proves=("least_requests.kept",),
    provisional=True,
)
async def least_requests(psa: Probe, harness: Harness) -> None:
    """No list takes fewer requests than an adapter says that it takes at least."""
    adapter, pager = psa.psa.context.adapter, psa.tickets.list()
    rows = [one async for one in pager]

    assert 1 <= adapter.least_requests(adapter.tables["ticket"], len(rows)) <= pager.report.requests


@check(
    "requests.raw_headers",
    promise="errors",
    needs="tickets.get",
    drivers=LIVE,
    proves=("raw_headers.beside",),
    provisional=True,
)
async def raw_headers(psa: Probe, harness: Harness) -> None:
    """What a raw request carries of its own replaces nothing that signs, and holds no secret."""
    adapter = psa.psa.context.adapter
    signing = {name.lower() for name in (await asked(psa, adapter.authorize())).headers}
    for action in Action:
        own = adapter.raw_headers(Effect(action, "ticket", harness.world.ticket))
        assert not signing & {name.lower() for name in own}
        assert not [name for name, value in own.items() for secret in secrets(psa).values() if secret in value]


async def listed(psa: Probe, adapter: Any) -> set[str]:
    """The ids of all webhooks."""
    return {one.id for one in await asked(psa, adapter.webhooks())}
