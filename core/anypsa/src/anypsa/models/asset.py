"""Assets: devices and other things under management."""

from __future__ import annotations

from datetime import datetime
from typing import Required, TypeAlias

from .base import Alteration, Choice, Chosen, Creation, Pending, Record, Ref
from .company import Company, CompanyLike
from .contact import Contact, ContactLike


class Asset(Record):
    """A device or installed product. Autotask: ConfigurationItem (InstalledProduct); HaloPSA: Asset (Device);
    ConnectWise: configuration."""

    name: str | None = None
    company: Ref[Company]
    contact: Ref[Contact] | None = None
    kind: Choice | None = None
    active: bool | None = None
    serial_number: str | None = None
    reference: str | None = None
    product_id: str | None = None
    location: str | None = None
    remarks: str | None = None
    installed: datetime | None = None
    warranty_until: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None


class NewAsset(Creation, total=False):
    """What `assets.create` takes."""

    name: Required[str]
    company: Required[CompanyLike]
    contact: ContactLike | None
    kind: Chosen
    active: bool
    serial_number: str | None
    reference: str | None
    product_id: str | int
    location: str | None
    remarks: str | None
    installed: datetime | None
    warranty_until: datetime | None
    custom_fields: dict[str, str | None]


class ChangeAsset(Alteration, total=False):
    """What `assets.update` takes."""

    name: str
    contact: ContactLike | None
    kind: Chosen
    active: bool
    serial_number: str | None
    reference: str | None
    product_id: str | int
    location: str | None
    remarks: str | None
    installed: datetime | None
    warranty_until: datetime | None
    custom_fields: dict[str, str | None]


AssetLike: TypeAlias = Asset | Ref[Asset] | Pending | str | int
