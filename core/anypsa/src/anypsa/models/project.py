"""Projects: work that is planned."""

from __future__ import annotations

from datetime import datetime
from typing import Required

from .base import Alteration, Choice, Chosen, Creation, Record, Ref
from .company import Company, CompanyLike
from .technician import Technician, TechnicianLike


class Project(Record):
    """Planned work for a customer. Autotask: Project; HaloPSA: a ticket of a project's type."""

    title: str = ""
    number: str | None = None
    description: str | None = None
    company: Ref[Company]
    status: Choice | None = None
    type: Choice | None = None
    lead: Ref[Technician] | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None


class NewProject(Creation, total=False):
    """What `projects.create` takes."""

    title: Required[str]
    company: Required[CompanyLike]
    type: Chosen
    status: Chosen
    description: str | None
    lead: TechnicianLike | None
    starts: datetime
    ends: datetime


class ChangeProject(Alteration, total=False):
    """What `projects.update` takes."""

    title: str
    status: Chosen
    description: str | None
    lead: TechnicianLike | None
    starts: datetime
    ends: datetime
