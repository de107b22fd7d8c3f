"""Recordings of a live tenant, under pseudonyms: `anypsa-conformance record KIT --tenant`.

What the tenant answered is kept in a temporary folder of its owner's only, and goes with it. A kit's folder gets the
recordings when all of them have passed the linter, and their checks when they are replayed; or none.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml
from pydantic import SecretStr

from anypsa import Psa
from anypsa.wire import BlockingWire

from .cassettes import cassette
from .checks import Check, Driver, driven_by
from .drift import Vocabulary, keep_vocabulary, vocabulary
from .faces import parts
from .harness import Harness, HarnessError, World
from .kit import Kit
from .linting import findings
from .pseudonyms import Pseudonyms, learnt, rewritten, said
from .sandboxed import toml
from .suite import FROM

ORIGIN: Final = "tenant"
KNOWN: Final = "tenant.toml"


def record_tenant(kit: Kit, settings: Mapping[str, Any], writes: Collection[str], *, key: bytes) -> int:
    """Records what only reads, and the checks that may write by name; `key` decides by what people are called.

    What is known of the tenant is read from `tenant.toml`, and written, under pseudonyms, to `world.toml`. Raises
    `HarnessError`, and changes nothing in the kit's folder, when a recording holds what must not be published.
    """
    world = World.load(kit.folder / KNOWN)
    recorded = driven_by(Driver.CASSETTE) if FROM else ()
    checks = [one for one in recorded if Driver.TENANT in one.drivers or one.id in writes]
    with TemporaryDirectory() as name:
        raw, proved = (replace(kit, folder=Path(name) / part) for part in ("raw", "proved"))
        proved.folder.mkdir()
        with Psa(parts(kit.adapter, settings, BlockingWire)) as psa:
            words = vocabulary(psa)
        names = Pseudonyms(key, stand_ins(kit, settings))
        for text in texts(vars(world)):
            names.know(text)
        for text in texts(words):  # by the words of its lists an adapter finds its way
            names.keep(text)
        for check in checks:
            raw.record_from(check, Harness(kit.adapter, settings, kit.refused, world, kit.paths), ORIGIN)
            learn(raw, check, names, own=check.id in writes)
        Publishing(raw, proved, names).all(checks, world, words)
        shutil.copytree(proved.folder, kit.folder, dirs_exist_ok=True)
    return 0


def learn(raw: Kit, check: Check, names: Pseudonyms, *, own: bool) -> None:
    """Takes in what a recording calls people; of a check that writes, what it writes is its `own`."""
    recorded = yaml.safe_load(cassette(raw.folder, check.id).read_text(encoding="utf-8"))
    learnt(recorded, names)
    for text in said(recorded) if own else ():
        names.keep_unknown(text)


@dataclass(frozen=True)
class Publishing:
    """Takes recordings from one folder to another, under pseudonyms, and proves them there."""

    raw: Kit
    proved: Kit
    names: Pseudonyms

    def all(self, checks: Collection[Check], world: World, words: Vocabulary) -> None:
        """Everything that stands in a kit's folder."""
        known: dict[str, Any] = {name: self.names.told(value) for name, value in vars(world).items()}
        (self.proved.folder / "world.toml").write_text(toml(World(**known)), encoding="utf-8")
        keep_vocabulary(words, self.proved.folder)
        for check in checks:
            self._one(check)
            print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal

    def _one(self, check: Check) -> None:
        first, _, text = cassette(self.raw.folder, check.id).read_text(encoding="utf-8").partition("\n")
        told = yaml.safe_dump(rewritten(yaml.safe_load(text), self.names), allow_unicode=True, sort_keys=False)
        path = cassette(self.proved.folder, check.id)
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{first}\n{told}", encoding="utf-8")
        if found := findings(path):
            raise HarnessError(f"{check.id}: {'; '.join(sorted({one.what for one in found}))}")
        self.proved.replay(check, "blocking")


def stand_ins(kit: Kit, settings: Mapping[str, Any]) -> dict[str, str]:
    """What the replayed settings say instead of the live ones."""
    live = kit.adapter.settings_type.gather(settings, {})
    return {plain(getattr(live, name)): str(value) for name, value in kit.replayed.items()}


def plain(value: Any) -> str:
    """A setting's value, a secret's too: it is looked for so that it can be replaced."""
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def texts(told: Any) -> list[str]:
    """Every text within known data."""
    if isinstance(told, str):
        return [told]
    inner = told.values() if isinstance(told, Mapping) else told if isinstance(told, list | tuple) else ()
    return [text for one in inner for text in texts(one)]
