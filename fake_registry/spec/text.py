"""Text for a terminal, a log or an error message."""


def printable(text: str) -> str:
    """Return `text` with escapes for each character that does more than show itself.

    Text from a registry, a client or a file name may have terminal sequences, line breaks and
    controls of writing direction in it. A backslash stays: the result is for reading alone.

    >>> printable("a\\x1b[2J\\u202e")
    'a\\\\x1b[2J\\\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()
