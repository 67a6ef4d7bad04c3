"""Hotwash debriefs coding-agent sessions: what they cost, what went wrong and why, what to change before the next one."""

__version__ = "0.1.0"
