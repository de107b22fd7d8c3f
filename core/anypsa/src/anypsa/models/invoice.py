"""Invoices: what customers were asked to pay. Read-only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from .base import Record, Ref
from .company import Company


class Invoice(Record):
    """A bill, or the rule that makes one. Autotask: Invoice; HaloPSA: Invoice and RecurringInvoice (`recurring`)."""

    number: str | None = None
    company: Ref[Company]
    total: Decimal | None = None
    tax: Decimal | None = None
    paid: bool | None = None
    recurring: bool = False
    date: datetime | None = None
    due: datetime | None = None


class NewInvoice(TypedDict):
    """Invoices are made by people."""


class ChangeInvoice(TypedDict):
    """Invoices are changed by people."""
