"""How sessions get in: files, folders, archives, uploads; secrets redacted first, imported once."""
