"""Articles: what the knowledge base says. The text is an entity of its own, under the same id (wire/autotask.md 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, OutcomeUnknown, PermissionDenied, PSAError
from anypsa.models import Record, Visibility
from anypsa.spi import Action, Effect, Request, reading

from . import queries, rows
from .reading import Reader
from .rows import Row
from .settings import Autotask
from .tables import ARTICLES
from .tables.names import ARTICLE_TEXT
from .writing import Writer, impersonating

ID: Final = ARTICLES.by_name["id"]
AUDIENCE: Final = "audience"
FOUND_BY: Final = tuple(ARTICLES.by_name[name].wire for name in ("title", "keywords"))


async def get(reader: Reader, id: str) -> Record:
    """One article with its text."""
    row = await reader.row(ARTICLES, id)
    return await reader.decoded(ARTICLES, {**row, **(await texts(reader, [id])).get(id, {})})


async def search(reader: Reader, text: str, limit: int) -> Sequence[Record]:
    """The articles that hold a text: those whose title or keywords do before those whose body alone does."""
    by_name = queries.grouped("or", [rows.where(wire, text, "contains") for wire in FOUND_BY])
    in_text = rows.where(ARTICLE_TEXT.text, text, "contains")
    named, written = await reader.services.gather(
        [
            partial(rows.all_of, reader.services, ARTICLES.path, reading(ARTICLES.name), by_name, fields=["id"]),
            partial(_texts_with, reader, in_text),
        ]
    )
    ids = list(dict.fromkeys(id for row in (*named, *written) if (id := rows.number(row.get(ID.wire))) is not None))
    return await whole(reader, ids[:limit])


async def _texts_with(reader: Reader, condition: Mapping[str, Any]) -> Sequence[Row]:
    """The texts that fit; none where they may not be searched."""
    try:
        return await rows.all_of(
            reader.services, ARTICLE_TEXT.path, reading(ARTICLES.name), condition, fields=[ARTICLE_TEXT.text]
        )
    except (NotFound, PermissionDenied, Invalid):  # the last where a tenant's texts cannot be filtered by
        return ()


async def whole(reader: Reader, ids: Sequence[str]) -> Sequence[Record]:
    """Articles with their texts, in the order of their ids here; one that may not be seen is left out."""
    if not ids:
        return []
    wanted = [rows.where(ID.wire, [ID.codec.encode(id) for id in batch], "in") for batch in queries.batches(ids)]
    effect = reading(ARTICLES.name)
    pages = await reader.services.gather(
        [partial(rows.all_of, reader.services, ARTICLES.path, effect, one) for one in wanted]
    )
    bodies = await texts(reader, ids)
    context = await reader.context(ARTICLES)
    found = {}
    for row in (rows.spelled(ARTICLES, row) for page in pages for row in page):
        if (id := rows.number(row.get(ID.wire))) is not None:
            found[id] = ARTICLES.decode({**row, **bodies.get(id, {})}, context)
    return [found[id] for id in ids if id in found]


async def texts(reader: Reader, ids: Sequence[str]) -> Mapping[str, Row]:
    """The texts of articles by id, in as few requests as possible."""
    effect = reading(ARTICLES.name)
    batches = [[ID.codec.encode(id) for id in batch] for batch in queries.batches(ids)]
    pages = await reader.services.gather(
        [
            partial(rows.all_of, reader.services, ARTICLE_TEXT.path, effect, rows.where(ID.wire, batch, "in"))
            for batch in batches
        ]
    )
    body = ARTICLES.by_name["body"].wire
    return {
        id: {body: {key.casefold(): value for key, value in row.items()}.get(ARTICLE_TEXT.text.casefold())}
        for page in pages
        for row in page
        if (id := rows.number(row.get(ID.wire))) is not None
    }


async def create(writer: Writer, reader: Reader, settings: Autotask, values: Mapping[str, Any]) -> str:
    """Creates an article, and then its text."""
    others = {name: value for name, value in values.items() if name != "body"}
    if others.get("audience") is None:  # never shown to customers by accident
        others["audience"] = await writer.visibility(ARTICLES, AUDIENCE, Visibility.INTERNAL)
    id = await writer.create(ARTICLES, others)
    try:
        await write_text(reader, settings, id, values["body"])
    except PSAError as error:
        raise OutcomeUnknown(
            "create an article",
            said=[f"article {id} was made, and its text was not", str(error)],
            hint=f"Write the text: articles.update({id!r}, body=...). Do not create it again.",
            candidates=[id],
        ) from error
    return id


async def update(writer: Writer, reader: Reader, settings: Autotask, id: str, values: Mapping[str, Any]) -> None:
    """Changes an article, its text, or both."""
    if others := {name: value for name, value in values.items() if name != "body"}:
        await writer.update(ARTICLES, id, others)
    if "body" in values:
        await write_text(reader, settings, id, values["body"])


async def write_text(reader: Reader, settings: Autotask, id: str, text: str) -> None:
    body = {ID.wire: ID.codec.encode(id), ARTICLE_TEXT.text: text}
    effect = Effect(Action.UPDATE, ARTICLES.name, id, frozenset({"body"}))
    path, parts = ARTICLE_TEXT.write_path, {"article": id}
    headers = impersonating(settings)
    await reader.services.send(
        Request(method="PATCH", path=path, parts=parts, effect=effect, json=body, headers=headers)
    )
