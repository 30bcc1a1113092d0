"""One stage a file: load, call one plain function, log one line, save."""
