"""The database: one engine for SQLite and PostgreSQL, one writer at a time, and failures in our words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from anypsa import ConfigurationError, Problem, StateUnavailable

PATIENCE: Final = 10.0
"""Seconds to wait for another writer."""
ONE_WRITER: Final = 0x616E7970736100  # the advisory lock of all that write to our tables; spells "anypsa"


def url_of(where: str) -> URL:
    """The URL of a path to a file, or of a PostgreSQL database."""
    if where == ":memory:":
        raise unusable("a database in memory does not survive the process")
    if not urlsplit(where).scheme or Path(where).drive:
        return URL.create("sqlite", database=str(Path(where).absolute()))
    try:
        url = make_url(where)
    except ArgumentError:
        raise unusable("it is neither a path nor a URL") from None
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise unusable("a database in memory does not survive the process")
        return url.set(drivername="sqlite", database=str(Path(str(url.database)).absolute()))
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise unusable("only SQLite (a path) and PostgreSQL (postgresql://...) are supported")


def unusable(why: str) -> ConfigurationError:
    return ConfigurationError("open the state store", problems=[Problem("state", why)])


class Database:
    """Transactions from any thread and process. A child after a fork opens connections of its own."""

    def __init__(self, where: str) -> None:
        self.url = url_of(where)
        self._process = os.getpid()
        try:
            self._engine = self._made()
        except ImportError:
            hint = 'pip install "anypsa-automation[postgres]"'
            raise ConfigurationError("open the state store", said=["psycopg is not installed"], hint=hint) from None

    @property
    def name(self) -> str:
        """What it is, without its password."""
        return self.url.render_as_string(hide_password=True)

    def _made(self) -> Engine:
        if self.url.get_backend_name() == "sqlite":
            private(Path(str(self.url.database)))
            engine = create_engine(self.url, hide_parameters=True, connect_args={"timeout": PATIENCE})
            event.listen(engine, "connect", durable)
            event.listen(engine, "begin", immediate)
        else:
            limits = {"connect_timeout": int(PATIENCE), "options": f"-c lock_timeout={int(PATIENCE * 1000)}"}
            engine = create_engine(self.url, hide_parameters=True, pool_pre_ping=True, connect_args=limits)
            event.listen(engine, "begin", alone)
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it or nothing, one at a time; raises `StateUnavailable`, and then nothing was changed."""
        if os.getpid() != self._process:
            # The parent's connections are the parent's: neither used nor closed here, so they are kept.
            self._parents, self._engine, self._process = self._engine, self._made(), os.getpid()
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._unavailable(error.orig or error) from None
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: BaseException) -> StateUnavailable:
        # Only the database's own words: the statement's parameters are customers' text.
        words = str(error).splitlines() or [type(error).__name__]
        return StateUnavailable(
            f"use the state store {self.name}",
            said=words[:1],
            hint="Nothing was changed. It is locked, full, or out of reach.",
        )

    def dispose(self) -> None:
        """Closes all connections."""
        self._engine.dispose()


def private(path: Path) -> None:
    """Makes the file, if it is not there, for its owner only: it holds customers' text."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise unusable(f"{path}: {error.strerror}") from None


def durable(connection: sqlite3.Connection, record: Any) -> None:
    """What is committed survives a power cut; readers and one writer do not wait for each other."""
    connection.isolation_level = None  # transactions are begun by us, see `immediate`
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def immediate(connection: Connection) -> None:
    """SQLite: the writer's lock at the beginning, since a reader that becomes a writer may have read what is old."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def alone(connection: Connection) -> None:
    """PostgreSQL: one writer at a time, as on SQLite. Vendors take a handful of writes a second; both are far ahead."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_WRITER})
