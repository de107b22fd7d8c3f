"""Basic calls of PyPI's `connectpyse`, which takes the API's address and headers as they are."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from typing import Any
from urllib.request import urlopen

from connectpyse.company import companies_api, configurations_api, contacts_api
from connectpyse.service import boards_api, ticket, ticket_note, ticket_notes_api, tickets_api
from connectpyse.system import members_api

URL, COMPANY, PUBLIC, PRIVATE, CLIENT = sys.argv[1:]


def main() -> None:
    """Lists, counts, reads, changes, creates, notes and deletes, and looks at what came of it."""
    with urlopen(f"{URL}/login/companyinfo/{COMPANY}") as answer:  # noqa: S310  # the sandbox's own loopback address
        codebase = json.load(answer)["Codebase"]
    keys = b64encode(f"{COMPANY}+{PUBLIC}:{PRIVATE}".encode()).decode()
    how: dict[str, Any] = {
        "url": f"{URL}/{codebase}apis/3.0",
        "auth": {"Authorization": f"Basic {keys}", "clientId": CLIENT},
    }

    tickets = tickets_api.TicketsAPI(**how)
    assert tickets.get_tickets_count() == 60
    tickets.conditions, tickets.pageSize = "closedFlag=false", 1000
    listed = list(tickets.get_tickets())
    assert listed
    assert not any(one.closedFlag for one in listed)
    print("listed", len(listed), "open of 60")

    first = listed[0]
    assert tickets.get_ticket_by_id(first.id).summary == first.summary
    changed = tickets.update_ticket_multiple_keys(
        first.id, {"summary": "changed by connectpyse", "board/id": first.board["id"]}
    )
    assert (changed.summary, changed.status) == ("changed by connectpyse", first.status)
    print("changed", first.id)

    wanted = ticket.Ticket({"summary": "made by connectpyse", "company": {"id": first.company["id"]}})
    made = tickets.create_ticket(wanted)
    assert tickets.get_ticket_by_id(made.id).company["id"] == first.company["id"]
    notes = ticket_notes_api.TicketNotesAPI(made.id, **how)
    notes.create_ticket_note(ticket_note.TicketNote({"text": "noted by connectpyse", "internalAnalysisFlag": True}))
    assert [(one.text, one.internalAnalysisFlag) for one in notes.get_ticket_notes()] == [
        ("noted by connectpyse", True)
    ]
    tickets.delete_ticket_by_id(made.id)
    print("created, noted and deleted", made.id)

    for what, found in (
        ("companies", companies_api.CompaniesAPI(**how).get_companies()),
        ("contacts", contacts_api.ContactsAPI(**how).get_contacts()),
        ("configurations", configurations_api.ConfigurationsAPI(**how).get_configurations()),
        ("boards", boards_api.BoardsAPI(**how).get_boards()),
        ("members", members_api.MembersAPI(**how).get_members()),
    ):
        rows = list(found)
        assert rows
        print("listed", what, len(rows))


if __name__ == "__main__":
    main()
