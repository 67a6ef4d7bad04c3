"""Where things are kept: the engine, the tables, what SQLite and PostgreSQL do differently, migrations, blobs."""
