"""The loop that a good engineer writes by hand: async httpx, tenacity, a semaphore, one page after another, dicts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, Final

import httpx  # what everybody else uses: this is not ours
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from ..measuring import Stage, decoding

ALL: Final = [{"op": "gte", "field": "id", "value": 0}]
RELATIONS: Final = {"Companies": "companyID", "Contacts": "contactID", "ConfigurationItems": "configurationItemID"}
FAILURES: Final = (httpx.HTTPStatusError, httpx.TransportError)


class Client:
    """One Autotask tenant."""

    def __init__(self, url: str, slots: int = 3) -> None:
        self.http = httpx.AsyncClient(base_url=f"{url}/ATServicesRest/V1.0", timeout=30)
        self.slots = asyncio.Semaphore(slots)

    @retry(
        retry=retry_if_exception_type(FAILURES),
        stop=stop_after_attempt(6),
        wait=wait_exponential_jitter(0.1, 5),
        reraise=True,
    )
    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call."""
        async with self.slots:
            answer = await self.http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def pages(self, most: int = 500) -> Any:
        """All tickets page by page, along the links."""
        body = {"filter": ALL, "maxRecords": most}
        page = await self.call("POST", "/Tickets/query", body)
        while True:
            yield page["items"]
            link = page["pageDetails"]["nextPageUrl"]
            if link is None:
                return
            page = await self.call("POST", link, body)

    async def found(self, entity: str, ids: Iterable[int]) -> dict[int, Any]:
        """Records by id, in as few queries as the vendor allows."""
        wanted = sorted(set(ids))
        batches = [wanted[start : start + 500] for start in range(0, len(wanted), 500)]
        queries = [{"filter": [{"op": "in", "field": "id", "value": batch}]} for batch in batches]
        pages = await asyncio.gather(*(self.call("POST", f"/{entity}/query", query) for query in queries))
        return {row["id"]: row for page in pages for row in page["items"]}


async def listed(stage: Stage) -> None:
    """All tickets."""
    client = Client(stage.url)
    with stage.timed():
        async for page in client.pages():
            for row in page:
                stage.take(row["id"], row["title"])
    stage.outcome.wrong = stage.expected.complaint(stage.ids)
    stage.outcome.figures["limit"] = decoding()


async def enriched(stage: Stage) -> None:
    """A thousand tickets with their company, contact and asset."""
    client, tickets = Client(stage.url), []
    with stage.timed():
        async for page in client.pages():
            tickets.extend(page)
            if len(tickets) >= 1_000:
                break
        looked = [client.found(entity, [one[field] for one in tickets]) for entity, field in RELATIONS.items()]
        for (entity, field), found in zip(RELATIONS.items(), await asyncio.gather(*looked), strict=True):
            for ticket in tickets:
                ticket[entity] = found[ticket[field]]
    for ticket in tickets:
        stage.take(ticket["id"], ticket["title"])
    stage.outcome.wrong = stage.expected.complaint(stage.ids[:1_000])


async def gotten(stage: Stage) -> None:
    """Sixty single gets at once."""
    client, ids = Client(stage.url), stage.ids[:600:10]
    with stage.timed():
        for answer in await asyncio.gather(*(client.call("GET", f"/Tickets/{id}") for id in ids)):
            stage.take(answer["item"]["id"], answer["item"]["title"])
    stage.outcome.wrong = stage.expected.complaint(ids)


async def interactive(stage: Stage) -> None:
    """A list of everything, and meanwhile a get now and then by somebody who waits for it."""
    client, waits, ids, done = Client(stage.url), [], stage.ids, False

    async def ask() -> None:
        number = 0
        while not done:
            await asyncio.sleep(0.1)
            number += 1
            started = time.perf_counter()
            await client.call("GET", f"/Tickets/{ids[number * 7]}")
            waits.append(time.perf_counter() - started)

    with stage.timed():
        asking = asyncio.create_task(ask())
        async for page in client.pages():
            for row in page:
                stage.take(row["id"], row["title"])
        done = True
        await asking
    stage.outcome.figures["p95"] = sorted(waits)[int(len(waits) * 0.95)]
    stage.outcome.wrong = stage.expected.complaint(ids)


class Halo:
    """HaloPSA, with a token that is fetched anew when it is refused."""

    def __init__(self, url: str) -> None:
        self.http, self.slots, self.fetching = httpx.AsyncClient(base_url=url), asyncio.Semaphore(50), asyncio.Lock()
        self.token = ""

    async def sign_in(self, refused: str) -> None:
        """Fetches a token, once for all who were refused."""
        async with self.fetching:
            if self.token == refused:
                form = {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
                self.token = (await self.http.post("/auth/token", data=form)).json()["access_token"]

    async def ticket(self, id: int) -> Any:
        """A ticket."""
        for _ in range(4):
            used = self.token
            async with self.slots:
                answer = await self.http.get(f"/api/Tickets/{id}", headers={"Authorization": f"Bearer {used}"})
            if answer.status_code != 401:
                return answer.raise_for_status().json()
            await self.sign_in(used)
        raise RuntimeError("the token is refused again and again")


async def single_gets(stage: Stage) -> None:
    """HaloPSA: 50 tasks get 60 tickets each, one after another, while tokens die."""
    halo = Halo(stage.url)

    async def work(first: int) -> None:
        for id in range(first, first + 60):
            ticket = await halo.ticket(id)
            stage.outcome.records += ticket["summary"] == f"Ticket {id}"

    await halo.sign_in("")
    with stage.timed():
        await asyncio.gather(*(work(1_000 * n) for n in range(1, 51)))
    if stage.outcome.records != 3_000:
        stage.outcome.wrong = f"{stage.outcome.records} of 3,000"


async def created(stage: Stage) -> None:
    """A create whose answer is lost on its way: a careful engineer does not repeat it, and knows no id."""
    told = stage.options["settings"]
    names = {"ApiIntegrationCode": "integration_code", "UserName": "username", "Secret": "secret"}
    client = Client(str(told["discovery_url"]))
    client.http.headers.update({header: str(told[name]) for header, name in names.items()})
    with stage.timed():
        await client.http.post("/Tickets", json={"title": "Lost", "companyID": 0, "status": 1, "priority": 1})


TASKS: Final = {
    "a": listed,
    "b": listed,
    "stream": listed,
    "c": enriched,
    "d": gotten,
    "e": listed,
    "f": single_gets,
    "g": created,
    "h": listed,
    "i": listed,
    "j": interactive,
}
