"""Taking a stored session away: in formats for programs here, in those for people on the faces."""
