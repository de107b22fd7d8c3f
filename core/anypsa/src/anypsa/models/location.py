"""Locations: where a company is."""

from __future__ import annotations

from typing import Required, TypeAlias

from .base import Alteration, Creation, Pending, Record, Ref
from .company import Company, CompanyLike


class Location(Record):
    """A place of a company. Autotask: CompanyLocation; HaloPSA: Site."""

    name: str = ""
    company: Ref[Company]
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    active: bool | None = None
    primary: bool | None = None


class NewLocation(Creation, total=False):
    """What `locations.create` takes."""

    name: Required[str]
    company: Required[CompanyLike]
    address: str | None
    city: str | None
    postal_code: str | None
    phone: str | None
    active: bool


class ChangeLocation(Alteration, total=False):
    """What `locations.update` takes."""

    name: str
    address: str | None
    city: str | None
    postal_code: str | None
    phone: str | None
    active: bool


LocationLike: TypeAlias = Location | Ref[Location] | Pending | str | int
