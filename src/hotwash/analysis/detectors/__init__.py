"""Detectors of issues, one module a kind."""
