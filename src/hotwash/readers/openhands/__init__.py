"""OpenHands: conversations of version 0 and of the software agent SDK (version 1)."""

from hotwash.readers.openhands.reader import OpenHands as OpenHands
