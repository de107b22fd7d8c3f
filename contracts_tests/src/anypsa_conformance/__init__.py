"""The conformance suite: what an adapter promises, checked on every face, over recordings and over a sandbox."""

from .checks import CHECKS, Check, Driver, check
from .faces import FACES, Probe, on_face
from .harness import Harness, HarnessError, Paths, World
from .kit import Kit

__all__ = [
    "CHECKS",
    "FACES",
    "Check",
    "Driver",
    "Harness",
    "HarnessError",
    "Kit",
    "Paths",
    "Probe",
    "World",
    "check",
    "on_face",
]
