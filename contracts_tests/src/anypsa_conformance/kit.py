"""The kit: one adapter's way through the suite, over recordings, sandboxes, a server of faults and a live tenant."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from anypsa import ConfigurationError
from anypsa.operations import Capabilities
from anypsa.spi import Adapter
from anypsa.testing import FaultServer

from .attested import attested, meaning
from .breaking import Breaking
from .cassettes import Origin, origin, recording, replaying
from .checks import CHECKS, Check, Driver, unsupported
from .faces import Probe, on_face
from .harness import Between, Harness, HarnessError, Paths, SignIn, World

ALIKE: Mapping[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0}
# A recording knows one order of requests and one page at a time, so replays use the plainest strategy there is.
PLAIN: Mapping[str, Any] = {**ALIKE, "side_by_side": False, "gathering": False}
SEED = 1
"""Of the ids and the jitter of recordings: what is recorded must be sent again in the same words."""
Sandboxed = Callable[[], AbstractContextManager[tuple[Any, World]]]


class Running:
    """Sandboxes that were started once, and are put back as they began for each check."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._started: dict[Sandboxed, tuple[Any, World]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def get(self, sandboxed: Sandboxed) -> tuple[Any, World]:
        """A sandbox and what is known of it."""
        if sandboxed not in self._started:
            self._started[sandboxed] = self._stack.enter_context(sandboxed())
        sandbox, world = self._started[sandboxed]
        sandbox.control.reset()
        return sandbox, world


