"""Companies: the customers (and vendors, and prospects) of an MSP."""

from __future__ import annotations

from datetime import datetime
from typing import Required, TypeAlias

from .base import Alteration, Choice, Chosen, Creation, Pending, Record, Ref
from .technician import Technician, TechnicianLike


class Company(Record):
    """A customer, prospect or supplier. Autotask: Company (Account); HaloPSA: Client; ConnectWise: company.

    Autotask's company 0 is real: it is the MSP itself.
    """

    name: str = ""
    number: str | None = None
    kind: Choice | None = None
    active: bool | None = None
    phone: str | None = None
    website: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    owner: Ref[Technician] | None = None
    parent_id: str | None = None
    created: datetime | None = None
    updated: datetime | None = None


class NewCompany(Creation, total=False):
    """What `companies.create` takes."""

    name: Required[str]
    number: str | None
    kind: Chosen
    active: bool
    phone: str | None
    website: str | None
    address: str | None
    city: str | None
    postal_code: str | None
    owner: TechnicianLike
    custom_fields: dict[str, str | None]


class ChangeCompany(Alteration, total=False):
    """What `companies.update` takes."""

    name: str
    number: str | None
    kind: Chosen
    active: bool
    phone: str | None
    website: str | None
    address: str | None
    city: str | None
    postal_code: str | None
    owner: TechnicianLike
    custom_fields: dict[str, str | None]


CompanyLike: TypeAlias = Company | Ref[Company] | Pending | str | int
