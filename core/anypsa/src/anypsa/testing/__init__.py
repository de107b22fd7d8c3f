"""Test tools, for our tests and for yours: clocks that you move, recordings, scripted wires, a server that fails as it
is told, and a checker of histories. The fixtures of the pytest plugin are in `fixtures`."""

from ..wire import Incoming, Outgoing
from . import faults
from .clock import Clock
from .faultserver import FaultServer
from .history import Findings, History, Outcome, Passage, passage
from .opening import connect, connect_async, recorded
from .recording import NotRecorded
from .scripted import Script, ScriptedBlockingWire, ScriptedWire, scripted, scripted_async

__all__ = [
    "Clock",
    "FaultServer",
    "Findings",
    "History",
    "Incoming",
    "NotRecorded",
    "Outcome",
    "Outgoing",
    "Passage",
    "Script",
    "ScriptedBlockingWire",
    "ScriptedWire",
    "connect",
    "connect_async",
    "faults",
    "passage",
    "recorded",
    "scripted",
    "scripted_async",
]
