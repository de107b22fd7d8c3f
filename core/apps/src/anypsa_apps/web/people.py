"""People: who is known to the tenant by the e-mail address that somebody proved to have."""

from __future__ import annotations

from anypsa import Psa, q


def known_technician(psa: Psa, email: str) -> bool:
    """Whether exactly one active technician has it; two who share one are nobody. Blocking; raises what lists raise."""
    found = psa.technicians.list(q.email == email)
    return sum(one.active is not False and (one.email or "").casefold() == email.casefold() for one in found) == 1
