"""What detectors may ask about a session."""
