"""Derives the sandbox's schema from the attested facts (python derive_schema.py SHARED_FOLDER).

The dialect's fields, types, lengths and routes come from `fixtures/autotask/`, so that a name which the adapter
invented is refused by the sandbox as the vendor would refuse it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ENTITIES = {
    # entity: (tags of its operations, its name in the singular)
    "Tickets": (("Tickets",), "Ticket"),
    "TicketNotes": (("TicketNotes", "TicketNotesChild"), "TicketNote"),
    "Companies": (("Companies",), "Company"),
    "CompanyLocations": (("CompanyLocations", "CompanyLocationsChild"), "CompanyLocation"),
    "Contacts": (("Contacts", "CompanyContactsChild"), "Contact"),
    "ConfigurationItems": (("ConfigurationItems",), "ConfigurationItem"),
    "Resources": (("Resources",), "Resource"),
    "Roles": (("Roles",), "Role"),
    "Contracts": (("Contracts",), "Contract"),
    "ContractBlocks": (("ContractBlocks", "ContractBlocksChild"), "ContractBlock"),
    "BillingCodes": (("BillingCodes",), "BillingCode"),
    "TicketCategories": (("TicketCategories",), "TicketCategory"),
    "TimeEntries": (("TimeEntries",), "TimeEntry"),
    "ResourceRoleQueues": (("ResourceRoleQueues", "ResourceRoleQueuesChild"), "ResourceRoleQueue"),
    "ResourceServiceDeskRoles": (
        ("ResourceServiceDeskRoles", "ResourceServiceDeskRolesChild"),
        "ResourceServiceDeskRole",
    ),
    "Products": (("Products",), "Product"),
}
# The fixtures have the routes of these and not their fields, which are from memory (C).
REMEMBERED: dict[str, dict[str, dict[str, Any]]] = {
    "Products": {
        "description": {"type": "string", "length": 2000},
        "id": {"type": "long", "required": True},
        "isActive": {"type": "boolean", "required": True},
        "name": {"type": "string", "required": True, "length": 100},
        "sku": {"type": "string", "length": 50},
    },
    "ResourceServiceDeskRoles": {
        "id": {"type": "long", "required": True},
        "isActive": {"type": "boolean"},
        "isDefault": {"type": "boolean"},
        "resourceID": {"type": "integer", "required": True, "reference": "Resource"},
        "roleID": {"type": "integer", "required": True, "reference": "Role"},
    },
}
TARGET = Path(__file__).parent.parent / "src/anypsa_autotask/dialect/schema/entities.json"


def field(fact: dict[str, Any]) -> dict[str, Any]:
    """One field, without what is not known of it."""
    known = {
        "type": fact["dataType"],
        "required": fact["required"] or None,
        "readOnly": fact["readOnly_soap"] or None,
        "pick": fact["picklist_soap"] or None,
        "reference": fact["reference_soap"],
        "length": fact["length_soap"],
    }
    return {key: value for key, value in known.items() if value is not None}


def main(shared: Path) -> None:
    """Writes the schema."""
    fixtures = shared / "fixtures/autotask"
    metadata = json.loads((fixtures / "entity-metadata.json").read_text())
    operations = json.loads((fixtures / "operations-2026.json").read_text())["tags"]
    schema = {
        entity: {
            "name": name,
            "userDefinedFields": entity in metadata and metadata[entity]["hasUserDefinedFields_service"],
            "fields": REMEMBERED.get(entity) or {fact["name"]: field(fact) for fact in metadata[entity]["fields"]},
            "routes": sorted(f"{method} {path}" for tag in tags for method, path in operations.get(tag, ())),
        }
        for entity, (tags, name) in ENTITIES.items()
    }
    TARGET.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
