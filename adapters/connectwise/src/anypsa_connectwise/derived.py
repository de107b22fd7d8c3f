"""Derived fields: those that stand deeper in a row, or that several of the vendor's tell together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from anypsa.models import State, Visibility
from anypsa.spi import FLAG, INSTANT, NUMBER, TEXT, Context, Undecodable

from .codecs import LISTED

Row = Mapping[str, Any]
STATES: Final = "states"
"""What decoding is told beside the row: which states the profile gives to statuses."""
INFO: Final = "_info"
PUBLIC: Final = "detailDescriptionFlag"
INTERNAL: Final = "internalAnalysisFlag"
RESOLUTION: Final = "resolutionFlag"
# Who may read a note is said in full, and nobody is mailed about it (note).
FLAGS: Final[Mapping[Visibility, Mapping[str, bool]]] = {
    Visibility.INTERNAL: {PUBLIC: False, INTERNAL: True, RESOLUTION: False},
    Visibility.PUBLIC: {PUBLIC: True, INTERNAL: False, RESOLUTION: False},
}


def state(row: Row, context: Context) -> State:
    """Closed is what the vendor calls closed; the profile may say more of a status; anything else is open."""
    if row.get("closedFlag") is not None and FLAG.decode(row["closedFlag"], "closedFlag", context):
        return State.CLOSED
    status = None if row.get("status") is None else LISTED.decode(row["status"], "status", context).id
    return State(context.labels.get(STATES, {}).get(status or "", State.OPEN))


def stamp(name: str) -> Callable[[Row, Context], datetime | None]:
    """One of the times that stand in a row's `_info`."""

    def read(row: Row, context: Context) -> datetime | None:
        info = row.get(INFO)
        if info is None:
            return None
        if not isinstance(info, Mapping):
            raise Undecodable("not an object")
        moment: datetime | None = None if info.get(name) is None else INSTANT.decode(info[name], name, context)
        return moment

    return read


def visibility(row: Row, context: Context) -> Visibility | None:
    """Who may read a note; None for what is neither the discussion with the customer nor internal alone (note)."""
    public, internal, resolution = (
        row.get(flag) is not None and FLAG.decode(row[flag], flag, context) for flag in (PUBLIC, INTERNAL, RESOLUTION)
    )
    if public:
        return Visibility.PUBLIC
    return Visibility.INTERNAL if internal and not resolution else None


def composite(row: Row, context: Context) -> str:
    """A note is found within its ticket only, so its key is both: "4321:7"."""
    if row.get("ticketId") is None or row.get("id") is None:
        raise Undecodable("without its ticket")
    ticket, number = (NUMBER.decode(row[name], name, context) for name in ("ticketId", "id"))
    return f"{ticket}:{number}"


def email(row: Row, context: Context) -> str | None:
    """The e-mail address among a contact's communication items: the default one, or the first (contact)."""
    items = sorted(
        (item for item in communication(row) if item.get("communicationType") == "Email"),
        key=lambda item: item.get("defaultFlag") is not True,
    )
    value = items[0].get("value") if items else None
    return None if value is None else TEXT.decode(value, "communicationItems", context)


def communication(row: Row) -> Iterator[Mapping[str, Any]]:
    items = row.get("communicationItems")
    if items is not None and not isinstance(items, list):
        raise Undecodable("not a list")
    for item in items or ():
        if not isinstance(item, Mapping):
            raise Undecodable("not a list of objects")
        yield item
