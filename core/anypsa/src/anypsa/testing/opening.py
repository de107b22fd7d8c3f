"""Opening connections for tests: over a clock that stands still, or over a recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from ..connecting import assemble, channel, chosen
from ..faces import AsyncPsa, Psa
from ..ledger import MemoryLedger
from ..plugins import load
from ..secrecy import Sealed, Secrets
from ..settings import Settings
from .clock import Clock
from .recording import Recording
from .rehearsed import RecordingBlockingWire, RehearsedBlockingWire, RehearsedWire

if TYPE_CHECKING:
    from ..spi import Adapter

NOBODY: Final = "nobody-recorded"
"""Stands for what a recording does not tell: the credentials."""
SHARED: Final = frozenset({"slots", "states", "visibility"})
"""What a recording tells of the settings that all adapters have."""


def connect(adapter: str, *, clock: Clock, **settings: Any) -> Psa:
    """As `anypsa.connect`, but by this clock: what the library waits for takes no time, and its dates are the clock's."""
    kind, values = chosen(adapter, None, Sealed({"ledger": MemoryLedger(clock=clock.now), **settings}))
    return Psa(assemble(kind, values, RehearsedBlockingWire(channel(values), clock)))


def connect_async(adapter: str, *, clock: Clock, **settings: Any) -> AsyncPsa:
    """As `anypsa.connect_async`, but by this clock."""
    kind, values = chosen(adapter, None, Sealed({"ledger": MemoryLedger(clock=clock.now), **settings}))
    return AsyncPsa(assemble(kind, values, RehearsedWire(channel(values), clock)))


@contextmanager
def recorded(
    path: Path | str, adapter: str | None = None, *, record: bool = False, profile: str | None = None, **settings: Any
) -> Iterator[Psa]:
    """A connection whose answers come from a file; with `record` they come from the tenant, and the file is written.

    Played back, it needs no account, no network and no time; the credentials among the settings are not asked for.
    """
    if record:
        kind, values = chosen(adapter, profile, Sealed({"ledger": "memory", **settings}))
        recording = Recording.begin(Path(path), {"adapter": kind.settings_type.adapter, **told(values)})
        recording.conceal = partial(concealed, values)
        with Psa(assemble(kind, values, RecordingBlockingWire(channel(values), recording))) as psa:
            yield psa
        recording.save()
        return
    recording = Recording.load(Path(path))
    clock = Clock(recording.moment)
    kind, values = remembered(recording, Sealed({"ledger": MemoryLedger(clock=clock.now), **settings}))
    recording.conceal = partial(concealed, values)
    with Psa(assemble(kind, values, RehearsedBlockingWire(channel(values), clock, recording))) as psa:
        yield psa


def credentials(kind: type[Settings]) -> dict[str, Any]:
    """The settings that say who asks: secrets, and what else must be given and is no address."""
    return {
        name: field.annotation
        for name, field in kind.model_fields.items()
        if field.annotation is SecretStr or (field.is_required() and field.annotation is str and "url" not in name)
    }


def told(settings: Settings) -> dict[str, Any]:
    """The settings that a recording needs and may tell."""
    kind = type(settings)
    own = kind.model_fields.keys() - Settings.model_fields.keys() | SHARED
    return settings.model_dump(mode="json", include=(settings.model_fields_set & own) - credentials(kind).keys())


def remembered(recording: Recording, given: Sealed) -> tuple[type[Adapter], Settings]:
    """The adapter and the settings of a recording. The environment has no part in it."""
    stored = dict(recording.settings)
    kind = load(stored.pop("adapter"))
    nobody = dict.fromkeys(credentials(kind.settings_type), NOBODY)
    return kind, kind.settings_type.model_validate(Sealed({**nobody, **stored, **given}))


def concealed(settings: Settings, text: str) -> str:
    """A text without credentials, whoever's they are: that of a recording is what is asked when it is played."""
    values = [getattr(settings, name) for name in credentials(type(settings))]
    known = [value.get_secret_value() if isinstance(value, SecretStr) else value for value in values]
    return Secrets(known).conceal(text)
