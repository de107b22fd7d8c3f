"""Tickets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Required, TypeAlias

from .asset import Asset, AssetLike
from .base import Alteration, Choice, Chosen, Creation, Pending, Record, Ref, State
from .company import Company, CompanyLike
from .contact import Contact, ContactLike
from .contract import Contract, ContractLike
from .location import Location, LocationLike
from .technician import Technician, TechnicianLike


class Ticket(Record):
    """A piece of work that a customer asked for. Autotask: Ticket; HaloPSA: Ticket (Fault); ConnectWise: service ticket.

    `state` is what `status` means; `queue` is Autotask's queue, HaloPSA's team, ConnectWise's board. `category` and
    `subcategory` are Autotask's issue and sub-issue type. Times are aware UTC.
    """

    number: str | None = None
    title: str = ""
    description: str | None = None
    state: State
    status: Choice
    priority: Choice | None = None
    queue: Choice | None = None
    type: Choice | None = None
    category: Choice | None = None
    subcategory: Choice | None = None
    source: Choice | None = None
    company: Ref[Company]
    contact: Ref[Contact] | None = None
    asset: Ref[Asset] | None = None
    assignee: Ref[Technician] | None = None
    contract: Ref[Contract] | None = None
    location: Ref[Location] | None = None
    external_id: str | None = None
    resolution: str | None = None
    estimate: timedelta | None = None
    created: datetime | None = None
    updated: datetime | None = None
    due: datetime | None = None
    closed: datetime | None = None


class ChangeTicket(Alteration, total=False):
    """What `tickets.update` takes: only what is named is sent, and None clears."""

    title: str
    description: str | None
    status: Chosen
    priority: Chosen
    queue: Chosen | None
    type: Chosen | None
    category: Chosen | None
    subcategory: Chosen | None
    source: Chosen | None
    company: CompanyLike
    contact: ContactLike | None
    asset: AssetLike | None
    assignee: TechnicianLike | None
    contract: ContractLike | None
    location: LocationLike | None
    external_id: str | None
    resolution: str | None
    estimate: timedelta | None
    due: datetime | None
    custom_fields: dict[str, str | None]


class NewTicket(Creation, total=False):
    """What `tickets.create` takes."""

    title: Required[str]
    company: Required[CompanyLike]
    description: str | None
    status: Chosen
    priority: Chosen
    queue: Chosen | None
    type: Chosen | None
    category: Chosen | None
    subcategory: Chosen | None
    source: Chosen | None
    contact: ContactLike | None
    asset: AssetLike | None
    assignee: TechnicianLike | None
    contract: ContractLike | None
    location: LocationLike | None
    external_id: str | None
    resolution: str | None
    estimate: timedelta | None
    due: datetime | None
    custom_fields: dict[str, str | None]


TicketLike: TypeAlias = Ticket | Ref[Ticket] | Pending | str | int
