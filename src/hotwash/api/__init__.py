"""The HTTP face: the contract's routes under /v3, our own under /hotwash/v1."""
