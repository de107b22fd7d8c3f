"""Technicians: the MSP's own people."""

from __future__ import annotations

from typing import TypeAlias, TypedDict

from .base import Name, Record, Ref


class Technician(Record):
    """A person (or API user) of the MSP. Autotask: Resource; HaloPSA: Agent; ConnectWise: member."""

    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    email: str | None = None
    job_title: str | None = None
    phone: str | None = None
    active: bool | None = None

    @property
    def name(self) -> str:
        """First and last name, the label by which `assignee=` finds a technician."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


class NewTechnician(TypedDict):
    """No PSA creates technicians by its API."""


class ChangeTechnician(TypedDict):
    """No PSA of ours changes technicians yet."""


TechnicianLike: TypeAlias = Technician | Ref[Technician] | Name | str | int
