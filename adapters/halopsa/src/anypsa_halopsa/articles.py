"""Articles: the vendor's own search, whose finds are read one by one, since lists leave out what they say
(wire/halopsa.md 2.6, 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from anypsa.errors import NotFound
from anypsa.models import Record

from . import paging
from .reading import Reader
from .tables import ARTICLES, ENVELOPES

MOST_PAGES: Final = 10


async def search(reader: Reader, text: str, limit: int) -> Sequence[Record]:
    """The articles that the vendor finds, in its own order."""
    ids = await _found(reader, text, limit)
    records = await reader.services.gather([partial(_read, reader, id) for id in ids])
    return [record for record in records if record is not None]


async def _found(reader: Reader, text: str, limit: int) -> list[str]:
    found: dict[str, None] = {}
    for number in range(1, MOST_PAGES + 1):
        asked: dict[str, str] = {"pageinate": "true", "page_no": str(number), "page_size": str(paging.ASKED)}
        answer = await reader.read(ARTICLES.path, ARTICLES.name, {"search": text, **asked})
        page = paging.rows(answer, ENVELOPES[ARTICLES.path])
        new = dict.fromkeys(id for row in page.rows if (id := paging.identity(row)) not in found)
        found |= new
        if not new or len(found) >= min(limit, page.total or limit):
            break
    return list(found)[:limit]


async def _read(reader: Reader, id: str) -> Any:
    try:
        return await reader.get(ARTICLES, id)
    except NotFound:  # deleted since it was found
        return None
