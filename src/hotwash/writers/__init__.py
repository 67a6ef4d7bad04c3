"""Transcript in, bytes out: the formats a session can be taken away in. No database, network or settings."""
