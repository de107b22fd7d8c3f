"""Autotask PSA for anypsa: `anypsa.connect("autotask", ...)` or `anypsa.connect(Autotask(...))`."""

from .adapter import AutotaskAdapter
from .settings import Autotask

__all__ = ["Autotask", "AutotaskAdapter"]
