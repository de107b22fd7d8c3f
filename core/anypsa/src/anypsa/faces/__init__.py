"""The two faces: generic classes over the same operations. No per-entity classes."""

from .awaiting import AsyncCollection, AsyncPager
from .blocking import Collection, Pager
from .outbox import AsyncOutbox, Outbox
from .psa import AsyncPsa, Psa

__all__ = ["AsyncCollection", "AsyncOutbox", "AsyncPager", "AsyncPsa", "Collection", "Outbox", "Pager", "Psa"]
