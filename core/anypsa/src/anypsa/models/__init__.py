"""The neutral records, one module each, and their kinds."""

from collections.abc import Mapping
from typing import Any, Final

from .appointment import Appointment, ChangeAppointment, NewAppointment
from .article import Article, ChangeArticle, NewArticle
from .asset import Asset, AssetLike, ChangeAsset, NewAsset
from .attachment import Attachment, ChangeAttachment, NewAttachment
from .base import (
    OPTIONS,
    Alteration,
    Choice,
    Chosen,
    ContractKind,
    Creation,
    Id,
    Name,
    Pending,
    Record,
    Ref,
    State,
    Visibility,
)
from .checklist import ChangeChecklistItem, ChecklistItem, NewChecklistItem
from .company import ChangeCompany, Company, CompanyLike, NewCompany
from .contact import ChangeContact, Contact, ContactLike, NewContact
from .contract import Balance, ChangeContract, Contract, ContractLike, NewContract
from .entity import Entity, EntityKind
from .event import HAPPENINGS, Actor, ActorKind, Event, Source, Wakeup
from .history import ChangeHistoryEntry, HistoryEntry, NewHistoryEntry
from .invoice import ChangeInvoice, Invoice, NewInvoice
from .kind import Kind, Sort, Trait
from .location import ChangeLocation, Location, LocationLike, NewLocation
from .note import ChangeNote, NewNote, Note
from .project import ChangeProject, NewProject, Project
from .queue import ChangeQueue, NewQueue, Queue
from .technician import ChangeTechnician, NewTechnician, Technician, TechnicianLike
from .ticket import ChangeTicket, NewTicket, Ticket, TicketLike
from .time_entry import ChangeTimeEntry, NewTimeEntry, TimeEntry, Worked
from .workload import Workload, topic

TICKETS = Kind(Ticket, "tickets", new=NewTicket, change=ChangeTicket)
NOTES = Kind(Note, "notes", new=NewNote, change=ChangeNote)
COMPANIES = Kind(Company, "companies", new=NewCompany, change=ChangeCompany)
CONTACTS = Kind(Contact, "contacts", new=NewContact, change=ChangeContact)
ASSETS = Kind(Asset, "assets", new=NewAsset, change=ChangeAsset)
QUEUES = Kind(Queue, "queues", new=NewQueue, change=ChangeQueue)
TECHNICIANS = Kind(Technician, "technicians", new=NewTechnician, change=ChangeTechnician)
CONTRACTS = Kind(Contract, "contracts", new=NewContract, change=ChangeContract)
TIME_ENTRIES = Kind(TimeEntry, "time_entries", new=NewTimeEntry, change=ChangeTimeEntry)
ARTICLES = Kind(Article, "articles", new=NewArticle, change=ChangeArticle)
ATTACHMENTS = Kind(Attachment, "attachments", new=NewAttachment, change=ChangeAttachment)
LOCATIONS = Kind(Location, "locations", new=NewLocation, change=ChangeLocation)
HISTORY = Kind(HistoryEntry, "history", new=NewHistoryEntry, change=ChangeHistoryEntry)
CHECKLIST = Kind(ChecklistItem, "checklist", new=NewChecklistItem, change=ChangeChecklistItem)
APPOINTMENTS = Kind(Appointment, "appointments", new=NewAppointment, change=ChangeAppointment)
PROJECTS = Kind(Project, "projects", new=NewProject, change=ChangeProject)
INVOICES = Kind(Invoice, "invoices", new=NewInvoice, change=ChangeInvoice)
KINDS: Final[Mapping[str, Kind[Any, ..., ...]]] = {
    kind.name: kind
    for kind in (
        *(TICKETS, NOTES, COMPANIES, CONTACTS, ASSETS, QUEUES, TECHNICIANS, CONTRACTS, TIME_ENTRIES, ARTICLES),
        *(ATTACHMENTS, LOCATIONS, HISTORY, CHECKLIST, APPOINTMENTS, PROJECTS, INVOICES),
    )
}
"""Every kind, by its singular word."""

__all__ = [
    "Actor",
    "ActorKind",
    "Event",
    "HAPPENINGS",
    "Source",
    "Wakeup",
    "Entity",
    "EntityKind",
    "ContractKind",
    "Balance",
    "ContractLike",
    "LocationLike",
    "Contract",
    "NewContract",
    "ChangeContract",
    "CONTRACTS",
    "TimeEntry",
    "NewTimeEntry",
    "Worked",
    "ChangeTimeEntry",
    "TIME_ENTRIES",
    "Article",
    "NewArticle",
    "ChangeArticle",
    "ARTICLES",
    "Attachment",
    "NewAttachment",
    "ChangeAttachment",
    "ATTACHMENTS",
    "Location",
    "NewLocation",
    "ChangeLocation",
    "LOCATIONS",
    "HistoryEntry",
    "NewHistoryEntry",
    "ChangeHistoryEntry",
    "HISTORY",
    "ChecklistItem",
    "NewChecklistItem",
    "ChangeChecklistItem",
    "CHECKLIST",
    "Appointment",
    "NewAppointment",
    "ChangeAppointment",
    "APPOINTMENTS",
    "Project",
    "NewProject",
    "ChangeProject",
    "PROJECTS",
    "Invoice",
    "NewInvoice",
    "ChangeInvoice",
    "INVOICES",
    "ASSETS",
    "COMPANIES",
    "CONTACTS",
    "NOTES",
    "OPTIONS",
    "QUEUES",
    "TECHNICIANS",
    "TICKETS",
    "Alteration",
    "Asset",
    "AssetLike",
    "ChangeAsset",
    "ChangeCompany",
    "ChangeContact",
    "ChangeNote",
    "ChangeQueue",
    "ChangeTechnician",
    "ChangeTicket",
    "Choice",
    "Chosen",
    "Company",
    "CompanyLike",
    "Contact",
    "ContactLike",
    "Creation",
    "Id",
    "KINDS",
    "Kind",
    "Name",
    "NewAsset",
    "NewCompany",
    "NewContact",
    "NewNote",
    "NewQueue",
    "NewTechnician",
    "NewTicket",
    "Note",
    "Pending",
    "Queue",
    "Record",
    "Ref",
    "Sort",
    "State",
    "Technician",
    "TechnicianLike",
    "Ticket",
    "TicketLike",
    "Workload",
    "topic",
    "Trait",
    "Visibility",
]
