"""A ledger whose admissions are kept until the test ends: a slot that nobody holds is free."""

from __future__ import annotations

from anypsa.ledger import Admission, Claim, Ledger, Wait, Window


class Holding:
    """Passes everything on, and gives back what a test left taken."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: list[Admission] = []

    def admit(self, claim: Claim) -> Admission | Wait:
        answer = self._ledger.admit(claim)
        if isinstance(answer, Admission):
            self._held.append(answer)
        return answer

    def release(self, admission: Admission, lag: float) -> None:
        self._held.remove(admission)
        self._ledger.release(admission, lag)

    def withdraw(self, claim: Claim) -> None:
        self._ledger.withdraw(claim)

    def used(self, window: Window) -> int:
        return self._ledger.used(window)

    def refuse(self, credentials: str, seconds: float) -> None:
        self._ledger.refuse(credentials, seconds)

    def refused(self, credentials: str) -> bool:
        return self._ledger.refused(credentials)

    def close(self) -> None:
        for admission in self._held:
            self._ledger.release(admission, 0.0)
        self._ledger.close()
