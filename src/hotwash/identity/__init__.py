"""Who asks and what they may see: organizations, service users, roles, permissions, login. `service.authorise` is the one door."""
