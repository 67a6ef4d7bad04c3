"""What a session cost and what its analysis says: metrics, size, generate, the rendered documents."""
