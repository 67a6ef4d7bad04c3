"""Bytes in, transcript out. One module a format; `READERS` is the order of detection."""
