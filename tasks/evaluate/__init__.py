"""How good the space is."""
