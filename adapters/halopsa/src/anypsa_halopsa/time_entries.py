"""Time entries: actions that hold time, in hours (wire/halopsa.md 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, OutcomeUnknown, Problem
from anypsa.models import Record
from anypsa.spi import WRITING, Answer, worked

from .codecs import whole
from .reading import Reader
from .tables import TECHNICIANS, TIME_ENTRIES

JUDGED: Final = frozenset({"duration", "started", "ended"})
"""What can only be judged beside the rest of an entry."""


def completed(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a new entry, with how long was worked."""
    return {**values, "duration": worked(values)}


def changed(entry: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a change, judged beside the entry as it is."""
    if not {"started", "ended"} & values.keys():
        return {**values, "duration": worked(values)} if "duration" in values else values
    held = {name: getattr(entry, name) for name in ("started", "ended")}
    return {**values, "duration": worked({**held, **values})}


async def name_of(reader: Reader, technician: str) -> str:
    """What the vendor wants of another author: the name of the agent, and no id (2.2)."""
    try:
        row = await reader.row(TECHNICIANS, technician)
    except NotFound:
        problem = Problem("technician", "there is no such technician", value=technician)
        raise Invalid(WRITING, problems=[problem], hint="Nothing was sent.") from None
    return str(row.get("name") or f"{row.get('firstname') or ''} {row.get('surname') or ''}".strip())


def verify(answer: Answer, values: Mapping[str, Any], id: str) -> None:
    """Raises `OutcomeUnknown` if the entry was written as somebody else's than was asked for: tenants may forbid it."""
    wanted, body = values.get("technician"), answer.json()
    row = body[-1] if isinstance(body, list) and body else body
    author = whole(row.get(TIME_ENTRIES.by_name["technician"].wire))
    if wanted is not None and author not in ("None", "", "0", wanted):
        raise OutcomeUnknown(
            WRITING,
            said=[f"it is written as {id}, and as the work of technician {author} instead of {wanted}"],
            hint="The tenant may not let the application write for others (Configuration, Integrations). Do not write it again.",
            candidates=[id],
            status=answer.status,
        )
