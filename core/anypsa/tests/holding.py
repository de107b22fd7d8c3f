"""A ledger whose admissions are kept until the test ends: a slot that nobody holds is free."""

from __future__ import annotations

from typing import Any

from anypsa.ledger import Admission, Claim, Wait, Window


class Holding:
    """Passes everything on, and gives back what a test left taken."""

    def __init__(self, ledger: Any) -> None:
        self.inner = ledger
        self._held: list[Admission] = []

    def admit(self, claim: Claim) -> Admission | Wait:
        answer = self.inner.admit(claim)
        if isinstance(answer, Admission):
            self._held.append(answer)
        return answer

    def release(self, admission: Admission, lag: float) -> None:
        self._held.remove(admission)
        self.inner.release(admission, lag)

    def withdraw(self, claim: Claim) -> None:
        self.inner.withdraw(claim)

    def used(self, window: Window) -> int:
        return self.inner.used(window)

    def refuse(self, credentials: str, seconds: float) -> None:
        self.inner.refuse(credentials, seconds)

    def refused(self, credentials: str) -> bool:
        return self.inner.refused(credentials)

    def close(self) -> None:
        for admission in self._held:
            self.inner.release(admission, 0.0)
        self.inner.close()
