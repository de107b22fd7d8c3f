"""Attachments are written inside the folder they were meant for, under names that every system takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa import ConfigurationError, Invalid
from anypsa.attachments import LONGEST_NAME, safe_name, write

pytestmark = pytest.mark.trust("A15")


@pytest.mark.parametrize(
    ("wished", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("Größe – 5€.txt", "Größe – 5€.txt"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\evil.exe", "evil.exe"),
        ("C:evil.exe", "Cevil.exe"),
        ("\\\\host\\share\\x.txt", "x.txt"),
        ("a.txt\x00.exe", "a.txt.exe"),
        ("in\u202evoice\u202cfdp.exe", "invoicefdp.exe"),
        ("line\r\nbreak\x1b[31m.txt", "linebreak[31m.txt"),
        ("file.txt:stream", "file.txtstream"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("LPT1.tar.gz", "_LPT1.tar.gz"),
        ("com\u00b9.txt", "_com\u00b9.txt"),
        ("console.txt", "console.txt"),
        (".bashrc", "bashrc"),
        ("name.", "name"),
        ("  name . ", "name"),
        ("..", "attachment"),
        (".", "attachment"),
        ("", "attachment"),
        ("a/", "attachment"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
    ],
)
def test_a_name_is_made_plain(wished: str, name: str) -> None:
    assert safe_name(wished) == name


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("ä" * 300 + ".pdf")

    assert name.endswith(".pdf")
    assert len(name.encode()) <= LONGEST_NAME


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_name_stays_in_its_folder(wished: str) -> None:
    name = safe_name(wished)

    assert 0 < len(name.encode()) <= LONGEST_NAME + 1
    assert not {"/", "\\", "\x00", ":"} & set(name)
    assert name.isprintable()
    assert (name.strip(), name.strip(".")) == (name, name)
    assert (Path("folder") / name).parent == Path("folder")


def test_what_is_written_is_there(tmp_path: Path) -> None:
    path = write(tmp_path, "../a.txt", [b"one", b"two"])

    assert (path, path.read_bytes()) == (tmp_path / "a.txt", b"onetwo")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [write(tmp_path, "a.tar.gz", [content]) for content in (b"1", b"2", b"3")]

    assert [path.name for path in paths] == ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]
    assert [path.read_bytes() for path in paths] == [b"1", b"2", b"3"]


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
@pytest.mark.parametrize("there", [True, False])
def test_no_link_is_followed(tmp_path: Path, there: bool) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside.txt"
    folder.mkdir()
    if there:
        outside.write_text("mine")
    (folder / "a.txt").symlink_to(outside)

    path = write(folder, "a.txt", [b"theirs"])

    assert path == folder / "a (2).txt"
    assert (outside.read_text() if there else outside.exists()) == ("mine" if there else False)


def test_what_is_too_large_is_refused_and_removed(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        write(tmp_path, "a.bin", (b"x" * 1000 for _ in range(1000)), largest=10_000)

    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_is_removed(tmp_path: Path) -> None:
    def breaking() -> object:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, "a.bin", breaking())  # type: ignore[arg-type]  # it breaks off

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        write(tmp_path / "missing", "a.txt", [b"x"])
