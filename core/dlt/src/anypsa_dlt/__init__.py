"""A dlt source for every PSA that anypsa knows: each collection a table, loaded whole once, then what was changed."""

from .loading import Loaded, load
from .source import psa_source

__all__ = ["Loaded", "load", "psa_source"]
