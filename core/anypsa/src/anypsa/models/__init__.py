"""The neutral records, one module each, and their kinds."""

from .asset import Asset, AssetLike, ChangeAsset, NewAsset
from .base import OPTIONS, Alteration, Choice, Chosen, Creation, Id, Name, Record, Ref, State, Visibility
from .company import ChangeCompany, Company, CompanyLike, NewCompany
from .contact import ChangeContact, Contact, ContactLike, NewContact
from .kind import Kind, Sort, Trait
from .note import ChangeNote, NewNote, Note
from .queue import ChangeQueue, NewQueue, Queue
from .technician import ChangeTechnician, NewTechnician, Technician, TechnicianLike
from .ticket import ChangeTicket, NewTicket, Ticket, TicketLike

TICKETS = Kind(Ticket, "tickets", new=NewTicket, change=ChangeTicket)
NOTES = Kind(Note, "notes", new=NewNote, change=ChangeNote)
COMPANIES = Kind(Company, "companies", new=NewCompany, change=ChangeCompany)
CONTACTS = Kind(Contact, "contacts", new=NewContact, change=ChangeContact)
ASSETS = Kind(Asset, "assets", new=NewAsset, change=ChangeAsset)
QUEUES = Kind(Queue, "queues", new=NewQueue, change=ChangeQueue)
TECHNICIANS = Kind(Technician, "technicians", new=NewTechnician, change=ChangeTechnician)

__all__ = [
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
    "Queue",
    "Record",
    "Ref",
    "Sort",
    "State",
    "Technician",
    "TechnicianLike",
    "Ticket",
    "TicketLike",
    "Trait",
    "Visibility",
]
