"""Gemini CLI, and what Qwen Code, which descends from it, writes in the same way."""

from hotwash.readers.gemini.reader import Gemini as Gemini
