"""The report of a release: pictures and one page that opens without a network."""
