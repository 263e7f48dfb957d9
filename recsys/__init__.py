"""The core of the engine: ids, affinity, models, metrics, splits and the release format."""

from importlib.metadata import version

__version__ = version("creator-product-recsys")
