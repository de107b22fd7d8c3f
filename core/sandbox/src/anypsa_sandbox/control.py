"""The control API: the same for every dialect. `POST /_control/<part>` with JSON; `GET` looks.

| part    | GET                        | POST                                                        |
| ------- | -------------------------- | ----------------------------------------------------------- |
| clock   | now, scale                 | `scale`, `advance` (seconds)                                |
| speed   | latency, lag               | `latency`, `lag` (seconds)                                  |
| limits  | slots, window, limit       | any of `slots, window, window_limit, latency, lag`          |
| faults  | the rules                  | a rule (see `Rule`); `{"clear": true}`                      |
| chaos   | rate, reads, writes        | any of `rate, seed, reads, writes`; a `rate` of 0 ends it   |
| log     | calls, peaks, windows      | `{"clear": true}`                                           |
| reset   |                            | worlds, faults, counts, log and dialect as they began       |
| world   | counts and digest          | `tenant`, `table`, and `add`, or `id` with `change` or `remove` |
| storm   | see `Storm.told`           | `changes`, and what `Weather` has; `{"clear": true}`        |
| dialect |                            | `action` and what it takes                                  |
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from .chaos import Chaos
from .dialects import Reply
from .storms import Weather

if TYPE_CHECKING:
    from .frame import Frame

MOST_CHANGES: Final = 2_000
"""The server answers nobody else meanwhile."""
Part = Callable[[Mapping[str, Any] | None], Any]


class Control:
    """Answers the control API of one frame."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._parts: Mapping[str, Part] = {
            "clock": self.clock,
            "speed": self.limits,
            "limits": self.limits,
            "faults": self.faults,
            "chaos": self.chaos,
            "log": self.log,
            "reset": self.reset,
            "world": self.world,
            "storm": self.storm,
            "dialect": self.dialect,
        }

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """The answer to a control call; 400 with the reason for one that makes no sense."""
        part = self._parts.get(path.strip("/").partition("/")[2])
        if method not in ("GET", "POST"):
            return Reply.of({"error": "GET looks, POST changes"}, 405)
        if part is None:
            return Reply.of({"error": f"there are {', '.join(self._parts)}"}, 404)
        try:
            values = None if method == "GET" else checked(orjson.loads(body or b"{}"))
            return Reply.of(part(values))
        except KeyError as error:
            return Reply.of({"error": str(error.args[0])}, 400)
        except (ValueError, TypeError, LookupError, sqlite3.Error) as error:
            return Reply.of({"error": str(error)}, 400)

    def clock(self, values: Mapping[str, Any] | None) -> Any:
        clock = self._frame.clock
        if values is not None:
            if "scale" in values:
                clock.set_scale(float(values["scale"]))
            clock.advance(float(values.get("advance", 0)))
            self._frame.commit_late()
        return {"now": clock.now(), "scale": clock.scale, "moment": clock.moment()}

    def limits(self, values: Mapping[str, Any] | None) -> Any:
        limits = self._frame.dialect.limits
        known = asdict(limits)
        for name, value in (values or {}).items():
            if name not in known or isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name}: there are {', '.join(known)}, all numbers of 0 or more")
            setattr(limits, name, value)
        return asdict(limits)

    def faults(self, values: Mapping[str, Any] | None) -> Any:
        faults = self._frame.faults
        if values is not None:
            if values.get("clear"):
                faults.rules.clear()
            else:
                faults.add(values)
        return [asdict(rule) for rule in faults.rules]

    def chaos(self, values: Mapping[str, Any] | None) -> Any:
        if values is not None:
            self._frame.chaos = Chaos(**values) if values.get("rate") != 0 else None
        chaos = self._frame.chaos
        return {} if chaos is None else {"rate": chaos.rate, "reads": chaos.reads, "writes": chaos.writes}

    def log(self, values: Mapping[str, Any] | None) -> Any:
        frame = self._frame
        if values is not None and values.get("clear"):
            frame.log.clear()
            frame.counter.peak.clear()
        windows = {key: frame.counter.used(key) for key in frame.counter.windows}
        return {"calls": [asdict(entry) for entry in frame.log], "peak": frame.counter.peak, "windows": windows}

    def reset(self, values: Mapping[str, Any] | None) -> Any:
        for world in self._frame.dialect.worlds.values():
            world.reset()
        self._frame.dialect.storm.end()
        self._frame.dialect.reset()
        self._frame.faults.rules.clear()
        self._frame.chaos = None
        self._frame.forget_late()
        self._frame.counter.reset()
        return self.log({"clear": True})

    def world(self, values: Mapping[str, Any] | None) -> Any:
        worlds = self._frame.dialect.worlds
        if values is None:
            return {name: {"counts": world.counts(), "digest": world.digest()} for name, world in worlds.items()}
        if (missing := {"tenant", "table"} - values.keys()) or values["tenant"] not in worlds:
            raise ValueError(f"wants {', '.join(missing) or 'one of the tenants'}; tenants: {', '.join(worlds)}")
        world, table = worlds[values["tenant"]], values["table"]
        if "add" in values:
            return {"id": world.add(table, values["add"])}
        if values.get("remove"):
            return {"removed": world.remove(table, int(values["id"]))}
        return {"changed": world.change(table, int(values["id"]), values["change"])}

    def storm(self, values: Mapping[str, Any] | None) -> Any:
        dialect, storm = self._frame.dialect, self._frame.dialect.storm
        if values is None:
            return storm.told()
        if values.get("clear"):
            storm.end()
            return storm.told()
        given = dict(values)
        changes = whole(given.pop("changes", 0))
        if given or not storm.blows:
            storm.begin(Weather(**given))
        with storm.gathering() as chance:
            changed = [dialect.stir(chance) for _ in range(changes)]
            dialect.flush()
        return {**storm.told(), "changed": changed}

    def dialect(self, values: Mapping[str, Any] | None) -> Any:
        given = dict(values or {})
        return self._frame.dialect.control(str(given.pop("action", "")), given)


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_CHANGES:
        raise ValueError(f"changes: wants a whole number up to {MOST_CHANGES:,}")
    return value


def checked(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        raise TypeError("wants a JSON object")
    return values
