"""Messages about the arguments of a command that it does not know. The commands are in `cli`, and in
`pytest_acr.harness.check`."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from fake_registry.arguments import similar_names

_OPTION: Final = re.compile(r"--([\w-]+)")

_SLIP: Final = 0.85
"""PRT for PORT has 0.86; PROFILE for PORT_FILE, and USERNAME for NAME, have less."""


def unknown_arguments_text(arguments: Sequence[str], usage: str) -> str:
    """Return the message for unknown arguments, with the options of `usage` that are most like them.

    >>> unknown_arguments_text(["--prot", "5"], "usage: serve [--host H] [--port N]")
    'unrecognized arguments: --prot 5; the options most like it are --port'
    """
    message = f"unrecognized arguments: {' '.join(arguments)}"
    misspelt = [argument.lstrip("-").partition("=")[0] for argument in arguments if argument.startswith("-")]
    known = _OPTION.findall(usage)
    nearest = dict.fromkeys(name for option in misspelt for name in similar_names(option, known))
    if not nearest:
        return message
    return f"{message}; the options most like it are {', '.join(f'--{name}' for name in nearest)}"


def misspelt_variable_text(
    environ: Iterable[str],
    known: Iterable[str],
    *,
    prefix: str,
    switches: Collection[str] = (),
) -> str:
    """Return the message for the first variable with the prefix that is a slip of a known one.

    `switches` are the known ones that are true or false. Empty without any: other variables with the
    prefix may be of another program, such as those that Kubernetes sets for a service.

    >>> misspelt_variable_text(["A_PROT", "A_URL"], ["A_PORT"], prefix="A_")
    'A_PROT: there is no such variable; the one most like it is A_PORT'
    """
    names = {name.removeprefix(prefix) for name in known}
    for variable in sorted(environ):
        name = variable.removeprefix(prefix)
        if variable == name or name in names:
            continue

        switch = f"{prefix}{name.removeprefix('NO_')}"  # --no-tls on the command line is A_TLS=false here
        if switch in switches:
            return f"{variable}: there is no such variable; write {switch}=false"

        slips = [one for one in similar_names(name, sorted(names)) if _is_slip(name, one)]
        if slips:
            return f"{variable}: there is no such variable; the one most like it is {prefix}{slips[0]}"
    return ""


def _is_slip(name: str, known: str) -> bool:
    """Return whether a name has a letter too few or too many, or the same letters in another order."""
    from difflib import SequenceMatcher  # as in `similar_names`

    return sorted(name) == sorted(known) or SequenceMatcher(None, name, known).ratio() >= _SLIP
