"""Alembic migrations, shipped inside the package; `workbench.store.schema` runs them when a review is opened."""
