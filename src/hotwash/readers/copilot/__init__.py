"""GitHub Copilot CLI."""

from hotwash.readers.copilot.reader import Copilot as Copilot
