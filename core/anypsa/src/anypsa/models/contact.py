"""Contacts: people at a company."""

from __future__ import annotations

from datetime import datetime
from typing import Required, TypeAlias

from .base import Alteration, Creation, Pending, Record, Ref
from .company import Company, CompanyLike
from .location import Location, LocationLike


class Contact(Record):
    """A person at a company. Autotask: Contact; HaloPSA: User; ConnectWise: contact."""

    company: Ref[Company]
    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    active: bool | None = None
    location: Ref[Location] | None = None
    external_id: str | None = None
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def name(self) -> str:
        """First and last name."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


class NewContact(Creation, total=False):
    """What `contacts.create` takes."""

    company: Required[CompanyLike]
    first_name: Required[str]
    last_name: Required[str]
    job_title: str | None
    email: str | None
    phone: str | None
    mobile: str | None
    active: bool
    location: LocationLike | None
    external_id: str | None
    custom_fields: dict[str, str | None]


class ChangeContact(Alteration, total=False):
    """What `contacts.update` takes."""

    first_name: str
    last_name: str
    job_title: str | None
    email: str | None
    phone: str | None
    mobile: str | None
    active: bool
    location: LocationLike | None
    external_id: str | None
    custom_fields: dict[str, str | None]


ContactLike: TypeAlias = Contact | Ref[Contact] | Pending | str | int
