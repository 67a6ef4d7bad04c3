"""Bytes in, transcript out. One module a format; `READERS` is the order of detection."""

from hotwash.readers.aider import Aider
from hotwash.readers.atif import Atif
from hotwash.readers.base import Reader
from hotwash.readers.claude_code import ClaudeCode, ClaudeCodeStream
from hotwash.readers.cline import Cline
from hotwash.readers.codex import Codex, CodexExec
from hotwash.readers.copilot import Copilot
from hotwash.readers.cursor import Cursor
from hotwash.readers.cursor_chat import CursorChat
from hotwash.readers.devin_local import DevinLocal
from hotwash.readers.droid import Droid
from hotwash.readers.entire import Entire
from hotwash.readers.gemini import Gemini
from hotwash.readers.goose import Goose
from hotwash.readers.kimi import Kimi
from hotwash.readers.mini_swe_agent import MiniSweAgent
from hotwash.readers.opencode import OpenCode
from hotwash.readers.openhands import OpenHands
from hotwash.readers.otlp import Otlp
from hotwash.readers.pi import Pi
from hotwash.readers.qwen import Qwen
from hotwash.readers.swe_agent import SweAgent

READERS: tuple[Reader, ...] = (
    Atif(),
    Otlp(),
    OpenCode(),
    DevinLocal(),
    Goose(),
    Cursor(),
    CursorChat(),
    CodexExec(),
    Codex(),
    Copilot(),
    Pi(),
    Droid(),
    Kimi(),
    Cline(),
    Entire(),
    OpenHands(),
    MiniSweAgent(),
    SweAgent(),
    Gemini(),
    Aider(),
    Qwen(),
    ClaudeCodeStream(),
    ClaudeCode(),
)
"""Claude Code last: its bookkeeping records give little to know it by. Qwen Code before it: its records look like Claude Code's."""
