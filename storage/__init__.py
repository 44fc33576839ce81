"""The database: one schema, one store. `storage.store.open_store` is all that others need."""
