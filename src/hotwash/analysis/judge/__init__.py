"""The judge engine, its pure part: a session becomes requests to a language model, its answers become a verified analysis. No network."""
