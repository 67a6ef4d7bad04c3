"""Bytes in, transcript out. One module a format; `READERS` is the order of detection."""

from hotwash.readers.base import Reader
from hotwash.readers.claude_code import ClaudeCode, ClaudeCodeStream

READERS: tuple[Reader, ...] = (ClaudeCodeStream(), ClaudeCode())  # a stream's records hold what Claude Code's own do, and an init record
