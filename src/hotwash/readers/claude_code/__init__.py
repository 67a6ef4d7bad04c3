"""The formats that Claude Code writes: its session files, and what it prints as `stream-json`."""

from hotwash.readers.claude_code.reader import ClaudeCode as ClaudeCode
from hotwash.readers.claude_code.reader import ClaudeCodeStream as ClaudeCodeStream
