"""Cline, and Roo Code which grew out of it."""

from hotwash.readers.cline.reader import Cline as Cline
