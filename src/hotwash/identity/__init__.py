"""Who asks and what they may see: organisations, service users, roles, permissions, login. `service.authorise` is the one door."""
