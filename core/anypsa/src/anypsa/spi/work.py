"""Work: how long an entry of time is, by what its writer named; the same whatever the vendor makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ..errors import Invalid, Problem

LONGEST: Final = timedelta(hours=24)
TOLERATED: Final = timedelta(seconds=1)
WRITING: Final = "write a time entry"


def worked(values: Mapping[str, Any]) -> timedelta:
    """How long was worked, by `duration`, or `started` and `ended`; raises `Invalid` for what contradicts itself."""
    started, ended, named = (values.get(name) for name in ("started", "ended", "duration"))
    problems: list[Problem] = []
    if (started is None) != (ended is None):
        problems.append(Problem("ended" if ended is None else "started", "goes with the other end of the work"))
    elif started is None and named is None:
        problems.append(Problem("duration", "is required, or started and ended"))
    long = ended - started if started is not None and ended is not None else named
    if long is not None and not timedelta() < long <= LONGEST:
        problems.append(Problem("duration", f"is {long}: an entry is of one day"))
    if long is not None and named is not None and abs(long - named) >= TOLERATED:
        problems.append(Problem("duration", f"is {named}, and from started to ended it is {long}"))
    if problems:
        raise Invalid(WRITING, problems=problems)
    return long if long is not None else timedelta()
