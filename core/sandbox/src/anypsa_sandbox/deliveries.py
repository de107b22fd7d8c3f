"""Deliveries: webhooks on their way to a receiver on loopback. Each runs on a thread, so that a slow one holds nobody up."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

TIMEOUT: Final = 10.0
Told = Callable[[int | None, str | None], None]
"""Gets the receiver's status, or why there is none."""


def deliverable(url: str) -> bool:
    """Whether a sandbox may send there: loopback only, whatever a program registers."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and (host.startswith("127.") or host in ("localhost", "::1"))


def deliver(url: str, body: bytes, headers: Mapping[str, str], told: Told, *, timeout: float = TIMEOUT) -> None:
    """Sends a webhook, and tells later how it was received."""
    threading.Thread(target=delivered, args=(url, body, headers, told, timeout), daemon=True).start()


def delivered(url: str, body: bytes, headers: Mapping[str, str], told: Told, timeout: float) -> None:
    request = urllib.request.Request(url, data=body, headers=dict(headers))  # noqa: S310  # see deliverable
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310  # see deliverable
            told(answer.status, None)
    except urllib.error.HTTPError as error:
        told(error.code, None)
    except OSError as error:
        told(None, str(error))
