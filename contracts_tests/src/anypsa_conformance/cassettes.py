"""Cassettes: recorded exchanges, replayed with no server. Matched on method, path, query and body, never on the host.

A recording says where it comes from, holds no credential, and is played whole: what is no longer asked fails.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

from .harness import HarnessError

SECRET_HEADERS: Final = ("Secret", "ApiIntegrationCode", "UserName", "Authorization")
SECRET_FIELDS: Final = ("client_secret", "client_id")
# By an allow-list, both ways: a vendor may call its keys anything. Where a list goes on may stand in a header.
REQUEST_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"}
)
KEPT_HEADERS: Final = frozenset({"content-type", "link", "retry-after", "www-authenticate"})
# What fields that hold a secret are called, by any vendor.
SECRET_NAME: Final = re.compile(
    r"[\w-]*(access|refresh|id|auth|api|session|bearer)[_-]?(token|key|code)|(account|shared)[_-]?key|token|client_?id|"
    r"[\w-]*secret|[\w-]*passw(or)?d|pwd|passphrase|[\w-]*private_?key|[\w-]*integration_?code|session([_-]?id)?|"
    r"authorization|(set-)?cookie|signature",
    re.IGNORECASE,
)
# A short number is the id of something: HaloPSA calls that of a company like that of an application.
TOKEN: Final = re.compile(rb'("(?:%b)"\s*:\s*")(?!\d{1,9}")[^"\\]+(")' % SECRET_NAME.pattern.encode(), re.IGNORECASE)
REDACTED: Final = "REDACTED"
ORIGIN: Final = "# origin: "
MOST: Final = 100


def recorder(mode: str) -> Any:
    """vcrpy, told what to match and what to leave out."""
    return vcr.VCR(
        record_mode=mode,
        match_on=["method", "path", "query", "body"],
        filter_headers=[(name, REDACTED) for name in SECRET_HEADERS],
        filter_query_parameters=[("user", REDACTED)],
        filter_post_data_parameters=[(name, REDACTED) for name in SECRET_FIELDS],
        before_record_request=plain,
        before_record_response=scrubbed,
        decode_compressed_response=True,
    )


def plain(request: Any) -> Any:
    """A request without headers that only the vendor knows, of which any may be a key."""
    kept = REQUEST_HEADERS.union(map(str.lower, SECRET_HEADERS))
    recorded = copy(request)
    recorded.headers = {name: value for name, value in request.headers.items() if name.lower() in kept}
    return recorded


def scrubbed(response: dict[str, Any]) -> dict[str, Any]:
    """An answer without headers that say nothing, and without its tokens, whatever a vendor calls them."""
    headers = {name: value for name, value in response["headers"].items() if name.lower() in KEPT_HEADERS}
    body = dict(response["body"])
    if isinstance(body.get("string"), bytes):
        body["string"] = TOKEN.sub(lambda found: b"%bREDACTED%b" % (found[1], found[found.re.groups]), body["string"])
    return {**response, "headers": headers, "body": body}


def cassette(folder: Path, check: str) -> Path:
    """Where the recording of a check is kept."""
    return folder / "cassettes" / f"{check}.yaml"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from (sandbox, public, tenant), and the day it was made, if it says so."""

    source: str
    day: str | None = None


def origin(folder: Path, check: str) -> Origin:
    """What the first line of a recording says of itself."""
    path = cassette(folder, check)
    first = path.read_text(encoding="utf-8").partition("\n")[0] if path.exists() else ""
    if not first.startswith(ORIGIN):
        return Origin("nobody knows what")
    source, _, day = first.removeprefix(ORIGIN).strip().partition(", ")
    return Origin(source, day or None)


@contextmanager
def recording(folder: Path, check: str, source: str) -> Iterator[None]:
    """Records what is inside, anew, and where it came from."""
    path = cassette(folder, check)
    path.unlink(missing_ok=True)
    with recorder("once").use_cassette(str(path)) as recorded:
        yield
    if len(recorded) >= MOST:
        path.unlink(missing_ok=True)
        raise HarnessError(f"{check} takes {len(recorded)} exchanges; a recording holds fewer than {MOST}")
    if path.exists():
        told = f"{ORIGIN}{source}, {datetime.now(UTC).date()}"
        path.write_text(f"{told}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


@contextmanager
def replaying(folder: Path, check: str) -> Iterator[None]:
    """Plays a recording back, with the network off; raises `HarnessError` for what was not recorded."""
    path = cassette(folder, check)
    if not path.exists():
        raise HarnessError(f"there is no recording of {check}: {again(check)}")
    with offline(), recorder("none").use_cassette(str(path)) as played:
        try:
            yield
        except CannotOverwriteExistingCassetteException as error:
            asked = getattr(error, "failed_request", None)
            route = f"{asked.method} {asked.path}" if asked is not None else "something"
            raise HarnessError(f"{check} asks for {route}, which was not recorded: {again(check)}") from None
        if not played.all_played:
            raise HarnessError(f"{check} no longer asks for all that was recorded: {again(check)}")


def again(check: str) -> str:
    """What to do about a recording."""
    return f"anypsa-conformance record path/to/kit.py {check}, or do without recordings: --conformance-driver=sandbox"


@contextmanager
def offline() -> Iterator[None]:
    """Refuses every connection."""
    real = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        raise HarnessError(f"a replay tried to connect to {json.dumps(address, default=str)}")

    socket.socket.connect = refuse  # type: ignore[method-assign, assignment]  # put back below
    try:
        yield
    finally:
        socket.socket.connect = real  # type: ignore[method-assign]  # as it was
