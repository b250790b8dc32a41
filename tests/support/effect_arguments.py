"""Arguments of effects, with which they act on the calls of the law."""

from collections.abc import Mapping
from typing import Any, Final

from fake_registry.http.faults import Effect
from fake_registry.http.faults.description import describe

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {  # Any: of each parameter
    "BadChallenge": {"kind": "missing"},
    "Delay": {"seconds": 60},
    "DropHeader": {"header": "Docker-Content-Digest"},
    "ForeignLink": {"host": "example.com"},
    "Lag": {"seconds": 60},
    "RedirectTo": {"host": "127.0.0.1:1"},
    "SetHeader": {"header": "Docker-Content-Digest", "value": "sha256:00"},
    "ShortRange": {"size": 2},
    "Slow": {"bytes_per_second": 0.1},
    "Throttle": {"rate": 1},
    "Truncate": {"size": 4},
    "WrongType": {"media_type": "text/html"},
}
"""For each effect with required parameters: values with which it acts on its calls."""


def arguments_of(kind: type[Effect]) -> Mapping[str, Any]:  # Any: as above
    """Return the required arguments of an effect. TypeError if one has no value here."""
    required = [parameter.name for parameter in describe(kind).parameters if parameter.required]
    arguments = ARGUMENTS.get(kind.__name__, {})
    if missing := set(required) - set(arguments):
        file = "tests/support/effect_arguments.py"
        raise TypeError(f"{file}: add {', '.join(sorted(missing))} of {kind.__name__} to ARGUMENTS")
    return arguments
