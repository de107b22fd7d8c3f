"""Recordings for users' tests: what is played is what was answered, and a file that is broken says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from anypsa.testing.recording import NotRecorded, Recording
from anypsa.wire import Incoming, Outgoing

ASKED = Outgoing("GET", "https://psa.example/v1/files/1", {})


@pytest.mark.parametrize("content", [b"", '{"title": "Büro"}'.encode(), b"\x89PNG\xff\x00\xfe", b"\xed\xa0\x80"])
def test_an_answer_is_played_byte_by_byte(tmp_path: Path, content: bytes) -> None:
    recording = Recording.begin(tmp_path / "one.json", {})
    recording.keep(ASKED, Incoming(200, {}, content))
    recording.save()

    played = Recording.load(tmp_path / "one.json").play(ASKED)

    assert played.content == content


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 0}', '{"format": 1, "settings": {}, "moment": 1}']
)
def test_a_file_that_is_no_recording_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(text)

    with pytest.raises(NotRecorded, match=r"one\.json"):
        Recording.load(path)
