"""Collecting: an answer piece by piece, decompressed, and given up when it grows beyond what any honest answer is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from .base import AnswerRefused, ExchangeFailed, Sent

MAX_CONTENT: Final = 32 * 1024 * 1024
MAX_HEADERS: Final = 100
# What we ask for. Nothing else is taken, above all no bomb in a bomb.
CODINGS: Final = ("deflate", "gzip")
# So much comes out of the decompressor at a time, however little went in.
PIECE: Final = 1024 * 1024
EITHER_FRAME: Final = 32 + zlib.MAX_WBITS
NO_FRAME: Final = -zlib.MAX_WBITS


class Collector:
    """Gathers the content of one answer."""

    def __init__(self, headers: int, codings: Sequence[str]) -> None:
        if headers > MAX_HEADERS:
            raise AnswerRefused(f"the answer has more than {MAX_HEADERS} headers", Sent.MAYBE)
        applied = [coding.lower() for coding in codings if coding.lower() != "identity"]
        if len(applied) > 1 or not set(applied) <= set(CODINGS):
            raise AnswerRefused("the answer is compressed in a way that was not asked for", Sent.MAYBE)
        self._coding = applied[0] if applied else None
        self._inflating: Any = None
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Takes what came off the socket."""
        for piece in (chunk,) if self._coding is None else self._inflated(chunk):
            self._size += len(piece)
            if self._size > MAX_CONTENT:
                raise AnswerRefused(f"the answer is larger than {MAX_CONTENT // 2**20} MB", Sent.MAYBE)
            self._pieces.append(piece)

    def _inflated(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflating is None and chunk:
            # "deflate" should come in zlib's frame, and some servers send it without.
            bare = self._coding == "deflate" and chunk[0] & 0x0F != zlib.DEFLATED
            self._inflating = zlib.decompressobj(NO_FRAME if bare else EITHER_FRAME)
        try:
            while chunk and (piece := self._inflating.decompress(chunk, PIECE)):
                yield piece
                chunk = self._inflating.unconsumed_tail
        except zlib.error:
            raise ExchangeFailed("the answer could not be decompressed", Sent.MAYBE) from None

    def content(self) -> bytes:
        """The whole content, at the end."""
        if self._inflating is not None:
            self._pieces.append(self._inflating.flush())
            if not self._inflating.eof:
                raise ExchangeFailed("the compressed answer ends too early", Sent.MAYBE)
        return b"".join(self._pieces)
