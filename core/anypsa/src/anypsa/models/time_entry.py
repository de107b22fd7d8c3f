"""Time entries: work done, as it is billed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Required, TypedDict

from .base import Alteration, Choice, Chosen, Creation, Record, Ref
from .contract import Contract, ContractLike
from .technician import Technician, TechnicianLike
from .ticket import Ticket, TicketLike


class TimeEntry(Record):
    """Time that a technician worked. Autotask: TimeEntry; HaloPSA: Action with `timetaken`; ConnectWise: time entry.

    `duration` is what was worked, `billed` what the vendor made of it by its own rules. `summary` may be shown to the
    customer (on invoices, in portals); `remarks` never is.
    """

    ticket: Ref[Ticket] | None = None
    technician: Ref[Technician] | None = None
    duration: timedelta | None = None
    billed: timedelta | None = None
    worked_on: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    summary: str | None = None
    remarks: str | None = None
    billable: bool | None = None
    role: Choice | None = None
    work_type: Choice | None = None
    contract: Ref[Contract] | None = None
    created: datetime | None = None
    updated: datetime | None = None


class Worked(TypedDict, total=False):
    """What `psa.work` takes beside the ticket; how long it was is measured. `summary` is the ticket's title if not said."""

    technician: TechnicianLike
    summary: str
    remarks: str | None
    billable: bool
    role: Chosen
    work_type: Chosen


class NewTimeEntry(Creation, total=False):
    """What `time_entries.create` takes. A time entry bills somebody: it is never sent a second time by itself.

    Give `duration`, or `started` and `ended`.
    """

    ticket: Required[TicketLike]
    technician: TechnicianLike
    summary: Required[str]
    duration: timedelta
    worked_on: datetime
    started: datetime
    ended: datetime
    remarks: str | None
    billable: bool
    role: Chosen
    work_type: Chosen
    contract: ContractLike | None


class ChangeTimeEntry(Alteration, total=False):
    """What `time_entries.update` takes."""

    summary: str
    duration: timedelta
    worked_on: datetime
    started: datetime
    ended: datetime
    remarks: str | None
    billable: bool
    role: Chosen
    work_type: Chosen
    contract: ContractLike | None
