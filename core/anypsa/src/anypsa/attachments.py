"""Attachments: files that others named, written where the caller said and nowhere else.

The vendor's name of a file is a wish: it comes from whoever mailed it. What becomes of it is a plain name that every
system takes, inside the target folder, beside what is there already.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from .errors import ConfigurationError, Invalid, Problem

UNNAMED: Final = "attachment"
# File systems take 255 bytes; what is left is for a number and for programs that add an ending.
LONGEST_NAME: Final = 200
LONGEST_ENDING: Final = 20
LARGEST: Final = 50 * 1024 * 1024
# Windows reads these as devices, whatever their ending.
DEVICES: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
FORBIDDEN: Final = frozenset('<>:"|?*')
TRIES: Final = 1000


def safe_name(wished: str) -> str:
    """A file's name made of a vendor's: no folders, no devices, no control or direction characters, not too long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", wished))[-1]
    plain = "".join(char for char in last if char.isprintable() and char not in FORBIDDEN)
    name = shortened(plain.strip().strip(".").strip()) or UNNAMED
    return f"_{name}" if DEVICES.fullmatch(name) else name


def shortened(name: str) -> str:
    """The name with as much of its middle as fits, its ending kept."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = LONGEST_NAME - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + ending


def write(folder: str | os.PathLike[str], wished: str, content: Iterable[bytes], *, largest: int = LARGEST) -> Path:
    """Writes a file into a folder and returns where it is; raises `Invalid` when it is larger than `largest` bytes.

    A file that is there is never overwritten, and a link that is there never followed: the new file gets a number. What
    could not be written whole is removed.
    """
    try:
        path, file = created(Path(folder), safe_name(wished))
    except OSError as error:
        raise ConfigurationError(f"write an attachment into {folder}", said=[error.strerror or str(error)]) from None
    try:
        with file:
            fill(file, content, largest)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    return path


def created(folder: Path, name: str) -> tuple[Path, Any]:
    """A new file of that name, or of that name with a number."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    for number in range(1, TRIES):
        path = folder / (name if number == 1 else f"{stem} ({number}){dot}{ending}")
        with suppress(FileExistsError):
            # Exclusive creation follows no link, not even one that leads nowhere.
            return path, path.open("xb")
    raise FileExistsError(None, f"it holds {TRIES} files of that name")


def fill(file: Any, content: Iterable[bytes], largest: int) -> None:
    written = 0
    for chunk in content:
        written += len(chunk)
        if written > largest:
            problem = Problem("content", f"is larger than {largest} bytes")
            raise Invalid("write an attachment", problems=[problem], hint="largest=... allows more.")
        file.write(chunk)
