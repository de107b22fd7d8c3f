"""The handle: the control API from Python."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import orjson


class Handle:
    """Speaks the control API over HTTP; see `control` for what each part takes."""

    def __init__(self, url: str) -> None:
        self._url = url

    def clock(self, **values: float) -> Any:
        """Looks at or changes the clock: `scale`, `advance`."""
        return self._call("clock", values)

    def limits(self, **values: float) -> Any:
        """Looks at or changes `slots, window, window_limit, latency, lag`."""
        return self._call("limits", values)

    def fault(self, action: str, **rule: Any) -> Any:
        """Adds a fault; see `Rule`."""
        return self._call("faults", {"action": action, **rule})

    def clear_faults(self) -> None:
        """Ends all faults."""
        self._call("faults", {"clear": True})

    def storm(self, **weather: Any) -> Any:
        """Lets a storm loose on webhooks, and `changes` people's changes with it; see `Weather`. What it came to so far."""
        return self._call("storm", weather)

    def clear_storm(self) -> None:
        """Ends the storm; what it still holds is lost."""
        self._call("storm", {"clear": True})

    def chaos(self, **values: Any) -> Any:
        """Lets a random share of all calls fail: `rate, seed, reads, writes`; see `Chaos`."""
        return self._call("chaos", values or {"rate": 0.2})

    def log(self) -> Any:
        """The calls so far, the peaks under way per key, the windows."""
        return self._call("log", {})

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """The calls whose path contains this, without case."""
        return [call for call in self.log()["calls"] if path.lower() in call["path"].lower()]

    def peak(self) -> int:
        """The most calls under way at once under one key."""
        return max(self.log()["peak"].values(), default=0)

    def clear_log(self) -> None:
        """Forgets the calls so far."""
        self._call("log", {"clear": True})

    def reset(self) -> None:
        """Worlds, faults and log as they began."""
        self._call("reset", {"all": True})

    def world(self, **edit: Any) -> Any:
        """Counts and digests, or an edit."""
        return self._call("world", edit)

    def dialect(self, action: str, **values: Any) -> Any:
        """What only this vendor's sandbox can be told."""
        return self._call("dialect", {"action": action, **values})

    def _call(self, part: str, values: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310  # the sandbox's own loopback address
            f"{self._url}/_control/{part}", data=orjson.dumps(values) if values else None
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  # loopback
                return orjson.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(orjson.loads(error.read()).get("error")) from None
