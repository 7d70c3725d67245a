"""What things are: the contract's entities as immutable structs, and (in ``tables``) how they are stored.

Importing an entity module costs msgspec and nothing else; the SQLModel tables under ``floorctl.models.tables`` are
imported only where a database is created, migrated or served.
"""
