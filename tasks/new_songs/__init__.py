"""Songs that no release holds, given their places in the live space without training anything."""
