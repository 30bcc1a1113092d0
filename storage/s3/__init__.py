"""The store in a bucket, for several machines at once: no locks, only objects that are created once."""
