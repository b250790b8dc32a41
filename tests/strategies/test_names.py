"""Names, digests and contents have every feature that their docstrings promise.

That our parsers agree is shown beside them, in `tests/spec/test_names.py`.
"""

import string
from collections.abc import Callable
from typing import Final

from hypothesis import given

from pytest_acr.strategies import (
    blobs,
    broken_digests,
    broken_names,
    broken_tags,
    chunkings,
    digests,
    repository_names,
    tags,
)
from tests.support.effort import features_not_drawn

ROUTE_WORDS: Final = ("v2", "acr", "v1", "blobs", "uploads", "manifests", "referrers", "tags", "list")
SEPARATORS: Final = (".", "_", "__", "-", "--", "-----")
CONTENT: Final = bytes(range(9))


def contains(part: str) -> Callable[[str], bool]:
    return lambda text: part in text


def has_part(part: str) -> Callable[[str], bool]:
    return lambda name: part in name.split("/")


def has_length(length: int) -> Callable[[str], bool]:
    return lambda text: len(text) == length


def test_every_feature_of_repository_names_is_drawn() -> None:
    features = {
        **{f"word {word}": has_part(word) for word in ROUTE_WORDS},
        **{f"separator {one}": contains(one) for one in SEPARATORS},
        "one part": lambda name: "/" not in name,
        "four parts": lambda name: name.count("/") == 3,
        "200 characters and more": lambda name: len(name) >= 200,
    }
    assert features_not_drawn(repository_names(), features) == []


def test_every_feature_of_tags_is_drawn() -> None:
    features = {
        "one character": has_length(1),
        "128 characters": has_length(128),
        **{f"character {letter}": contains(letter) for letter in "._-09azAZ"},
        **{f"begins with {kind}": begins_with(kind) for kind in ("_", string.digits)},
    }
    assert features_not_drawn(tags(), features) == []


def begins_with(characters: str) -> Callable[[str], bool]:
    return lambda text: text[0] in characters


def test_digests_are_of_either_algorithm() -> None:
    features = {name: contains(f"{name}:") for name in ("sha256", "sha512")}
    assert features_not_drawn(digests(), features) == []


@given(digest=digests("sha512"))
def test_digests_are_of_the_given_algorithm(digest: str) -> None:
    assert digest.startswith("sha512:")


def test_every_feature_of_blobs_is_drawn() -> None:
    features: dict[str, Callable[[bytes], bool]] = {
        "empty": lambda content: not content,
        "short": lambda content: 0 < len(content) < 64,
        "longer than a kilobyte": lambda content: len(content) > 1_024,
        "not repetitive": lambda content: len(set(content)) > 8,
    }
    assert features_not_drawn(blobs(), features) == []


def test_every_feature_of_chunkings_is_drawn() -> None:
    features: dict[str, Callable[[list[bytes]], bool]] = {
        "one piece": lambda pieces: len(pieces) == 1,
        "several pieces": lambda pieces: len(pieces) > 2 and all(pieces),
        "empty piece at the start": lambda pieces: len(pieces) > 1 and not pieces[0],
        "empty piece at the end": lambda pieces: len(pieces) > 1 and not pieces[-1],
    }
    assert features_not_drawn(chunkings(CONTENT), features) == []
    assert features_not_drawn(chunkings(b""), {"no piece": lambda pieces: not pieces}) == []


def test_every_flaw_of_names_is_drawn() -> None:
    features = {
        "empty": has_length(0),
        "too long": lambda name: len(name) > 255 and set(name) == {"n"},
        "bad character": lambda name: not name.isascii(),
        "upper case": contains("A"),
        "empty part": contains("//"),
        "dot segment": contains("/../"),
        "separators in a row": contains("___"),
        "separator at the end": lambda name: name.endswith("-"),
        "separator at the start": lambda name: name.startswith("."),
        "line break": contains("\n"),
        "escape": contains("%2f"),
    }
    assert features_not_drawn(broken_names(), features) == []


def test_every_flaw_of_tags_is_drawn() -> None:
    features = {
        "empty": has_length(0),
        "too long": lambda tag: len(tag) > 128,
        "begins with a dot": begins_with_one("."),
        "begins with a hyphen": begins_with_one("-"),
        "not ASCII": lambda tag: not tag.isascii(),
        **{f"character {letter!r}": contains(letter) for letter in "/:@+ \n"},
    }
    assert features_not_drawn(broken_tags(), features) == []


def begins_with_one(character: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(character)


def test_every_flaw_of_digests_is_drawn() -> None:
    features = {
        "empty": has_length(0),
        "no colon": lambda digest: bool(digest) and ":" not in digest,
        "upper case": contains("AAAA"),
        "other algorithm": contains("md5:"),
        "no algorithm": begins_with_one(":"),
        "too short": has_length(len("sha256:") + 63),
        "too long": has_length(len("sha256:") + 65),
        "two algorithms": contains("sha256:sha"),
        "line break": contains("\n"),
    }
    assert features_not_drawn(broken_digests(), features) == []
