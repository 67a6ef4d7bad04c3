"""The words the model is given, as files, and their version."""

import hashlib
from importlib.resources import files

SYSTEM = (files(__name__) / "system.md").read_text("utf-8").strip()
FIND = (files(__name__) / "find.md").read_text("utf-8").strip()
REFUTE = (files(__name__) / "refute.md").read_text("utf-8").strip()

NUMBER = 1
"""Raised whenever the same words are put together in another way (digest, windows, schema)."""
VERSION = f"{NUMBER}-{hashlib.sha256(chr(0).join((SYSTEM, FIND, REFUTE)).encode()).hexdigest()[:8]}"
"""`1-5c1d09ab`: changes with every word of the prompts."""
