"""How fast and how good, each side measured in the same run."""
