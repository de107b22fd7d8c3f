"""Test tools, for our tests and for yours: connections over scripted wires, with clocks that you move."""

from .scripted import Script, ScriptedBlockingWire, ScriptedWire, scripted, scripted_async

__all__ = ["Script", "ScriptedBlockingWire", "ScriptedWire", "scripted", "scripted_async"]
