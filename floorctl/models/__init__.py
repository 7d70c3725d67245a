"""The contract's entities as immutable structs, and (in ``tables``) how they are stored.

An entity module imports msgspec only; the SQLModel tables under ``floorctl.models.tables`` are imported only where a
database is created, migrated or served.
"""