@dataclass(frozen=True)
class Kit:
    """What an adapter's folder names once. `small` and `large` start sandboxes, with what is known of their worlds.

    `address` is the setting that says where requests go, by which a server of faults is put in between. `small_pages`
    makes a sandbox's pages of tickets small. `retitle` lets somebody else change a ticket's title, where the vendor can
    leave our own changes out of what webhooks are told; else there is none. `sign_in` says how a token or session is had,
    where one is. `deviations` are checks that are known to fail, each with its reason; one that passes fails the run.
    """

    adapter: type[Adapter]
    folder: Path
    replayed: Mapping[str, Any]
    refused: Mapping[str, Any]
    paths: Paths
    small: Sandboxed
    large: Sandboxed
    address: str = "url"
    small_pages: Callable[[Any, Breaking, int], None] | None = None
    retitle: Callable[[Any, str, str], None] | None = None
    sign_in: SignIn | None = None
    deviations: Mapping[str, str] = field(default_factory=dict)

    def origin(self, check: Check) -> Origin:
        """Where the recording of a check comes from, and when it was made."""
        return origin(self.folder, check.id)

    def replay(self, check: Check, face: str) -> None:
        """Runs a check against its recording."""
        world = World.load(self.folder / "world.toml")
        harness = Harness(self.adapter, self.replayed, self.refused, world, self.paths)
        with replaying(self.folder, check.id):
            self.run(check, face, harness, seed=SEED)

    def record(self, check: Check, origin: str) -> None:
        """Records a check on the blocking face, against a small sandbox of its own."""
        with self.small() as (sandbox, world):
            self.record_from(check, Harness(self.adapter, sandbox.settings, self.refused, world, self.paths), origin)

    def record_from(self, check: Check, harness: Harness, origin: str) -> None:
        """Records a check on the blocking face, against whatever the harness leads to."""
        with recording(self.folder, check.id, origin):
            self.run(check, "blocking", harness, seed=SEED)

    def live(
        self, check: Check, face: str, running: Running, driver: Driver = Driver.SANDBOX, *, broken: Any = None
    ) -> None:
        """Runs a check against a sandbox with state, or one behind a server of faults; `broken` instead of the adapter."""
        with self._behind(running, driver) as harness:
            self.run(check, face, harness, adapter=broken)
            if harness.between is not None and (unmet := harness.breaking.unmet()):
                raise HarnessError(
                    f"{check.id} proves nothing, since no request came that it breaks: {', '.join(unmet)}"
                )

    @contextmanager
    def _behind(self, running: Running, driver: Driver) -> Iterator[Harness]:
        sandbox, world = running.get(self.small if driver is Driver.FAULTS else self.large)
        make = partial(Harness, self.adapter, refused=self.refused, world=world, paths=self.paths)
        retitle = None if self.retitle is None else partial(self.retitle, sandbox)
        known: dict[str, Any] = {"sandbox": sandbox.control, "tenant": sandbox.tenants[0], "retitle": retitle}
        known["sign_in"] = self.sign_in
        if driver is not Driver.FAULTS:
            yield make(settings=sandbox.settings, **known)
            return
        breaking = Breaking()
        smaller = None if self.small_pages is None else partial(self.small_pages, sandbox, breaking)
        with (
            FaultServer(breaking, before=sandbox.url) as server,
            self._authority(sandbox, breaking, server) as authority,
        ):
            settings = {**sandbox.settings, self.address: server.url}
            if self.sign_in is not None and self.sign_in.address:
                settings[self.sign_in.address] = f"{authority.url}{self.sign_in.below}"
            between = Between(server, breaking, authority)
            yield make(settings=settings, between=between, small_pages=smaller, **known)

    @contextmanager
    def _authority(self, sandbox: Any, breaking: Breaking, server: FaultServer) -> Iterator[FaultServer]:
        if self.sign_in is None or not self.sign_in.door:
            yield server
            return
        with FaultServer(breaking, before=sandbox.urls[self.sign_in.door]) as authority:
            yield authority

    def on_tenant(self, check: Check, face: str) -> None:
        """Runs a check against a live tenant: settings from the environment, what is known of it from `tenant.toml`."""
        world = World.load(self.folder / "tenant.toml")
        try:
            self.adapter.settings_type.gather({}, {})
        except ConfigurationError as error:
            raise HarnessError(f"the environment does not say how to reach the tenant: {error}") from None
        self.run(check, face, Harness(self.adapter, {}, self.refused, world, self.paths))

    def judge_attested(self, face: str) -> None:
        """Compares what attested answers are known to mean with what the adapter takes them to mean."""
        known = attested(self.folder)
        if not known:
            raise HarnessError(f"{self.folder} attests nothing")

        async def judged(probe: Probe) -> list[tuple[str, str | None, str | None]]:
            return [(one.when, one.means, meaning(probe.psa.context, one)) for one in known]

        wrong = [one for one in on_face(face, judged, self.adapter, {**PLAIN, **self.replayed}) if one[1] != one[2]]
        assert wrong == []

    def run(
        self,
        check: Check,
        face: str,
        harness: Harness,
        *,
        seed: int | None = None,
        adapter: type[Adapter] | None = None,
    ) -> None:
        """Runs a check on a face; one whose capability is not declared is not supported, which is no pass."""
        kind = adapter or self.adapter

        async def checked(probe: Probe) -> None:
            if check.needs not in Capabilities(probe.psa.context):
                unsupported(f"{kind.name} does not declare {check.needs}")
            await check.function(probe, harness)

        strategy = ALIKE if seed is None else PLAIN
        on_face(face, checked, kind, {**strategy, **harness.settings}, seed=seed)

    def judged(self, check: Check, run: Callable[[], None]) -> None:
        """Runs a check: a deviation must fail, and a provisional check may."""
        reason = self.deviations.get(check.id)
        if unknown := self.deviations.keys() - CHECKS.keys():
            raise HarnessError(f"deviations from checks that there are not: {', '.join(sorted(unknown))}")
        if reason is None and not check.provisional:
            run()
            return
        try:
            run()
        except HarnessError:
            raise
        except (Exception, pytest.fail.Exception) as failed:  # noqa: BLE001  # whatever fails, fails the check
            pytest.skip(f"deviation: {reason}" if reason else f"provisional, and fails: {type(failed).__name__}")
        if reason is not None:
            pytest.fail(f"it passes: strike the deviation from {check.id} ({reason})", pytrace=False)


def load(path: Path) -> Kit:
    """The kit that a module names `KIT`; raises `HarnessError` when it does not."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise HarnessError(f"{path} is no module")
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses of a kit look themselves up there
    spec.loader.exec_module(module)
    kit: object = getattr(module, "KIT", None)
    if not isinstance(kit, Kit):
        raise HarnessError(f"{path} names no KIT")
    return kit
