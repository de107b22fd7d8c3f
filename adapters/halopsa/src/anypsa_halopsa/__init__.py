"""HaloPSA for anypsa: `anypsa.connect("halopsa", ...)` or `anypsa.connect(HaloPSA(...))`."""

from .adapter import HaloAdapter
from .settings import HaloPSA

__all__ = ["HaloAdapter", "HaloPSA"]
