"""Derives the sandbox's schema from the attested facts (python derive_schema.py SHARED_FOLDER).

The dialect's fields, types, lengths and routes come from `fixtures/autotask/`, so that a name which the adapter
invented is refused by the sandbox as the vendor would refuse it. Every entity family of the vendor's operations is
there; those of whose fields nothing is known have an id and can only be read.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import beyond_fixtures

# Child tags that are not named after their family.
CHILDREN = {"CompanyContactsChild": "Contacts"}
SINGULARS = {"Taxes": "Tax"}
TARGET = Path(__file__).parent.parent / "src/anypsa_autotask/dialect/schema/entities.json"


def singular(family: str) -> str:
    """What one record of a family is called."""
    if family in SINGULARS:
        return SINGULARS[family]
    for plural, one in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if family.endswith(plural):
            return family.removesuffix(plural) + one
    return family


def attested(fact: dict[str, Any]) -> dict[str, Any]:
    """One field of the fixtures, without what is not known of it."""
    known = {
        # The fixtures write "double/long" where two sources differ: ids are whole.
        "type": fact["dataType"].rpartition("/")[2],
        "required": fact["required"] or None,
        "readOnly": fact["readOnly_soap"] or None,
        "pick": (fact["picklist_soap"] and fact["dataType"] != "boolean") or None,
        "reference": fact["reference_soap"],
        "length": fact["length_soap"],
    }
    return {key: value for key, value in known.items() if value is not None}


def fields(family: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """The fields of a family: as the fixtures have them, else as others do, else an id."""
    source = beyond_fixtures.ALIKE.get(family, family) if family not in metadata else family
    if source in metadata:
        known = {fact["name"]: attested(fact) for fact in metadata[source]["fields"]}
    else:
        known = beyond_fixtures.fields(source)
    corrected = beyond_fixtures.WORDS.get(beyond_fixtures.ALIKE.get(family, family), {})
    return {name: {**fact, **corrected.get(name, {})} for name, fact in known.items()}


def reads(method: str, path: str) -> bool:
    return method == "GET" or re.search(r"/query(/count)?$", path) is not None


def main(shared: Path) -> None:
    """Writes the schema."""
    fixtures = shared / "fixtures/autotask"
    metadata = json.loads((fixtures / "entity-metadata.json").read_text())
    operations = json.loads((fixtures / "operations-2026.json").read_text())["tags"]
    # A family is called as its path, which is not always its tag.
    roots = {
        tag: path.split("/")[2] for tag, routes in operations.items() for _, path in routes if path.endswith("/query")
    }
    tags = {family: [tag] for tag, family in roots.items()}
    for tag in operations:
        root = CHILDREN.get(tag, tag.removesuffix("Child"))
        if tag != root and root in roots:
            tags[roots[root]].append(tag)
    schema = {}
    for family in sorted(tags):
        known = fields(family, metadata)
        routes = {(method, path) for tag in tags[family] for method, path in operations[tag]}
        if len(known) == 1:
            routes = {route for route in routes if reads(*route)}
        schema[family] = {
            "name": singular(family),
            "userDefinedFields": metadata[family]["hasUserDefinedFields_service"]
            if family in metadata
            else beyond_fixtures.has_customs(family),
            "fields": known,
            "routes": sorted(f"{method} {path}" for method, path in routes),
        }
    TARGET.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
