"""Companies, their people and machines, and our own people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..mapping import Shown, columns

ENTITIES: Final[Mapping[str, Shown]] = {
    "Companies": Shown(
        "companies",
        columns(
            {"companyType": ("kind", "company_kind")},
            id="id",
            companyName="name",
            companyNumber="number",
            isActive="active",
            phone="phone",
            webAddress="website",
            address1="address",
            city="city",
            postalCode="postal_code",
            ownerResourceID="owner",
            parentCompanyID="parent",
            createDate="created",
            lastActivityDate="updated",
        ),
    ),
    "CompanyLocations": Shown(
        "locations",
        columns(
            id="id",
            companyID="company",
            name="name",
            address1="address",
            city="city",
            postalCode="postal_code",
            phone="phone",
            isActive="active",
            isPrimary="main",
        ),
        parent="companyID",
    ),
    "Contacts": Shown(
        "contacts",
        columns(
            id="id",
            companyID="company",
            firstName="first_name",
            lastName="last_name",
            title="job_title",
            emailAddress="email",
            phone="phone",
            mobilePhone="mobile",
            isActive="active",
            createDate="created",
            lastModifiedDate="updated",
        ),
        parent="companyID",
    ),
    "ConfigurationItems": Shown(
        "assets",
        columns(
            {"configurationItemType": ("kind", "asset_kind")},
            id="id",
            referenceTitle="name",
            companyID="company",
            contactID="contact",
            isActive="active",
            serialNumber="serial_number",
            referenceNumber="reference",
            productID="product",
            location="location",
            notes="remarks",
            installDate="installed",
            warrantyExpirationDate="warranty_until",
            createDate="created",
            lastModifiedTime="updated",
        ),
    ),
    "Resources": Shown(
        "technicians",
        columns(
            id="id",
            firstName="first_name",
            lastName="last_name",
            userName="username",
            email="email",
            title="job_title",
            officePhone="phone",
            isActive="active",
            defaultServiceDeskRoleID="role",
        ),
    ),
    "Roles": Shown("roles", columns(id="id", name="name", hourlyRate="rate", isActive="active")),
    "ResourceRoleQueues": Shown(
        "queue_members",
        columns({"queueID": ("queue", "queue")}, id="id", resourceID="technician"),
        parent="resourceID",
    ),
    "ResourceServiceDeskRoles": Shown(
        "technician_roles",
        columns(id="id", resourceID="technician", roleID="role", isActive="active", isDefault="preset"),
        parent="resourceID",
    ),
    "Products": Shown("products", columns(id="id", name="name", isActive="active")),
    "ResourceRoles": Shown(
        "technician_roles",
        columns(id="id", resourceID="technician", roleID="role", isActive="active"),
        parent="resourceID",
    ),
}
