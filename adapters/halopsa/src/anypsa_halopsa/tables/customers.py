"""Customers and the MSP's own people: clients, their sites, users and assets; agents (wire/halopsa.md 2.3, 2.4, 2.5)."""

from __future__ import annotations

from typing import Final

from anypsa import models
from anypsa.spi import NUMBER, READ, TEXT, Field, Filter, Pointer, Table, Verb

from .. import derived
from ..codecs import CHOSEN, COMPANY, HIDDEN, MOMENT, Unless

STRICT, NONE = Filter.STRICT, Filter.NONE
ACTIVE: Final = Field(
    name="active", wire="inactive", codec=HIDDEN, derive=derived.active, reads=derived.IN_USE, filter=NONE
)
ID: Final = Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False)
OF_COMPANY: Final = Field(name="company", wire="client_id", codec=COMPANY, filter=STRICT)

COMPANIES: Final = Table(
    kind=models.COMPANIES,
    path="Client",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=derived.customs,
    # Lists do not tell when a client was made, so that a lost one cannot be told from an older one like it.
    fields=[
        ID,
        Field(name="name", wire="name", filter=NONE),
        Field(name="number", wire="ref", codec=TEXT, filter=NONE),
        ACTIVE,
        Field(name="website", wire="website", filter=NONE, listed=False),
        Field(
            name="owner",
            wire="accountmanagertech",
            codec=Unless(Pointer(models.Technician), 0, -1, 1),
            filter=NONE,
        ),
    ],
)

CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="Users",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=derived.customs,
    fields=[
        ID,
        OF_COMPANY,
        Field(name="first_name", wire="firstname", derive=derived.first_name, reads=derived.OF_PERSON, filter=NONE),
        Field(name="last_name", wire="surname", derive=derived.last_name, reads=derived.OF_PERSON, filter=NONE),
        Field(name="job_title", wire="title", filter=NONE),
        Field(name="email", wire="emailaddress", filter=NONE),
        Field(name="phone", wire="phonenumber", filter=NONE),
        Field(name="mobile", wire="mobilenumber", filter=NONE),
        Field(name="location", wire="site_id", codec=Unless(Pointer(models.Location), 0, -1), filter=STRICT),
        ACTIVE,
    ],
)

ASSETS: Final = Table(
    kind=models.ASSETS,
    path="Asset",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=derived.of_asset,
    fields=[
        ID,
        Field(name="name", wire="inventory_number", filter=NONE),
        OF_COMPANY,
        Field(name="kind", wire="assettype_id", codec=CHOSEN, filter=STRICT, picks=True),
        ACTIVE,
        Field(name="remarks", wire="notes", filter=NONE, listed=False),
        Field(name="warranty_until", wire="warranty_end", codec=MOMENT, filter=NONE),
        Field(name="updated", wire="last_modified", codec=MOMENT, filter=NONE, writable=False),
    ],
)

LOCATIONS: Final = Table(
    kind=models.LOCATIONS,
    path="Site",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=derived.customs,
    fields=[
        ID,
        Field(name="name", wire="name", filter=NONE),
        OF_COMPANY,
        # What is called so on the wire are lines of an address; which of them is the city, nobody says.
        Field(name="address", wire="delivery_address_line1", filter=NONE, writable=False),
        Field(name="phone", wire="phonenumber", filter=NONE),
        ACTIVE,
    ],
)

TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="Agent",
    fields=[
        ID,
        Field(name="first_name", wire="firstname", derive=derived.first_name, reads=derived.OF_PERSON, filter=NONE),
        Field(name="last_name", wire="surname", derive=derived.last_name, reads=derived.OF_PERSON, filter=NONE),
        Field(name="email", wire="email", filter=NONE),
        Field(name="job_title", wire="jobtitle", filter=NONE),
        Field(name="active", wire="isdisabled", codec=HIDDEN, derive=derived.active, reads=derived.IN_USE, filter=NONE),
    ],
)
