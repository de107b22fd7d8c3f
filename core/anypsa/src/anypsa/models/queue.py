"""Queues: where tickets wait for technicians."""

from __future__ import annotations

from typing import TypedDict

from .base import Record


class Queue(Record):
    """A place where tickets wait. Autotask: a value of the `queueID` picklist; HaloPSA: Team; ConnectWise: board."""

    name: str = ""
    active: bool | None = None


class NewQueue(TypedDict):
    """Queues are made in the PSA's own administration."""


class ChangeQueue(TypedDict):
    """Queues are changed in the PSA's own administration."""
