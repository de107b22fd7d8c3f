"""Writes that must survive the process: their items, and what a store of them can do."""

from .base import TARGET, Held, Item, ItemStage, Outbox, Patience, own_subject, subject_of

__all__ = ["TARGET", "Held", "Item", "ItemStage", "Outbox", "Patience", "own_subject", "subject_of"]
