"""Contracts: what a customer has agreed to pay for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Required, TypeAlias

from .base import Alteration, Choice, Chosen, ContractKind, Creation, Model, Pending, Record, Ref
from .company import Company, CompanyLike
from .contact import Contact, ContactLike


class Contract(Record):
    """An agreement with a customer. Autotask: Contract; HaloPSA: ClientContract; ConnectWise: agreement.

    `kind` is what `type` means: a vendor's fact, or the profile's mapping. `psa.balance(contract)` tells what is left.
    """

    name: str = ""
    number: str | None = None
    company: Ref[Company]
    contact: Ref[Contact] | None = None
    kind: ContractKind = ContractKind.UNKNOWN
    type: Choice | None = None
    status: Choice | None = None
    active: bool | None = None
    default: bool | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    updated: datetime | None = None


class NewContract(Creation, total=False):
    """What `contracts.create` takes, where a PSA creates contracts by its API."""

    name: Required[str]
    company: Required[CompanyLike]
    type: Required[Chosen]
    starts: Required[datetime]
    ends: Required[datetime]
    number: str | None
    contact: ContactLike | None
    status: Chosen


class ChangeContract(Alteration, total=False):
    """What `contracts.update` takes."""

    name: str
    number: str | None
    contact: ContactLike | None
    status: Chosen
    starts: datetime
    ends: datetime


class Balance(Model):
    """What a contract has left, in hours (block hours), tickets (per ticket) or money (retainer): `unit` says which.

    `bought` is what the customer paid for, `used` what has been billed against it, `unposted` what was worked and is
    not billed yet; `left` is what remains of the first after both.
    """

    contract: Ref[Contract]
    unit: str
    bought: Decimal
    used: Decimal
    unposted: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What remains; negative when more was worked than was bought."""
        return self.bought - self.used - self.unposted


ContractLike: TypeAlias = Contract | Ref[Contract] | Pending | str | int
