"""What is agreed, planned, billed and written down: contracts, projects, appointments, invoices, articles
(wire/autotask.md 3.3; projects, appointments and invoices by the vendor's own Swagger of 2020)."""

from __future__ import annotations

from typing import Final

from anypsa import models
from anypsa.spi import AMOUNT, FLAG, INSTANT, NUMBER, PICKED, READ, Field, Filter, Pointer, Reconcile, Table, Verb

from .names import UDF, contract_active, contract_kind, paid, udf

STRICT, NONE = Filter.STRICT, Filter.NONE

CONTRACTS: Final = Table(
    kind=models.CONTRACTS,
    path="Contracts",
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=udf,
    customs=UDF,
    # Contracts do not tell when they were made, so that a lost one cannot be told from an older one like it.
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="name", wire="contractName"),
        Field(name="number", wire="contractNumber"),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="contact", wire="contactID", codec=Pointer(models.Contact), filter=STRICT),
        Field(name="kind", wire="contractType", codec=NUMBER, derive=contract_kind, alone=True, writable=False),
        Field(name="type", wire="contractType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="active", wire="status", filter=NONE, derive=contract_active, alone=True, writable=False),
        Field(name="status", wire="status", codec=PICKED, filter=STRICT, picks=True),
        Field(name="default", wire="isDefaultContract", codec=FLAG, filter=STRICT, writable=False),
        Field(name="starts", wire="startDate", codec=INSTANT),
        Field(name="ends", wire="endDate", codec=INSTANT),
        Field(name="updated", wire="lastModifiedDateTime", codec=INSTANT, writable=False),
    ],
)

PROJECTS: Final = Table(
    kind=models.PROJECTS,
    path="Projects",
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=udf,
    customs=UDF,
    reconcile=Reconcile(within=("company",), same=("title", "description"), since="created"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="title", wire="projectName"),
        Field(name="number", wire="projectNumber", writable=False),
        Field(name="description", wire="description"),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="status", wire="status", codec=PICKED, filter=STRICT, picks=True),
        Field(name="type", wire="projectType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="lead", wire="projectLeadResourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="starts", wire="startDateTime", codec=INSTANT),
        Field(name="ends", wire="endDateTime", codec=INSTANT),
        Field(name="created", wire="createDateTime", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDateTime", codec=INSTANT, writable=False),
    ],
)

APPOINTMENTS: Final = Table(
    kind=models.APPOINTMENTS,
    path="Appointments",
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    reconcile=Reconcile(within=("technician",), same=("title", "starts", "ends"), since="created"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="title", wire="title"),
        Field(name="starts", wire="startDateTime", codec=INSTANT),
        Field(name="ends", wire="endDateTime", codec=INSTANT),
        Field(name="technician", wire="resourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="remarks", wire="description"),
        Field(name="created", wire="createDateTime", codec=INSTANT, writable=False),
    ],
)

INVOICES: Final = Table(
    kind=models.INVOICES,
    path="Invoices",
    ascending=True,
    gathered=True,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="number", wire="invoiceNumber", writable=False),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT, writable=False),
        Field(name="total", wire="invoiceTotal", codec=AMOUNT, filter=NONE, writable=False),
        Field(name="tax", wire="totalTaxValue", codec=AMOUNT, filter=NONE, writable=False),
        Field(name="paid", wire="paidDate", filter=NONE, derive=paid, alone=True, writable=False),
        Field(name="date", wire="invoiceDateTime", codec=INSTANT, writable=False),
        Field(name="due", wire="dueDate", codec=INSTANT, writable=False),
    ],
)

ARTICLES: Final = Table(
    kind=models.ARTICLES,
    path="KnowledgeBaseArticles",
    ascending=True,
    gathered=True,
    write_path="KnowledgeBaseCategories/{category}/KnowledgeBaseArticles",
    parent="category",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE | Verb.SEARCH,
    reconcile=Reconcile(within=("category",), same=("title", "keywords"), since="created", author="author"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="title", wire="title"),
        # Not on the article: an entity of its own holds the text (3.2).
        Field(name="body", wire="contentData", filter=NONE, listed=False),
        Field(name="keywords", wire="keywords"),
        Field(name="category", wire="articleCategoryID", codec=PICKED, filter=STRICT, picks=True),
        Field(name="audience", wire="publish", codec=PICKED, filter=STRICT, picks=True),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
        Field(
            name="author", wire="createdByResourceID", codec=Pointer(models.Technician), filter=STRICT, writable=False
        ),
        Field(name="created", wire="createdDateTime", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastModifiedDateTime", codec=INSTANT, writable=False),
    ],
)
