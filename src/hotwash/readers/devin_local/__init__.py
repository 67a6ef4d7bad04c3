"""Devin's own stores on a person's machine: the CLI's and the desktop app's."""

from hotwash.readers.devin_local.reader import DevinLocal as DevinLocal
