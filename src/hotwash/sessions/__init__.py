"""Sessions as they are kept: records, messages, tags, events, search."""
