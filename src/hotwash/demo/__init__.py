"""Small sessions written for this project, in the real formats of the agents, so that a new installation has something to show."""
