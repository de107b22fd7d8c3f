"""Time entries: actions that hold time, in hours (wire/halopsa.md 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, OutcomeUnknown, Problem
from anypsa.models import Record
from anypsa.spi import Answer

from .codecs import whole
from .reading import Reader
from .tables import TECHNICIANS, TIME_ENTRIES

TRIED: Final = "write a time entry"
LONGEST: Final = timedelta(hours=24)
JUDGED: Final = frozenset({"duration", "started", "ended"})
"""What can only be judged beside the rest of an entry."""


def completed(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a new entry, with how long was worked."""
    return {**values, "duration": duration(values)}


def changed(entry: Record, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a change, judged beside the entry as it is."""
    if not {"started", "ended"} & values.keys():
        return {**values, "duration": duration(values)} if "duration" in values else values
    held = {name: getattr(entry, name) for name in ("started", "ended")}
    return {**values, "duration": duration({**held, **values})}


def duration(values: Mapping[str, Any]) -> timedelta:
    """How long was worked, by what was named; raises `Invalid` for what contradicts itself."""
    started, ended, named = (values.get(name) for name in ("started", "ended", "duration"))
    problems: list[Problem] = []
    if (started is None) != (ended is None):
        problems.append(Problem("ended" if ended is None else "started", "goes with the other end of the work"))
    elif started is None and named is None:
        problems.append(Problem("duration", "is required, or started and ended"))
    worked = ended - started if started is not None and ended is not None else named
    if worked is not None and not timedelta() < worked <= LONGEST:
        problems.append(Problem("duration", f"is {worked}: an entry is of one day"))
    if worked is not None and named is not None and abs(worked - named) >= timedelta(seconds=1):
        problems.append(Problem("duration", f"is {named}, and from started to ended it is {worked}"))
    if problems:
        raise Invalid(TRIED, problems=problems)
    return worked if worked is not None else timedelta()


async def name_of(reader: Reader, technician: str) -> str:
    """What the vendor wants of another author: the name of the agent, and no id (2.2)."""
    try:
        row = await reader.row(TECHNICIANS, technician)
    except NotFound:
        problem = Problem("technician", "there is no such technician", value=technician)
        raise Invalid(TRIED, problems=[problem], hint="Nothing was sent.") from None
    return str(row.get("name") or f"{row.get('firstname') or ''} {row.get('surname') or ''}".strip())


def verify(answer: Answer, values: Mapping[str, Any], id: str) -> None:
    """Raises `OutcomeUnknown` if the entry was written as somebody else's than was asked for: tenants may forbid it."""
    wanted, body = values.get("technician"), answer.json()
    row = body[-1] if isinstance(body, list) and body else body
    author = whole(row.get(TIME_ENTRIES.by_name["technician"].wire))
    if wanted is not None and author not in ("None", "", "0", wanted):
        raise OutcomeUnknown(
            TRIED,
            said=[f"it is written as {id}, and as the work of technician {author} instead of {wanted}"],
            hint="The tenant may not let the application write for others (Configuration, Integrations). Do not write it again.",
            candidates=[id],
            status=answer.status,
        )
