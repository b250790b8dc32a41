"""All properties, by area. To add one, write its row in the module of its area."""

from pytest_acr.harness.properties.property import Area, Kind, Level, Property

__all__ = ["Area", "Kind", "Level", "Property"]
