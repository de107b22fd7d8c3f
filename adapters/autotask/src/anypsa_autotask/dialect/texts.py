"""Texts: the vendor's refusals, word for word where they are attested (fixtures/autotask/observed_errors.json)."""

from __future__ import annotations

from typing import Final

from anypsa_sandbox import Reply

ZONE: Final = "Zone information could not be determined"
QUERY_MODEL: Final = "Value cannot be null.\\r\\nParameter name: queryModel"
PAGE_SIZE: Final = "maxCountOfRecordsToReturn must be between 1 and 500"
OR_BUDGET: Final = "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."
PAIR: Final = (
    "Data violation: When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID."
)
CONTACT: Final = "Data violation: contactID is not associated to the companyID or its Parent Company.."
NOT_DELETED: Final = (
    "No message. No matching records found. "
    "The logged in Resource may not have the required permissions to delete the data."
)
QUERY_RIGHTS: Final = "The logged in Resource does not have the adequate permissions to query this entity type."
NOT_A_FLAG: Final = "Unexpected character encountered while parsing value: t"
THREADS: Final = "The Autotask API thread threshold of 3 threads has been exceeded."
ASSIGNED_ROLE: Final = (
    "Data violation: assignedResourceRoleID is not a role of the assignedResourceID."  # rule A, text I
)
NO_NULL: Final = "Value cannot be null."  # the usual .NET text (I)
CREATE_RIGHTS: Final = "The logged in Resource does not have the adequate permissions to create this entity type."
# The rules that follow are attested, their texts are not (I).
QUEUE: Final = "Ticket: Queue ID is required."  # this one is
TITLE: Final = "TicketNote: title is required."
PRIMARY: Final = "Data violation: The primary resource of a ticket cannot also be a secondary resource."
HISTORY: Final = "TicketHistory can only be queried by one filter: ticketID eq."
LARGE_FILE: Final = "Data violation: The attachment exceeds the maximum file size."
UPLOADS: Final = "The attachment limit of 10000000 bytes in 5 minutes has been exceeded. Try again in 5 minutes."
SAME_WEBHOOK: Final = "Data violation: A webhook with this URL already exists for one of these events."
SAME_CHILD: Final = "Data violation: This webhook already has it."
SPENT: Final = "Data violation: endDateTime must be after startDateTime."
UPDATE_RIGHTS: Final = "The logged in Resource does not have the adequate permissions to update this entity type."
# The text beyond the hourly limit is not attested; this one says what it is (I).
HOURLY: Final = "The request threshold for this database has been exceeded. Try again in 30 seconds."
UDF_CONDITIONS: Final = "Invalid query syntax. Queries are limited to one UDF condition."  # the rule is A, the text I


class Refused(Exception):
    """A refusal: 500 with a list of plain strings (6.1)."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*texts)
        self.texts = list(texts)

    def reply(self) -> Reply:
        return Reply.of({"errors": self.texts}, 500)


def unknown_field(field: str, entity: str) -> Refused:
    return Refused(f"Unable to find {field} in the {entity} Entity")


def not_a_number(value: object) -> Refused:
    return Refused(f"Conversion failed when converting the varchar value '{value}' to data type int.")


def no_reference(field: str, kind: str) -> Refused:
    return Refused(f"Reference value on field: {field} of type: {kind} does not exist or is invalid.")


def no_value(field: str) -> Refused:
    return Refused(f"Value does not reference an existing entity for {field} . ")


def not_associated(field: str, id: object, company: object) -> Refused:
    return Refused(f"{field} [{id}] is not associated to companyID [{company}] or its parent.")


def required(entity: str, field: str) -> Refused:
    return Refused(f"{entity}: {field} is required.")


def wrong_method(method: str) -> Reply:
    return Reply.of({"Message": f"The requested resource does not support http method '{method}'."}, 405)


def no_route(url: str) -> Reply:
    return Reply.of({"Message": f"No HTTP resource was found that matches the request URI '{url}'."}, 404)


def unauthorized(door: str) -> Reply:
    """The same for a wrong user, secret, code or zone, for a missing header and a locked account (2)."""
    return Reply(401, b"", {"www-authenticate": f'Basic Realm="{door}"'})


def too_long_a_url() -> Reply:
    """What IIS says of an address beyond about 2,048 characters: a page of its own (4.1)."""
    page = (
        b"<html><body><h2>404 - The request filtering module is configured to deny a too long query.</h2></body></html>"
    )
    return Reply(404, page, {"content-type": "text/html"})
