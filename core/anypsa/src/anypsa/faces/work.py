"""Work as a connection shows it: a block around what is done on a ticket."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .. import operations
from ..models import TimeEntry
from ..wire import run


class WorkBlock(operations.Work):
    """Time on a ticket, measured from the beginning of the block to its end, and logged there."""

    def __enter__(self) -> Self:
        run(self.begin())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        run(self.settle(error))

    def log(self) -> TimeEntry | None:
        """Logs what the end of the block could not; once, however often it is called."""
        return run(self.logged())


class AsyncWorkBlock(operations.Work):
    """Time on a ticket; see `WorkBlock`."""

    async def __aenter__(self) -> Self:
        await self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.settle(error)

    async def log(self) -> TimeEntry | None:
        """Logs what the end of the block could not; once, however often it is called."""
        return await self.logged()
