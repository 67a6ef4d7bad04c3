"""Session-end hooks in the agents' own settings: what is written there and taken out again, and which session a call is about."""
