"""A pytest plugin that hands out real Azure clients of an in-memory registry.

The public names are in `__init__.pyi`. Each is loaded when it is used.
"""

from fake_registry.lazy_names import attach

__all__, __getattr__, __dir__ = attach(__name__)
