"""Small modules without domain knowledge. Each is named for what it does; there is no drawer."""
