"""Test tools, for our tests and for yours: scripted wires with clocks that you move, a server that fails as it is told,
and a checker of histories."""

from ..wire import Incoming, Outgoing
from . import faults
from .faultserver import FaultServer
from .history import Findings, History, Outcome, Passage, passage
from .scripted import Script, ScriptedBlockingWire, ScriptedWire, scripted, scripted_async

__all__ = [
    "FaultServer",
    "Findings",
    "History",
    "Incoming",
    "Outcome",
    "Outgoing",
    "Passage",
    "Script",
    "ScriptedBlockingWire",
    "ScriptedWire",
    "faults",
    "passage",
    "scripted",
    "scripted_async",
]
