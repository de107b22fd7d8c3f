"""Connecting: from a name, a profile or a settings object to a connection. Nothing is sent yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from .errors import ConfigurationError, Problem
from .faces import AsyncPsa, Psa
from .journal import Journal, MemoryJournal
from .ledger import HostLedger, Ledger, MemoryLedger, RedisLedger
from .observers import Observers
from .operations import Context, worked_on
from .plugins import load, open_state
from .profiles import profile as read_profile
from .secrecy import Sealed
from .session import Session
from .settings import Settings
from .state import StateStore
from .wire import AwaitingWire, BlockingWire, Channel, Wire

if TYPE_CHECKING:
    from .spi.adapter import Adapter


def connect(
    adapter: str | Settings | None = None,
    *,
    profile: str | None = None,
    observers: Iterable[object] = (),
    **settings: Any,
) -> Psa:
    """Opens a tenant on the blocking face: by an adapter's name and settings, a settings object, or a profile.

    Every setting can also come from the environment (`ANYPSA_AUTOTASK_USERNAME`). Nothing is sent yet; `psa.check()`
    proves the credentials. Raises `ConfigurationError` naming everything that is wrong at once.
    """
    settings = Sealed(settings)
    kind, values = chosen(adapter, profile, settings)
    return Psa(assemble(kind, values, BlockingWire(channel(values)), observers))


def connect_async(
    adapter: str | Settings | None = None,
    *,
    profile: str | None = None,
    observers: Iterable[object] = (),
    **settings: Any,
) -> AsyncPsa:
    """Opens a tenant on the async face, for asyncio and trio; enter it with `async with`. See `connect`."""
    settings = Sealed(settings)
    kind, values = chosen(adapter, profile, settings)
    return AsyncPsa(assemble(kind, values, AwaitingWire(channel(values)), observers))


def chosen(
    adapter: str | Settings | None, profile: str | None, given: Mapping[str, Any]
) -> tuple[type[Adapter], Settings]:
    """The adapter and its settings, whichever way they were named."""
    if isinstance(adapter, Settings):
        if profile is not None or given:
            raise ConfigurationError("connect", hint="A settings object is complete: give nothing beside it.")
        return load(adapter.adapter), adapter
    if profile is not None:
        return profiled(adapter, profile, given)
    if adapter is None:
        raise ConfigurationError("connect", hint='Name an adapter, connect("autotask"), or a profile.')
    kind = load(adapter)
    return kind, kind.settings_type.gather(given, {})


def profiled(adapter: str | None, profile: str, given: Mapping[str, Any]) -> tuple[type[Adapter], Settings]:
    """The adapter and the settings of a profile; what is wrong with them is told with the file."""
    name, stored, path = read_profile(profile)
    if adapter is not None and name != adapter:
        raise ConfigurationError(
            "connect", problems=[Problem("profile", f"{profile!r} is for {name!r}, not for {adapter!r}")]
        )
    kind = load(name)
    try:
        return kind, kind.settings_type.gather(given, stored)
    except ConfigurationError as error:
        tried = f"{error.tried} by the profile {profile!r} in {path}"
        raise ConfigurationError(tried, said=error.said, problems=error.problems, hint=error.hint) from None


def channel(settings: Settings) -> Channel:
    """How connections are made."""
    proxy = settings.proxy.get_secret_value() if settings.proxy is not None else None
    return Channel(timeout=settings.timeout, proxy=proxy, ca_bundle=settings.ca_bundle)


def assemble(kind: type[Adapter], settings: Settings, wire: Wire, observers: Iterable[object] = ()) -> Context:
    """A connection of its parts."""
    session = Session(wire, settings, ledger(settings), Observers(observers), settings.tenant_key())
    session.adapter = kind(settings, session)
    state = state_of(settings)
    if state is not None:
        session.audit, session.predictions = state.audit, state.predictions
        session.policy = state.governed(settings.policy, settings.stages)
    context = Context(session.adapter, session, settings, journal(settings, state), state)
    session.worked = partial(worked_on, context)
    return context


def state_of(settings: Settings) -> StateStore | None:
    """Where the connection keeps what must survive the process."""
    match settings.state:
        case Path():
            return open_state(str(settings.state))
        case SecretStr():
            return open_state(settings.state.get_secret_value())
    return settings.state


def journal(settings: Settings, state: StateStore | None) -> Journal:
    """Where writes are written down."""
    if settings.journal != "memory":
        return settings.journal
    return MemoryJournal() if state is None else state.journal


def ledger(settings: Settings) -> Ledger:
    """The home of slots and windows that the settings name."""
    if settings.ledger == "host":
        try:
            return HostLedger()
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                "open the ledger of this host",
                said=[str(error)],
                hint='ledger="memory" does without; limits are then kept in this process only.',
            ) from None
    if isinstance(settings.ledger, SecretStr):
        return RedisLedger(settings.ledger, ca_bundle=settings.ca_bundle)
    return MemoryLedger() if settings.ledger == "memory" else settings.ledger
