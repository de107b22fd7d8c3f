"""The retry budget: what all calls of a session together may repeat, so that a vendor in trouble is not buried."""

from __future__ import annotations

import logging
import threading
from typing import Final

log = logging.getLogger("anypsa")

# The scheme of the AWS clients on our scale: a full budget is good for 20 repetitions, five successes earn one more,
# so that over any stretch of time repetitions add at most a fifth to what is sent anyway.
CAPACITY: Final = 100
COST: Final = 5
REFUND: Final = 1


class RetryBudget:
    """Tokens: a repetition costs some, a success gives one back. May be shared by threads."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._tokens = CAPACITY
        self._lock = threading.Lock()
        self._told = False

    @property
    def left(self) -> int:
        """How many repetitions there are left."""
        return self._tokens // COST

    def spend(self) -> bool:
        """Takes the price of one repetition, or says that it is not there."""
        with self._lock:
            if self._tokens >= COST:
                self._tokens -= COST
                return True
            told, self._told = self._told, True
        if not told:
            log.warning("%s: so much fails that nothing is tried again until something succeeds", self._tenant)
        return False

    def refund(self) -> None:
        """Gives back for a success."""
        with self._lock:
            self._tokens = min(self._tokens + REFUND, CAPACITY)
            self._told = self._told and self._tokens < COST
