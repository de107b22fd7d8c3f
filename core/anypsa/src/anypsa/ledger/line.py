"""Lines: who waits for a slot under one key, and who of them is next. Arithmetic only; the memory ledger's own."""

from __future__ import annotations

from .base import HANDICAP, PATIENCE, Claim


class Line:
    """First come first served, but for a handicap of the later lanes. Who stops asking loses the place."""

    def __init__(self) -> None:
        self._turns: dict[str, float] = {}
        self._seen: dict[str, float] = {}

    def ahead(self, claim: Claim, now: float) -> int:
        """How many come before this claim; asking keeps a place that it has."""
        for who in [who for who, seen in self._seen.items() if seen < now - PATIENCE]:
            self.leave(who)
        if claim.who in self._seen:
            self._seen[claim.who] = now
        turn = now + claim.lane * HANDICAP
        if claim.who not in self._turns:
            return sum(1 for other in self._turns.values() if other <= turn)
        mine = (min(turn, self._turns[claim.who]), claim.who)  # of two who came in the same moment, one must be first
        return sum(1 for who, other in self._turns.items() if (other, who) < mine)

    def join(self, claim: Claim, now: float) -> None:
        """Takes a place, or keeps the one it has if that is the better; without a name there is none to take."""
        if claim.who:
            turn = now + claim.lane * HANDICAP
            self._turns[claim.who] = min(turn, self._turns.get(claim.who, turn))
            self._seen[claim.who] = now

    def leave(self, who: str) -> None:
        """Gives up the place, if there is one."""
        self._turns.pop(who, None)
        self._seen.pop(who, None)
