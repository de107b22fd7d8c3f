"""Paging: pages by keyset, with links that carry an opaque token (wire/autotask.md 4.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from anypsa_sandbox import Call, World

from . import texts
from .filters import LARGEST_NUMBER, Sql, Translator
from .rows import Renderer
from .schema import EntityFact
from .shown import shown

LARGEST = 500


@dataclass(frozen=True)
class Query:
    """One query: its condition, how many rows it wants, which fields."""

    condition: Sql
    size: int
    only: frozenset[str] | None
    search: str | None
    asked: Sequence[tuple[str, str]] = ()
    """Operator and field of each condition at the top, in lower case."""

    @classmethod
    def of(cls, call: Call, entity: EntityFact) -> Query:
        """The query in a body, or in `search=`; raises the vendor's refusal for a bad one."""
        search = call.query.get("search") if call.method == "GET" else None
        model = parsed(search if call.method == "GET" else call.body)
        given = {str(key).lower(): value for key, value in model.items()}
        condition = Translator(entity, call.ignored_operators).all_of(given.get("filter"))
        size = given.get("maxrecords")
        size = LARGEST if size is None else size
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST:
            raise texts.Refused(texts.PAGE_SIZE)
        return cls(condition, size, chosen(given.get("includefields"), entity), search, asked(given["filter"]))


def asked(conditions: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    folded = [{key.lower(): str(value).lower() for key, value in one.items()} for one in conditions]
    return [(one.get("op", ""), one.get("field", "")) for one in folded]


def parsed(text: str | bytes | None) -> Mapping[str, Any]:
    try:
        model = json.loads(text or "")
    except ValueError:
        model = quoted_otherwise(text)
    if not isinstance(model, dict):
        raise texts.Refused(texts.QUERY_MODEL)
    return model


def quoted_otherwise(text: str | bytes | None) -> Any:
    """Single quotes are accepted in the JSON of a GET (4.1)."""
    try:
        return json.loads(text.replace("'", '"')) if isinstance(text, str) else None
    except ValueError:
        return None


def chosen(names: Any, entity: EntityFact) -> frozenset[str] | None:
    if not names:
        return None
    if not isinstance(names, list):
        raise texts.Refused(texts.QUERY_MODEL)
    for name in names:
        if str(name).casefold() not in entity.by_folded:
            raise texts.unknown_field(str(name), entity.name)
    return frozenset(str(name).casefold() for name in names) | {"id"}


def token(query: Mapping[str, str]) -> dict[str, Any]:
    """The token of a link; raises the vendor's refusal for one it did not make."""
    try:
        found = json.loads(query["paging"])
        size, after = int(found["pageSize"]), int(found["nextIds"][0])
        if not 1 <= size <= LARGEST or abs(after) > LARGEST_NUMBER:
            raise ValueError
        return {"pageSize": size, "after": after}
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        raise texts.Refused("Invalid paging token.") from None


def page(query: Query, world: World, renderer: Renderer, base: str, after: int, size: int) -> dict[str, Any]:
    """One page, ids ascending, and the link to the next."""
    entity = renderer.entity
    own = shown(entity.path)
    cursor = world.database.execute(
        f"SELECT {renderer.select()} FROM {own.table} WHERE {own.condition} AND id > ? AND {query.condition.text} ORDER BY id LIMIT ?",
        (after, *query.condition.values, size + 1),
    )
    rows = cursor.fetchall()
    items = [renderer.render(row, cursor, query.only) for row in rows[:size]]
    link = None
    if len(rows) > size:
        ids = {"pageSize": size, "previousIds": [-1], "nextIds": [rows[size - 1][0]]}
        link = f"{base}/ATServicesRest/V1.0/{entity.path}/query/next?paging={quote(json.dumps(ids, separators=(',', ':')))}"
        if query.search is not None:
            link += f"&search={quote(query.search)}"
    # requestCount is the size that was asked for, and no total.
    details = {"count": len(items), "requestCount": size, "prevPageUrl": None, "nextPageUrl": link}
    return {"items": items, "pageDetails": details}


def count(query: Query, world: World, entity: EntityFact) -> int:
    """How many rows match."""
    own = shown(entity.path)
    (found,) = world.database.execute(
        f"SELECT COUNT(*) FROM {own.table} WHERE {own.condition} AND {query.condition.text}", query.condition.values
    ).fetchone()
    return int(found)
