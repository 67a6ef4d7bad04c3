"""Runs migrations inside the transaction that `store.migrate` opened, so that a failed one leaves nothing behind."""

from alembic import context

from hotwash.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
