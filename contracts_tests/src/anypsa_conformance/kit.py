"""The kit: one adapter's way through the suite, over its recordings and over its sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anypsa.operations import Capabilities
from anypsa.spi import Adapter

from .attested import attested, meaning
from .cassettes import origin, recording, replaying
from .checks import Check
from .faces import Probe, on_face
from .harness import Harness, HarnessError, Paths, World

ALIKE: Mapping[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0}
# A recording knows one order of requests and one page at a time, so replays use the plainest strategy there is.
PLAIN: Mapping[str, Any] = {**ALIKE, "side_by_side": False}
SEED = 1
"""Of the ids and the jitter of recordings: what is recorded must be sent again in the same words."""
Sandboxed = Callable[[], AbstractContextManager[tuple[Any, World]]]


@dataclass(frozen=True)
class Kit:
    """What an adapter's folder names once. `small` and `large` start sandboxes, with what is known of their worlds."""

    adapter: type[Adapter]
    folder: Path
    replayed: Mapping[str, Any]
    refused: Mapping[str, Any]
    paths: Paths
    small: Sandboxed
    large: Sandboxed

    def origin(self, check: Check) -> str:
        """Where the recording of a check comes from: sandbox, public or tenant."""
        return origin(self.folder, check.id)

    def replay(self, check: Check, face: str) -> None:
        """Runs a check against its recording."""
        world = World.load(self.folder / "world.toml")
        harness = Harness(self.adapter, self.replayed, self.refused, world, self.paths)
        with replaying(self.folder, check.id):
            self.run(check, face, harness, seed=SEED)

    def record(self, check: Check, origin: str) -> None:
        """Records a check on the blocking face, against a small sandbox of its own."""
        with self.small() as (sandbox, world), recording(self.folder, check.id, origin):
            harness = Harness(self.adapter, sandbox.settings, self.refused, world, self.paths)
            self.run(check, "blocking", harness, seed=SEED)

    def live(self, check: Check, face: str, adapter: type[Adapter] | None = None) -> None:
        """Runs a check against a sandbox with state and faults."""
        with self.large() as (sandbox, world):
            kind = adapter or self.adapter
            self.run(check, face, Harness(kind, sandbox.settings, self.refused, world, self.paths, sandbox.control))

    def judge_attested(self, face: str) -> None:
        """Compares what attested answers are known to mean with what the adapter takes them to mean."""
        known = attested(self.folder)
        if not known:
            raise HarnessError(f"{self.folder} attests nothing")

        async def judged(probe: Probe) -> list[tuple[str, str | None, str | None]]:
            return [(one.when, one.means, meaning(probe.psa.context, one)) for one in known]

        wrong = [one for one in on_face(face, judged, self.adapter, {**PLAIN, **self.replayed}) if one[1] != one[2]]
        assert wrong == []

    def run(self, check: Check, face: str, harness: Harness, *, seed: int | None = None) -> None:
        """Runs a check on a face; one whose capability is not declared is not supported, which is no pass."""

        async def checked(probe: Probe) -> None:
            if check.needs not in Capabilities(probe.psa.context):
                pytest.skip(f"not supported: {harness.adapter.name} does not declare {check.needs}")
            await check.function(probe, harness)

        strategy = ALIKE if seed is None else PLAIN
        on_face(face, checked, harness.adapter, {**strategy, **harness.settings}, seed=seed)
