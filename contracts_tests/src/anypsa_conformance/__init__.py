"""The conformance suite: what an adapter promises, checked on every face, over recordings, sandboxes and faults."""

from .breaking import Breaking
from .checks import CHECKS, CORE, Check, Driver, Level, check
from .contract import promises
from .faces import FACES, Probe, on_face
from .harness import Harness, HarnessError, Paths, SignIn, World
from .kit import Kit, Running

__all__ = [
    "CHECKS",
    "CORE",
    "FACES",
    "Breaking",
    "Check",
    "Driver",
    "Harness",
    "HarnessError",
    "Kit",
    "Level",
    "Paths",
    "Probe",
    "Running",
    "SignIn",
    "World",
    "check",
    "on_face",
    "promises",
]
