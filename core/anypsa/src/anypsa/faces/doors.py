"""Doors: how a connection shows a kind as a collection. Typed by inference from the kind, so each is one line."""

from __future__ import annotations

from typing import Any, Generic, overload

from ..models import Kind
from ..models.kind import Change, New, T
from .awaiting import AsyncCollection
from .blocking import Collection


class Door(Generic[T, New, Change]):
    """The collection of a kind on a blocking connection."""

    def __init__(self, kind: Kind[T, New, Change]) -> None:
        self._kind = kind

    @overload
    def __get__(self, psa: None, owner: type) -> Door[T, New, Change]: ...
    @overload
    def __get__(self, psa: Any, owner: type) -> Collection[T, New, Change]: ...
    def __get__(self, psa: Any, owner: type) -> Door[T, New, Change] | Collection[T, New, Change]:
        return self if psa is None else Collection(psa.context, self._kind)


class AsyncDoor(Generic[T, New, Change]):
    """The collection of a kind on an async connection."""

    def __init__(self, kind: Kind[T, New, Change]) -> None:
        self._kind = kind

    @overload
    def __get__(self, psa: None, owner: type) -> AsyncDoor[T, New, Change]: ...
    @overload
    def __get__(self, psa: Any, owner: type) -> AsyncCollection[T, New, Change]: ...
    def __get__(self, psa: Any, owner: type) -> AsyncDoor[T, New, Change] | AsyncCollection[T, New, Change]:
        return self if psa is None else AsyncCollection(psa.context, self._kind)
