"""Headers of every page: nothing is cached, framed, guessed or run, and forms lead nowhere else."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
# Not "no-referrer": browsers then name no origin with a form either, and ours count only from our own.
HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": NOTHING,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
STYLED: Final = {**HEADERS, "content-security-policy": f"{NOTHING}; style-src 'self'"}
"""For pages with a stylesheet of their own."""
