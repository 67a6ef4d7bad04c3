"""ATIF, the Agent Trajectory Interchange Format."""

from hotwash.readers.atif.reader import Atif as Atif
