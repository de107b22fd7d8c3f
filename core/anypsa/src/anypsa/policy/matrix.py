"""The matrix: what each preset decides on what automations do. Data: printed by `anypsa policy matrix`, tested by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..effects import Action, Effect
from ..models import Choice, Ref, State, Ticket, Visibility
from .base import Known, Verdict

AUTO, ASK, OFF = Verdict.AUTO, Verdict.APPROVAL, Verdict.DISABLED
COLUMNS: Final = ("open", "guarded", "plan", "read_only")
FREE: Final = (AUTO, AUTO, AUTO, AUTO)
"""What every preset lets happen."""
TRIAGED: Final = (AUTO, AUTO, ASK, OFF)
ASKED: Final = (AUTO, ASK, ASK, OFF)
NEVER: Final = (AUTO, OFF, OFF, OFF)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that an automation does, and what each preset says of it, in the order of `COLUMNS`.

    It touches `fields` of an open ticket or of what hangs on it; `becomes` is what the new status means, and `shown`
    who can read the note as it is.
    """

    what: str
    verdicts: tuple[Verdict, ...]
    action: Action
    entity: str
    fields: str = ""
    visibility: Visibility | None = None
    raw: bool = False
    becomes: State | None = None
    shown: Visibility | None = None

    @property
    def expected(self) -> Mapping[str, Verdict]:
        """The verdict of each preset."""
        return dict(zip(COLUMNS, self.verdicts, strict=True))

    @property
    def effect(self) -> Effect:
        """What a request of this kind does."""
        fields = frozenset(self.fields.split())
        record = None if self.action is Action.CREATE else "1"
        status = "2" if "status" in fields and self.entity == "ticket" and not self.raw else None
        return Effect(self.action, self.entity, record, fields, self.visibility, "1", status, self.raw)

    @property
    def facts(self) -> Known:
        """What a policy may learn when it asks."""
        now = Ticket(tenant="", id="1", state=State.OPEN, status=Choice(id="1"), company=Ref(tenant="", id="1"))
        states = {} if self.becomes is None else {"2": self.becomes}
        return Known(ticket_now=now, states=states, shown_to=self.shown)


CREATE, UPDATE, DELETE, READ, UNKNOWN = Action.CREATE, Action.UPDATE, Action.DELETE, Action.READ, Action.UNKNOWN
INTERNAL, PUBLIC = Visibility.INTERNAL, Visibility.PUBLIC
WRITTEN: Final = "ticket body visibility"

MATRIX: Final[Sequence[Case]] = (
    Case("read a ticket", FREE, READ, "ticket"),
    Case("send a raw GET, or a raw POST that only queries", FREE, READ, "ticket", raw=True),
    Case("create a ticket", ASKED, CREATE, "ticket", "title company"),
    Case("set a ticket's priority", TRIAGED, UPDATE, "ticket", "priority"),
    Case("set a ticket's queue", TRIAGED, UPDATE, "ticket", "queue"),
    Case("set a ticket's assignee", TRIAGED, UPDATE, "ticket", "assignee"),
    Case("set a ticket's type", TRIAGED, UPDATE, "ticket", "type"),
    Case("set a status that means the same", TRIAGED, UPDATE, "ticket", "status", becomes=State.OPEN),
    Case("set a status that closes the ticket", ASKED, UPDATE, "ticket", "status", becomes=State.CLOSED),
    Case("set a status that makes the ticket wait", ASKED, UPDATE, "ticket", "status", becomes=State.WAITING),
    Case("set a status of which the meaning is unknown", ASKED, UPDATE, "ticket", "status"),
    Case("set priority and title at once", ASKED, UPDATE, "ticket", "priority title"),
    Case("set a ticket's title", ASKED, UPDATE, "ticket", "title"),
    Case("set a ticket's description", ASKED, UPDATE, "ticket", "description"),
    Case("set a ticket's category", ASKED, UPDATE, "ticket", "category"),
    Case("set a ticket's resolution", ASKED, UPDATE, "ticket", "resolution"),
    Case("set a ticket's company", ASKED, UPDATE, "ticket", "company"),
    Case("set a ticket's contract", ASKED, UPDATE, "ticket", "contract"),
    Case("set a ticket's contact", ASKED, UPDATE, "ticket", "contact"),
    Case("set a ticket's due date", ASKED, UPDATE, "ticket", "due"),
    Case("set custom fields", ASKED, UPDATE, "ticket", "custom_fields"),
    Case("delete a ticket", NEVER, DELETE, "ticket"),
    Case("write an internal note", TRIAGED, CREATE, "note", WRITTEN, INTERNAL),
    Case("write a note that the customer sees", NEVER, CREATE, "note", WRITTEN, PUBLIC),
    Case("write a note of which nobody knows who sees it", ASKED, CREATE, "note", "ticket body"),
    Case("change an internal note", TRIAGED, UPDATE, "note", "body", shown=INTERNAL),
    Case("change a note that the customer sees", NEVER, UPDATE, "note", "body", shown=PUBLIC),
    Case("show an internal note to the customer", NEVER, UPDATE, "note", "visibility", PUBLIC, shown=INTERNAL),
    Case("hide a note from the customer", TRIAGED, UPDATE, "note", "visibility", INTERNAL, shown=PUBLIC),
    Case("write a note that gives the ticket another status", ASKED, CREATE, "note", f"{WRITTEN} status", INTERNAL),
    Case("delete a note", NEVER, DELETE, "note"),
    Case("attach a file that the customer sees", ASKED, CREATE, "attachment", "ticket name visibility", PUBLIC),
    Case("attach an internal file", ASKED, CREATE, "attachment", "ticket name visibility", INTERNAL),
    Case("book time", ASKED, CREATE, "time_entry", "ticket summary duration"),
    Case("change a company", ASKED, UPDATE, "company", "name"),
    Case("create a contract", ASKED, CREATE, "contract", "name company"),
    Case("register a webhook", ASKED, CREATE, "webhook"),
    Case("remove a webhook", NEVER, DELETE, "webhook"),
    Case("send a raw POST", ASKED, CREATE, "ticket", "title", raw=True),
    Case("send a raw PATCH of a triage field", ASKED, UPDATE, "ticket", "priority", raw=True),
    Case("send a raw POST of an internal note", ASKED, CREATE, "note", WRITTEN, INTERNAL, raw=True),
    Case("send a raw POST of a public note", NEVER, CREATE, "note", WRITTEN, PUBLIC, raw=True),
    Case("send a raw POST of a note without saying who sees it", ASKED, CREATE, "note", "ticket body", raw=True),
    Case("send a raw DELETE", NEVER, DELETE, "ticket", raw=True),
    Case("send a raw request that nobody understands", ASKED, UNKNOWN, "Tickets/Merge", raw=True),
    Case("write to an entity that only this vendor has", ASKED, CREATE, "TicketCharges", "name"),
)
