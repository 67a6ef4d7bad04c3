"""The parts of an analysis beside its issues: timeline, classification, suggested prompt, instructions used, action items."""
