"""What runs, in which order."""

from flows.environment import prepare

prepare()  # before any module of ours imports the libraries that read it, in a worker too
