"""Appointments: when a technician is where."""

from __future__ import annotations

from datetime import datetime
from typing import Required

from .base import Alteration, Creation, Record, Ref
from .technician import Technician, TechnicianLike
from .ticket import Ticket, TicketLike


class Appointment(Record):
    """A time in a technician's calendar. Autotask: Appointment or ServiceCall; HaloPSA: Appointment."""

    title: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    technician: Ref[Technician] | None = None
    ticket: Ref[Ticket] | None = None
    remarks: str | None = None
    all_day: bool | None = None
    created: datetime | None = None


class NewAppointment(Creation, total=False):
    """What `appointments.create` takes."""

    title: Required[str]
    starts: Required[datetime]
    ends: Required[datetime]
    technician: Required[TechnicianLike]
    ticket: TicketLike | None
    remarks: str | None


class ChangeAppointment(Alteration, total=False):
    """What `appointments.update` takes."""

    title: str
    starts: datetime
    ends: datetime
    technician: TechnicianLike
    remarks: str | None
