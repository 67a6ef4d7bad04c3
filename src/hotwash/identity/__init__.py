"""Who is asking and what they may see: organisations, service users, roles, permissions, keys."""
