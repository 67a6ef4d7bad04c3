"""Sessions as they are kept: lists, messages, events, search."""
