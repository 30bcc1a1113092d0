"""Releases in a bucket: where they lie, how they are asked for, and what is kept of them on this machine."""
