"""OpenCode."""

from hotwash.readers.opencode.reader import OpenCode as OpenCode
