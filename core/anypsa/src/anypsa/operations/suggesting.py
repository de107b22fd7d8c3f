"""Suggesting: callers found while their names are spoken, in an index of our own that changes keep fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from ..errors import Invalid, Problem
from ..models import CONTACTS, Contact
from ..spi.table import Verb
from .changes import UPDATED, changes
from .context import Context
from .names import Book
from .offers import AnyKind, looked_for, only
from .reaching import everything

FRESH: Final = timedelta(minutes=5)
"""So old the index may be before a look for changes."""
WHOLE: Final = timedelta(hours=12)
"""So old it may be before all contacts are read anew: no look finds who was deleted."""
UNTOLD: Final = timedelta(hours=1)
"""So old it may be at least where the vendor does not tell which contacts were changed."""
TRIED: Final = "suggest contacts"


async def suggest(
    context: Context, kind: AnyKind, text: str, limit: int, max_age: timedelta | None
) -> Sequence[Contact]:
    """Whose names are, begin like, or are like what was said, the best first."""
    only(kind, CONTACTS, "suggest")
    looked_for(TRIED, text, limit)
    if max_age is not None and (not isinstance(max_age, timedelta) or max_age < timedelta()):
        raise Invalid(TRIED, problems=[Problem("max_age", "wants a timedelta of 0 or more, or None")])
    return (await fresh(context, max_age)).find(text, limit)


async def fresh(context: Context, max_age: timedelta | None) -> Book:
    """The index, not older than that; None takes it as it is. The first time all contacts are read."""
    book = await whole(context)
    told = UPDATED in context.table(CONTACTS, Verb.LIST).by_name
    age = context.session.wire.now() - book.looked
    if max_age is None or age < (max_age if told else max(max_age, UNTOLD)).total_seconds():
        return book
    if book.worn or not told:
        context.session.forget("names", book)
        return await whole(context)
    # No two looks at once; and none is remembered, since each has to go on where the last one ended.
    await context.session.once("names changed", partial(look, context, book), ttl=0.0)
    return book


async def whole(context: Context) -> Book:
    return await context.session.once("names", partial(read, context), ttl=WHOLE.total_seconds())


async def read(context: Context) -> Book:
    """All contacts. What is changed while they are read, the first look finds."""
    looked = context.session.wire.now()
    told = UPDATED in context.table(CONTACTS, Verb.LIST).by_name
    cursor = (await changes(context, None, [CONTACTS.name])).cursor if told else ""
    found: list[Contact] = await everything(context, CONTACTS, None)
    return await context.session.wire.offload(partial(Book, found, cursor, looked))


async def look(context: Context, book: Book) -> None:
    """Turns to what was changed since the look before."""
    looked = context.session.wire.now()
    found = await changes(context, book.cursor, None)
    contacts = [one for one in found.records if isinstance(one, Contact)]
    await context.session.wire.offload(partial(book.turn, contacts, found.cursor, looked))
