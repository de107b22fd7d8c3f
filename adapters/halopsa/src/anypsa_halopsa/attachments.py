"""Attachments: a data URI up; down the content itself, or a link to it (wire/halopsa.md 2.6)."""

from __future__ import annotations

import mimetypes
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, OutcomeUnknown, Problem, Unintelligible
from anypsa.models import Record, Visibility
from anypsa.origins import within
from anypsa.spi import Action, Answer, Request, of_family, of_vendor, reading

from . import paging, servers, writing
from .reading import WANTED, Reader, Row, addressed
from .settings import HaloPSA
from .tables import ATTACHMENTS, ENVELOPES

LARGEST: Final = 50_000_000
LINKS: Final = ("download_url", "link", "att_link", "s3url")
DATA: Final = "data_base64"
CONTENT: Final = ATTACHMENTS.by_name["content"].wire
PATH: Final = f"{ATTACHMENTS.path}/{{id}}"


async def create(reader: Reader, values: Mapping[str, Any]) -> str:
    """Attaches a file to a ticket. Who may see it is always said."""
    content, name = values["content"], ATTACHMENTS.by_name["name"].codec.encode(values["name"])
    if not 0 < len(content) <= LARGEST:
        problem = Problem("content", f"is {len(content):,} bytes; 1 to {LARGEST:,} are allowed")
        raise Invalid("attach a file", problems=[problem], hint="Nothing was sent.")
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    wire = {
        **ATTACHMENTS.encode({"ticket": values["ticket"], "name": name}),
        "showforusers": values["visibility"] is Visibility.PUBLIC,
        DATA: f"data:{media};base64,{b64encode(content).decode()}",
    }
    effect = writing.effect_of(Action.CREATE, ATTACHMENTS, None, values)
    answer = await reader.services.send(Request(method="POST", path=ATTACHMENTS.path, effect=effect, json=[wire]))
    id = writing.written(answer, ATTACHMENTS, wire)
    if id is None:
        hint = "Look at the ticket before you attach it again."
        raise OutcomeUnknown("attach a file", said=["the answer names no file"], hint=hint, status=answer.status)
    return id


async def get(reader: Reader, settings: HaloPSA, id: str) -> Record:
    """One file with its content: what it is called and of whom stands in its ticket's list alone."""
    if not addressed(id, ATTACHMENTS):
        raise NotFound(f"get attachment {id}", said=[WANTED])
    ticket, _, number = id.partition(":")
    listed = paging.rows(
        await reader.read(ATTACHMENTS.path, ATTACHMENTS.name, {"ticket_id": ticket}), ENVELOPES[ATTACHMENTS.path]
    )
    row = next((one for one in listed.rows if paging.identity(one) == number), None)
    if row is None:
        raise NotFound(f"get attachment {id}", said=["its ticket has no such file"])
    answer = await reader.read(PATH, ATTACHMENTS.name, {}, id=number)
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await _content(reader, settings, answer, media, row)
    told = {} if media in ("", "application/json") else {ATTACHMENTS.by_name["media_type"].wire: media}
    whole = {**told, **row, "ticket_id": ticket, CONTENT: b64encode(content).decode()}
    return (await reader.decoded(ATTACHMENTS, [whole]))[0]  # type: ignore[no-any-return]  # Table is untyped


async def _content(reader: Reader, settings: HaloPSA, answer: Answer, media: str, row: Row) -> bytes:
    """The bytes: the answer itself, or what it links to. A file that is JSON is told from JSON about a file."""
    told = answer.readable() if media == "application/json" else None
    if not isinstance(told, dict) or paging.identity(told) != paging.identity(row):
        return answer.content
    if isinstance(data := told.get(DATA) or told.get(CONTENT), str) and data:
        return b64decode(data.partition("base64,")[2] or data)
    link = next((told[name] for name in LINKS if isinstance(told.get(name), str) and told[name]), None)
    if link is None:
        raise answer.unintelligible("it holds neither the file nor a link to it")
    return (await reader.services.send(followed(settings, link, paging.identity(row)))).content


def followed(settings: HaloPSA, link: str, id: str) -> Request:
    """The request for a link: signed on the API's own origin, unsigned on the vendor's other servers, and to nowhere
    else."""
    effect, base = reading(ATTACHMENTS.name, id), servers.api(settings)
    if within(link, base):
        return Request.read("GET", PATH, effect, parts={"id": id}, link=link)
    asked = settings.resource_url
    if of_vendor(link, asked=asked, domains=servers.VENDOR_DOMAINS) or of_family(link, asked=asked):
        return Request.read("GET", PATH, effect, parts={"id": id}, link=link, anonymous=True)
    raise Unintelligible(
        f"download attachment {id}",
        said=["its link leads to another domain, so it is not followed"],
        hint="The link stands in `raw` of the attachment as lists tell it. Follow it yourself if you trust it.",
    )
