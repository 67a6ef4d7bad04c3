"""Sessions that Entire keeps in a git repository."""
