"""Numbering: the ids of a tenant's lists, and of records that ConnectWise counts otherwise than the world does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anypsa_sandbox.world.choices import CHOICES

# No id of ConnectWise's is 0, and none of ours should fit elsewhere.
COMPANIES: Final = 250
MEMBERS: Final = 150
# The first note of a ticket is its description, which the world keeps with the ticket: it has the ticket's number here.
NOTES: Final = 1_000_000
# Every ticket is on a board; here are those that the world has in no queue.
UNSORTED: Final = "Unsorted"
APART: Final = 40
"""Statuses and types of a board are so far from those of the next one."""
TENANTS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One value of a list, with its id in a tenant; `board` is the id of the board that it hangs under."""

    id: int
    name: str
    active: bool = True
    default: bool = False
    board: int = 0


class Numbering:
    """The lists of one tenant. `without` are statuses that a board does not have, by the board's name."""

    def __init__(self, place: int) -> None:
        first = 1 + TENANTS * place
        names = [(value.name, value.active) for value in CHOICES["queue"]] + [(UNSORTED, True)]
        self.boards = [Listed(first + 3 * n, name, active) for n, (name, active) in enumerate(names)]
        self.without: dict[str, frozenset[str]] = {}
        self._flat = {
            name: [Listed(first + n, one.name, one.active, one.default) for n, one in enumerate(CHOICES[name])]
            for name in ("priority", "source", "asset_kind")
        }
        self._scoped = {
            name: [
                Listed(first + APART * (b + 1) + n, one.name, one.active, one.default, board.id)
                for b, board in enumerate(self.boards)
                for n, one in enumerate(CHOICES[name])
            ]
            for name in ("status", "type")
        }
        self._by_id = {name: {one.id: one for one in found} for name, found in self._everything().items()}
        self._by_name = {
            name: {(one.board, one.name): one for one in found} for name, found in self._everything().items()
        }

    def _everything(self) -> Mapping[str, Sequence[Listed]]:
        return {"board": self.boards, **self._flat, **self._scoped}

    def values(self, name: str, board: int = 0) -> list[Listed]:
        """The values of a list, or of a board's."""
        found = [one for one in self._everything()[name] if one.board == board]
        gone = self.without.get(self.name("board", board) or "", frozenset()) if name == "status" else frozenset()
        return [one for one in found if one.name not in gone]

    def name(self, name: str, id: int) -> str | None:
        """What a value is called."""
        found = self._by_id[name].get(id)
        return None if found is None else found.name

    def shown(self, name: str, value: str | None, board: int = 0) -> dict[str, Any] | None:
        """A stored value as ConnectWise refers to it."""
        found = self._by_name[name].get((board, value or ""))
        return None if found is None else {"id": found.id, "name": found.name}

    def board(self, queue: str | None) -> Listed:
        """The board of a queue of the world's."""
        return self._by_name["board"][0, queue or UNSORTED]
