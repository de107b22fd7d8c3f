"""Records an adapter's cassettes: `anypsa-conformance record path/to/kit_module.py [check ...]`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import SecretStr

from anypsa import Psa
from anypsa.wire import BlockingWire

from .cassettes import cassette
from .checks import Check, Driver, driven_by
from .drift import VOCABULARY, vocabulary
from .faces import parts
from .harness import Harness, HarnessError, World
from .kit import Kit, load
from .linting import findings
from .pseudonyms import Pseudonyms, learnt, rewritten, said
from .sandboxed import toml
from .suite import FROM

ORIGIN: Final = "sandbox"
TENANT: Final = "tenant"


def record(path: Path, names: Sequence[str]) -> int:
    """Records every check that a recording can show, or those named, against the kit's sandbox."""
    kit, suite = load(path), FROM
    with kit.small() as (sandbox, world):
        (kit.folder / "world.toml").write_text(toml(world), encoding="utf-8")
        with Psa(parts(kit.adapter, sandbox.settings, BlockingWire)) as psa:
            told = json.dumps(vocabulary(psa), indent=1, ensure_ascii=False)
        (kit.folder / VOCABULARY).write_text(f"{told}\n", encoding="utf-8")
    for check in driven_by(Driver.CASSETTE) if suite else ():
        if not names or check.id in names:
            kit.record(check, ORIGIN)
            print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal
    return 0


def record_tenant(kit: Kit, settings: Mapping[str, Any], writes: Sequence[str], *, key: bytes) -> int:
    """Records a live tenant: what only reads, and the checks that may write by name. Pseudonyms stand for people.

    What is known of the tenant is read from `tenant.toml`, and written, with pseudonyms, to `world.toml`. Each recording
    must pass the linter, and its check when it is replayed; raises `HarnessError`, and leaves nothing, where one does not.
    """
    world = World.load(kit.folder / "tenant.toml")
    checks = [one for one in driven_by(Driver.CASSETTE) if Driver.TENANT in one.drivers or one.id in writes]
    names = Pseudonyms(key, stand_ins(kit, settings))
    texts = [value for value in vars(world).values() if isinstance(value, str)]
    for text in texts:
        names.know(text)
    for check in checks:
        kit.record_from(check, Harness(kit.adapter, settings, kit.refused, world, kit.paths), TENANT)
        recorded = yaml.safe_load(cassette(kit.folder, check.id).read_text(encoding="utf-8"))
        learnt(recorded, names)
        for text in said(recorded) if check.id in writes else ():  # what a check writes is its own
            if text not in texts:
                names.keep(text)
    known: dict[str, Any] = {name: names.told(value) for name, value in vars(world).items()}
    (kit.folder / "world.toml").write_text(toml(World(**known)), encoding="utf-8")
    for check in checks:
        pseudonymise(kit, check, names)
        print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal
    return 0


def stand_ins(kit: Kit, settings: Mapping[str, Any]) -> dict[str, str]:
    """What the replayed settings say instead of the live ones."""
    live = kit.adapter.settings_type.gather(settings, {})
    return {plain(getattr(live, name)): str(value) for name, value in kit.replayed.items()}


def pseudonymise(kit: Kit, check: Check, names: Pseudonyms) -> None:
    """Writes a recording anew with pseudonyms, and proves it."""
    path = cassette(kit.folder, check.id)
    first, _, text = path.read_text(encoding="utf-8").partition("\n")
    told = yaml.safe_dump(rewritten(yaml.safe_load(text), names), allow_unicode=True, sort_keys=False)
    path.write_text(f"{first}\n{told}", encoding="utf-8")
    try:
        if found := findings(path):
            raise HarnessError(f"{check.id}: {'; '.join(map(str, found))}")
        kit.replay(check, "blocking")
    except BaseException:
        path.unlink()
        raise


def plain(value: Any) -> str:
    """A setting's value, a secret's too: it is looked for so that it can be replaced."""
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
