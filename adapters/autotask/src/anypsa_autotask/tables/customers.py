"""Customers and the MSP's own people: companies, their locations, contacts and assets; technicians
(wire/autotask.md 3.3)."""

from __future__ import annotations

from typing import Final

from anypsa import models
from anypsa.spi import FLAG, INSTANT, NUMBER, PICKED, READ, Field, Filter, Flag, Pointer, Reconcile, Table, Verb

from .names import UDF, udf

STRICT = Filter.STRICT

COMPANIES: Final = Table(
    kind=models.COMPANIES,
    path="Companies",
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    reconcile=Reconcile(same=("name", "phone", "owner"), since="created"),
    custom_fields=udf,
    customs=UDF,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="name", wire="companyName"),
        Field(name="number", wire="companyNumber"),
        Field(name="kind", wire="companyType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
        Field(name="phone", wire="phone"),
        Field(name="website", wire="webAddress"),
        Field(name="address", wire="address1"),
        Field(name="city", wire="city"),
        Field(name="postal_code", wire="postalCode"),
        Field(name="owner", wire="ownerResourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="parent_id", wire="parentCompanyID", codec=NUMBER, filter=STRICT),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDate", codec=INSTANT, writable=False),
    ],
)

CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="Contacts",
    ascending=True,
    gathered=True,
    # The root takes updates in some zones only: the company's path takes them in all (3.2).
    write_path="Companies/{company}/Contacts",
    parent="company",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    reconcile=Reconcile(
        marker="external_id", within=("company",), same=("first_name", "last_name", "email"), since="created"
    ),
    custom_fields=udf,
    customs=UDF,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="first_name", wire="firstName"),
        Field(name="last_name", wire="lastName"),
        Field(name="job_title", wire="title"),
        Field(name="email", wire="emailAddress"),
        Field(name="phone", wire="phone"),
        Field(name="mobile", wire="mobilePhone"),
        Field(name="location", wire="companyLocationID", codec=Pointer(models.Location), filter=STRICT),
        Field(name="external_id", wire="externalID"),
        # Alone among the entities, contacts have an integer here: a boolean is refused (3.3).
        Field(name="active", wire="isActive", codec=Flag(integer=True), filter=STRICT),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastModifiedDate", codec=INSTANT, writable=False),
    ],
)

ASSETS: Final = Table(
    kind=models.ASSETS,
    path="ConfigurationItems",
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    reconcile=Reconcile(within=("company", "product_id"), same=("name", "serial_number", "reference"), since="created"),
    custom_fields=udf,
    customs=UDF,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="name", wire="referenceTitle"),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="contact", wire="contactID", codec=Pointer(models.Contact), filter=STRICT),
        Field(name="kind", wire="configurationItemType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
        Field(name="serial_number", wire="serialNumber"),
        Field(name="reference", wire="referenceNumber"),
        Field(name="product_id", wire="productID", codec=NUMBER, filter=STRICT),
        Field(name="location", wire="location"),
        Field(name="remarks", wire="notes"),
        Field(name="installed", wire="installDate", codec=INSTANT),
        Field(name="warranty_until", wire="warrantyExpirationDate", codec=INSTANT),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastModifiedTime", codec=INSTANT, writable=False),
    ],
)

LOCATIONS: Final = Table(
    kind=models.LOCATIONS,
    path="CompanyLocations",
    ascending=True,
    gathered=True,
    write_path="Companies/{company}/Locations",
    parent="company",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    # Locations do not tell when they were made, so that a lost one cannot be told from an older one like it.
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="name", wire="name"),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="address", wire="address1"),
        Field(name="city", wire="city"),
        Field(name="postal_code", wire="postalCode"),
        Field(name="phone", wire="phone"),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
        Field(name="primary", wire="isPrimary", codec=FLAG, filter=STRICT, writable=False),
    ],
)

TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="Resources",
    ascending=True,
    gathered=True,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="first_name", wire="firstName"),
        Field(name="last_name", wire="lastName"),
        Field(name="username", wire="userName"),
        Field(name="email", wire="email"),
        Field(name="job_title", wire="title"),
        Field(name="phone", wire="officePhone"),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
    ],
)
