"""A made-up catalogue in the form of the real one, with its faults, and the truth beside it."""

from tasks.ingest.synthetic.catalogue import CatalogueTruth, planted_factors, write_catalogue
from tasks.ingest.synthetic.settings import CatalogueSettings

__all__ = ["CatalogueSettings", "CatalogueTruth", "planted_factors", "write_catalogue"]
