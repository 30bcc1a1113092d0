"""How good a space is: the measures, the baselines they are read against, and the protocol that puts them together.

There is no listening data, so every number is a proxy.
"""
