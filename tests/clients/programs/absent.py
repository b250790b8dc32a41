"""The checks that a program does not have, each with the reason: the name of the program, then the check."""

from collections.abc import Mapping
from typing import Final

ABSENT: Final[Mapping[str, Mapping[str, str]]] = {}
