"""The vocabulary of the command line: a group of commands for each collection, made from one table.

Nothing of the library is loaded here, so that help is quick; a test holds the table against the library's own kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

import typer
from typer.core import TyperGroup
from typer.main import get_command

from .connections import Adapter, Profile, Tenant
from .output import Output

READS: Final = ("list", "count", "get")
WRITES: Final = ("create", "update", "delete")
VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "tickets": (*READS, *WRITES),
    "notes": (*READS, *WRITES),
    "companies": (*READS, *WRITES),
    "contacts": (*READS, *WRITES),
    "assets": (*READS, *WRITES),
    "queues": READS,
    "technicians": READS,
    "contracts": (*READS, *WRITES),
    "time_entries": (*READS, *WRITES),
    "articles": (*READS, "search", *WRITES),
    "attachments": (*READS, "create", "delete"),
    "locations": (*READS, *WRITES),
    "history": ("list", "count"),
    "checklist": (*READS, *WRITES),
    "appointments": (*READS, *WRITES),
    "projects": (*READS, *WRITES),
    "invoices": READS,
}

Filters: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        help="Filters: state=open, priority!=Low, created>-7d, title~vpn, assignee= (nobody).", show_default=False
    ),
]
Values: TypeAlias = Annotated[
    list[str], typer.Argument(help="Values: priority=High, body=@note.txt, due=2026-12-01, assignee= (clears).")
]
Id: TypeAlias = Annotated[str, typer.Argument(help="The record's id.")]
Printed: TypeAlias = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]


class Verbs(TyperGroup):
    """The commands on one collection, each made when somebody asks for it: help on all of them takes too long."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS[plural_of(self.name)])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        plural = plural_of(self.name)
        maker, help = MAKERS[cmd_name]
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name, help=help.format(plural.replace("_", " ")))(maker(plural))
        return get_command(alone)


def plural_of(word: str | None) -> str:
    """The collection that a word on the command line names."""
    return (word or "").replace("-", "_")


def groups() -> Mapping[str, typer.Typer]:
    """A group of commands for each collection, by its word on the command line."""
    return {
        plural.replace("_", "-"): typer.Typer(
            cls=Verbs, no_args_is_help=True, rich_markup_mode=None, help=what_goes(plural, verbs)
        )
        for plural, verbs in VERBS.items()
    }


def what_goes(plural: str, verbs: Sequence[str]) -> str:
    """What a group of commands says of itself."""
    *most, last = verbs
    return f"{', '.join(most)} or {last} {plural.replace('_', ' ')}.".capitalize()


def listing(plural: str) -> Callable[..., None]:
    def command(
        words: Filters = None,
        profile: Profile = None,
        adapter: Adapter = None,
        where: Annotated[str | None, typer.Option(help='A filter as JSON: {"field": "title", "op": ...}.')] = None,
        expand: Annotated[list[str] | None, typer.Option(help="A relation to read too: company.")] = None,
        limit: Annotated[int, typer.Option(help="At most so many; 0 for all.", min=0)] = 50,
        output: Printed = Output.TABLE,
    ) -> None:
        from .records.acting import Wanted, list_records

        list_records(Tenant(profile, adapter), plural, Wanted(words or (), where, expand or (), limit or None), output)

    return command


def counting(plural: str) -> Callable[..., None]:
    def command(
        words: Filters = None,
        profile: Profile = None,
        adapter: Adapter = None,
        where: Annotated[str | None, typer.Option(help="A filter as JSON.")] = None,
    ) -> None:
        from .records.acting import Wanted, count_records

        count_records(Tenant(profile, adapter), plural, Wanted(words or (), where))

    return command


def searching(plural: str) -> Callable[..., None]:
    def command(
        text: Annotated[str, typer.Argument(help="What to look for.")],
        profile: Profile = None,
        adapter: Adapter = None,
        limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
        output: Printed = Output.TABLE,
    ) -> None:
        from .records.acting import search_records

        search_records(Tenant(profile, adapter), plural, text, limit, output)

    return command


def getting(plural: str) -> Callable[..., None]:
    def command(id: Id, profile: Profile = None, adapter: Adapter = None, output: Printed = Output.TABLE) -> None:
        from .records.acting import get_record

        get_record(Tenant(profile, adapter), plural, id, output)

    return command


def creating(plural: str) -> Callable[..., None]:
    def command(
        words: Values,
        profile: Profile = None,
        adapter: Adapter = None,
        key: Annotated[str | None, typer.Option(help="The same key and values make the record once.")] = None,
        output: Printed = Output.TABLE,
    ) -> None:
        from .records.acting import create_record

        create_record(Tenant(profile, adapter), plural, words, key, output)

    return command


def updating(plural: str) -> Callable[..., None]:
    def command(
        id: Id,
        words: Values,
        profile: Profile = None,
        adapter: Adapter = None,
        expect: Annotated[list[str] | None, typer.Option(help="Only if a field still has this value.")] = None,
        output: Printed = Output.TABLE,
    ) -> None:
        from .records.acting import update_record

        update_record(Tenant(profile, adapter), plural, id, words, expect or (), output)

    return command


def deleting(plural: str) -> Callable[..., None]:
    def command(
        id: Id,
        profile: Profile = None,
        adapter: Adapter = None,
        yes: Annotated[bool, typer.Option("--yes", help="It is meant.")] = False,
    ) -> None:
        from .records.acting import delete_record

        delete_record(Tenant(profile, adapter), plural, id, sure=yes)

    return command


MAKERS: Final[Mapping[str, tuple[Callable[[str], Callable[..., None]], str]]] = {
    "list": (listing, "List {}."),
    "count": (counting, "Say how many {} match."),
    "search": (searching, "Find {} by the vendor's own search."),
    "get": (getting, "Show one of the {}."),
    "create": (creating, "Create one of the {}, once."),
    "update": (updating, "Change one of the {}."),
    "delete": (deleting, "Delete one of the {}, where the vendor can."),
}
"""What makes each verb's command, and its help."""
