"""Songs over HTTP: an API and a page, read-only, over the live release of a store. Needs `songspace[web]`."""
