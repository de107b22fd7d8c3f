"""Bodies: a delivery as the vendor writes and signs it (wire/autotask.md 8.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Final

# What .NET's serialiser escapes, as it stands in JSON's text, where each stands within strings only. An escaped
# backslash is matched so that what follows it is not taken for its escape.
ESCAPED: Final = re.compile(r"""\\\\|\\"|\\u[0-9a-f]{4}|[&<>'`+\x7f]""")
# Deliveries call entities by their names in SOAP.
SOAP_NAMES: Final[Mapping[str, str]] = {
    "Company": "Account",
    "Contact": "Contact",
    "ConfigurationItem": "InstalledProduct",
    "Ticket": "Ticket",
    "TicketNote": "TicketNote",
}


def raw(facts: Mapping[str, Any]) -> bytes:
    """The bytes of a body: compact JSON, upper-case escapes."""
    text = json.dumps(facts, ensure_ascii=True, separators=(",", ":"))
    return ESCAPED.sub(escaped, text).encode("ascii")


def escaped(found: re.Match[str]) -> str:
    text = found[0]
    if text == "\\\\":
        return text
    if text.startswith("\\u"):
        return "\\u" + text[2:].upper()
    return f"\\u{ord(text[-1]):04X}"


def signature(secret: str, body: bytes) -> str:
    """What stands in `X-Hook-Signature`: HMAC-SHA1 of the raw bytes."""
    digest = hmac.new(secret.encode(), body, hashlib.sha1).digest()
    return "sha1=" + base64.b64encode(digest).decode()


def proof(body: bytes, secret: str) -> dict[str, str]:
    """The header that proves a body."""
    return {"X-Hook-Signature": signature(secret, body)}


def pascal(name: str) -> str:
    """A field's name in a delivery."""
    return name[:1].upper() + name[1:]
