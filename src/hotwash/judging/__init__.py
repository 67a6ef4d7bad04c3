"""How the judge's requests reach a language model and come back: over the network, through a program, or as batch files."""
