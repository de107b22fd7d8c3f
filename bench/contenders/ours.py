"""anypsa, as its documentation has it."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from typing import Any, Final

import anypsa
from anypsa import q

from ..measuring import Stage, decoding
from ..tasks import SMALL

KNOWN: Final = {"username": "bench@example.com", "secret": "secret", "integration_code": "code"}
LOST: Final = "The answer to this one is lost"
RELATIONS: Final = ("company", "contact", "asset")


def opened(stage: Stage, **more: Any) -> anypsa.AsyncPsa:
    """The Autotask tenant on the async face."""
    settings = {
        **KNOWN,
        "ledger": "memory",
        "requests_per_window": 1_000_000,
        **stage.options.get("settings", {}),
        **more,
    }
    return anypsa.connect_async("autotask", discovery_url=stage.url, **settings)


async def listed(stage: Stage) -> None:
    """All tickets, one after another, kept by nobody."""
    async with opened(stage) as psa:
        with stage.timed():
            async for ticket in psa.tickets.list():
                stage.take(int(ticket.id), ticket.title)
    stage.outcome.wrong = stage.expected.complaint(stage.ids)
    stage.outcome.figures["limit"] = decoding()


async def streamed(stage: Stage) -> None:
    """The same, checked by order and number only, so that checking needs no memory."""
    last = 0
    with stage.timed():
        async with opened(stage) as psa:
            async for ticket in psa.tickets.list():
                stage.outcome.records += 1
                if int(ticket.id) <= last:
                    stage.outcome.wrong = "out of order"
                last = int(ticket.id)
    if stage.outcome.records != stage.options["count"]:
        stage.outcome.wrong = f"{stage.outcome.records} records"


async def enriched(stage: Stage) -> None:
    """A thousand tickets with their company, contact and asset."""
    async with opened(stage) as psa:
        await psa.fields("ticket")
        for kind in ("company", "contact", "asset"):
            await psa.fields(kind)
        with stage.timed():
            async for ticket in psa.tickets.list(limit=1_000, expand=RELATIONS):
                stage.take(int(ticket.id), ticket.title)
                for relation in (ticket.company, ticket.contact, ticket.asset):
                    if relation is None or relation.record is None or relation.record.id != relation.id:
                        stage.outcome.wrong = "a relation is not filled"
    stage.outcome.wrong = stage.outcome.wrong or stage.expected.complaint(stage.ids[:1_000])


async def gotten(stage: Stage, **settings: Any) -> None:
    """Sixty single gets at once."""
    async with opened(stage, **settings) as psa:
        await psa.fields("ticket")
        ids = stage.ids[:600:10]
        with stage.timed():
            for ticket in await asyncio.gather(*(psa.tickets.get(str(id)) for id in ids)):
                stage.take(int(ticket.id), ticket.title)
    stage.outcome.wrong = stage.expected.complaint(ids)


async def interactive(stage: Stage) -> None:
    """A list of everything, and meanwhile a get now and then by somebody who waits for it."""
    waits: list[float] = []
    ids, done = stage.ids, False

    async def ask(psa: anypsa.AsyncPsa) -> None:
        number = 0
        while not done:
            await asyncio.sleep(0.1)
            number += 1
            started = time.perf_counter()
            await psa.tickets.get(str(ids[number * 7]))
            waits.append(time.perf_counter() - started)

    with stage.timed():
        async with opened(stage) as psa, asyncio.TaskGroup() as group:
            group.create_task(ask(psa))
            async for ticket in psa.tickets.list():
                stage.take(int(ticket.id), ticket.title)
            done = True
    stage.outcome.figures["p95"] = sorted(waits)[int(len(waits) * 0.95)]
    stage.outcome.wrong = stage.expected.complaint(ids)


async def single_gets(stage: Stage) -> None:
    """HaloPSA: 50 tasks get 60 tickets each, one after another, while tokens die."""
    settings: dict[str, Any] = {
        "client_id": "id",
        "client_secret": "secret",
        "slots": 50,
        "ledger": "memory",
        "requests_per_window": 1_000_000,
    }

    async def work(psa: anypsa.AsyncPsa, first: int) -> None:
        for id in range(first, first + 60):
            ticket = await psa.tickets.get(str(id))
            stage.outcome.records += ticket.title == f"Ticket {id}"

    async with anypsa.connect_async("halopsa", resource_url=stage.url, **settings) as psa:
        await psa.tickets.get("1")
        with stage.timed():
            await asyncio.gather(*(work(psa, 1_000 * n) for n in range(1, 51)))
    if stage.outcome.records != 3_000:
        stage.outcome.wrong = f"{stage.outcome.records} of 3,000"


async def created(stage: Stage) -> None:
    """A create whose answer is lost on its way."""
    async with anypsa.connect_async("autotask", ledger="memory", **stage.options["settings"]) as psa:
        company = await psa.companies.first()
        with stage.timed():
            ticket = await psa.tickets.create(
                title=LOST, company=company or "0", queue="Service Desk", priority="High", status="New"
            )
        stage.outcome.records = await psa.tickets.count(q.title == LOST)
        found = await psa.tickets.get(ticket.id)
    if stage.outcome.records != 1 or found.title != LOST:
        stage.outcome.wrong = f"{stage.outcome.records} records"


def started(stage: Stage, *command: str) -> None:
    """The CPU seconds of a program from its start to its end, the best of five."""
    spent: list[float] = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    stage.outcome.seconds = min(spent)


def shared(stage: Stage) -> None:
    """Processes beside one another, for a while; against the sandbox, which counts what is under way."""
    # With it comes the sandbox, which is no part of what other tasks measure.
    from anypsa_sandbox.redis import NoRedis

    from .. import shared_slots

    try:
        came = shared_slots.raced(str(stage.options["home"]), processes=6, seconds=10.0, latency=0.05)
    except NoRedis as error:
        stage.outcome.wrong = f"not run: {error}"
        return
    stage.outcome.seconds, stage.outcome.records = came.seconds, came.served
    stage.outcome.figures["limit"] = came.served / came.limit
    if came.peak > shared_slots.SLOTS or came.refused or came.failed:
        stage.outcome.wrong = str(came)


def received(stage: Stage) -> None:
    """Webhooks at a steady rate, and how soon the receiver answers."""
    from .. import receiving  # with it comes the receiver, as above

    few = int(stage.options["count"]) <= SMALL
    came = receiving.received(seconds=1.0 if few else receiving.SECONDS)
    answered = came.answered
    stage.outcome.records = len(answered.took)
    stage.outcome.cpu = came.cpu * len(answered.took)
    stage.outcome.figures |= {"p99": answered.within(99), "p50": answered.within(50)}
    if came.lost or answered.statuses != {204}:
        stage.outcome.wrong = f"{came.lost} lost, answers {sorted(answered.statuses)}"


def drained(stage: Stage) -> None:
    """From the inbox to a handler that asks for the company and the contact too."""
    from .. import receiving  # with it comes the sandbox, as above

    came = receiving.drained()
    stage.outcome.seconds, stage.outcome.records = came.seconds, came.handled
    stage.outcome.figures |= {"limit": came.least, "requests": came.requests}
    if came.handled != receiving.EVENTS:
        stage.outcome.wrong = f"{came.handled} of {receiving.EVENTS:,} were handled"


TASKS: Final = {
    "hooks": received,
    "inbox": drained,
    "import": lambda stage: started(stage, "-c", "import anypsa"),
    "help": lambda stage: started(stage, "-m", "anypsa_apps", "--help"),
    "a": listed,
    "b": listed,
    "stream": streamed,
    "million": streamed,
    "c": enriched,
    "d": gotten,
    "e": listed,
    "f": single_gets,
    "g": created,
    "h": listed,
    "i": listed,
    "j": interactive,
    "k": shared,
    "k-redis": shared,
}
