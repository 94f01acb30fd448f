"""Run by Alembic: migrate over the connection that `workbench.store.schema` hands in, inside its transaction."""

from __future__ import annotations

from alembic import context

from workbench.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
