"""Reading the lists of tags and referrers, compared with the model."""

from typing import Final
from urllib.parse import quote, urlencode

from pytest_acr.harness.json_bodies import Json, decode_json
from pytest_acr.harness.links import next_page
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import lists as p
from pytest_acr.harness.trial import ABSENT, Trial

_INDEX: Final = "application/vnd.oci.image.index.v1+json"


def member(value: Json, name: str) -> Json:
    """Return a member of a JSON object; None if it is absent, or if it is no object."""
    return value.get(name) if isinstance(value, dict) else None


def names_in(value: Json, name: str) -> list[str] | None:
    """Return a member that is a list of texts; null counts as an empty list. None for another value."""
    found = member(value, name)
    if found is None and isinstance(value, dict) and name in value:
        return []
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return found
    return None


# tags


def tags_path(model: RepositoryModel, query: str = "") -> str:
    """Return the path of the list of tags."""
    return f"/v2/{model.name}/tags/list" + (f"?{query}" if query else "")


def read_tags(trial: Trial, path: str, model: RepositoryModel) -> tuple[list[str], RawResponse]:
    """Return one page of tags and its response, after checking its form and order."""
    response = trial.call("GET", path)
    trial.require_status(response, p.TAGS_LIST, 200)
    document = decode_json(response)
    tags = names_in(document, "tags")
    is_named = member(document, "name") == model.name and tags is not None
    trial.require(is_named, p.TAGS_NAME, f'{{"name": "{model.name}", "tags": [...]}}')
    trial.require(tags is not None, p.TAGS_LIST, "a list of tags")

    assert tags is not None
    trial.require(_is_sorted(tags), p.TAGS_ORDER, "tags in lexical order", str(tags))
    return tags, response


def _is_sorted(tags: list[str]) -> bool:
    """Return whether tags are in ASCII order, or in that of small or of capital letters.

    "lexical order (i.e. case-insensitive alphanumeric order)" leaves open on which side of the
    letters an underscore is.
    """
    return tags in (sorted(tags), sorted(tags, key=str.lower), sorted(tags, key=str.upper))


def check_tags(trial: Trial, model: RepositoryModel) -> None:
    """Compare the whole list of tags with the model."""
    if not model.exists:
        _check_no_tags(trial, model)
        return
    compare(trial, p.TAGS_LIST, read_all_tags(trial, model), model.listed_tags)


def _check_no_tags(trial: Trial, model: RepositoryModel) -> None:
    """A repository without a manifest may be known, for its blobs; then its list is empty."""
    response = trial.call("GET", tags_path(model))
    if model.was_touched and response.status == 200:
        tags = names_in(decode_json(response), "tags")
        trial.require(tags == [], p.TAGS_LIST, "no tags", str(tags))
    else:
        trial.require_status(response, p.TAGS_ABSENT, 404)


def check_tag_page(
    trial: Trial,
    model: RepositoryModel,
    size: int | None,
    last: str | None,
) -> None:
    """Compare one page of tags with the model. Without `size` it may have all tags."""
    given = [("n", size), ("last", last)]
    path = tags_path(model, urlencode([pair for pair in given if pair[1] is not None]))
    tags, response = read_tags(trial, path, model)
    if size == 0:
        is_empty = not tags and response.header("link") is None
        trial.require(is_empty, p.TAGS_ZERO, "no tags and no Link")
        return

    if not _is_sorted(tags):  # reported by `read_tags`: there is no order to compare with
        return

    after = _tags_after(trial, model, last)
    wanted = after[:size]
    is_cut = len(tags) < len(wanted) and response.header("link") is not None
    is_page = tags == wanted or (is_cut and tags == wanted[: len(tags)])
    trial.require(is_page, _page_property(model, last), str(wanted), str(tags))

    link = next_page(response, path)
    if link is not None:
        trial.require(link.is_wellformed, p.TAGS_LINK, '<URL>; rel="next"', link_of(response))
        has_more = len(tags) < len(after)
        trial.require(has_more, p.TAGS_LINK_TOO_MANY, "no Link", link_of(response))


def _page_property(model: RepositoryModel, last: str | None) -> Property:
    if last is None:
        return p.TAGS_PAGE_SIZE
    return p.TAGS_LAST if last in model.listed_tags else p.TAGS_LAST_ABSENT


def _tags_after(trial: Trial, model: RepositoryModel, last: str | None) -> list[str]:
    """Return the tags behind `last`, in the order that the registry has: ASCII, or without case."""
    ascii_order = model.listed_tags
    without_case = sorted(ascii_order, key=lambda tag: (tag.lower(), tag))
    order = ascii_order
    if ascii_order != without_case:
        whole = read_all_tags(trial, model)
        order = whole if sorted(whole) == ascii_order else ascii_order
    if last is None:
        return order
    if last in order:
        return order[order.index(last) + 1 :]
    if order == ascii_order:
        return [tag for tag in order if tag > last]
    return [tag for tag in order if tag.lower() > last.lower()]


def walk_tags(trial: Trial, model: RepositoryModel, size: int) -> None:
    """Follow the Links of a list of tags, and compare all pages with the model."""
    compare(trial, p.TAGS_PAGES, read_all_tags(trial, model, size), model.listed_tags)


def read_all_tags(trial: Trial, model: RepositoryModel, size: int | None = None) -> list[str]:
    """Return the tags of all pages. Without `size`, the registry chooses how many a page has."""
    found: list[str] = []
    path: str | None = tags_path(model, "" if size is None else f"n={size}")
    for _ in range(len(model.listed_tags) + 2):
        assert path is not None
        tags, response = read_tags(trial, path, model)
        found += tags
        link = next_page(response, path)
        path = link.path if link else _by_last(model, size, tags, found)
        if path is None:
            break
    trial.require(_is_sorted(found), p.TAGS_ORDER, "tags in lexical order", str(found))
    return found


def _by_last(
    model: RepositoryModel,
    size: int | None,
    tags: list[str],
    found: list[str],
) -> str | None:
    """Return the page after a full one without a Link, which MAY be left out."""
    if size is None:
        return None
    is_full = len(tags) >= size and len(found) < len(model.listed_tags)
    return tags_path(model, f"n={size}&last={quote(tags[-1], safe='')}") if is_full else None


def compare(trial: Trial, wanted: Property, found: list[str], expected: list[str]) -> None:
    """Check that a list has exactly the expected items, in any order."""
    trial.require(sorted(found) == expected, wanted, str(expected), str(found))


def link_of(response: RawResponse) -> str:
    """Return the Link of a response as a report has it."""
    return f"Link: {response.header('link')}"


# referrers


def referrers_path(model: RepositoryModel, digest: str, artifact_type: str | None = None) -> str:
    """Return the path of a list of referrers."""
    query = "" if artifact_type is None else f"?artifactType={quote(artifact_type, safe='')}"
    return f"/v2/{model.name}/referrers/{digest}{query}"


def check_referrers(
    trial: Trial,
    model: RepositoryModel,
    digest: str,
    artifact_type: str | None = None,
) -> None:
    """Compare the referrers of a digest with the model, all of them or those of one type."""
    wanted = [manifest.as_referrer() for manifest in model.referrers_of(digest)]
    found, says_filtered = _read_referrers(trial, model, digest, artifact_type)
    wanted_property = p.REFERRERS_LIST
    if artifact_type is not None and wanted:
        fitting = [each for each in wanted if each.get("artifactType") == artifact_type]
        is_silent = not says_filtered and fitting != wanted and len(found) == len(fitting)
        _check_filter_header(trial, says_filtered=says_filtered, is_silent=is_silent)
        if says_filtered or is_silent:
            wanted = fitting
            wanted_property = p.REFERRERS_FILTER

    digests = [str(member(each, "digest")) for each in found]
    compare(trial, wanted_property, digests, sorted(each["digest"] for each in wanted))
    by_digest = {each["digest"]: each for each in wanted}
    for each in found:
        _check_descriptor(trial, each, by_digest[each["digest"]])


def _check_filter_header(trial: Trial, *, says_filtered: bool, is_silent: bool) -> None:
    """Check OCI-Filters-Applied. A list without any referrer has nothing to filter."""
    header = "OCI-Filters-Applied: artifactType"
    trial.require(not is_silent, p.REFERRERS_FILTER_SILENT, header, ABSENT)

    is_allowed = says_filtered or is_silent or not trial.dialect.lists_filtered
    trial.require(is_allowed, p.REFERRERS_FILTER_APPLIED, header, ABSENT)


def _read_referrers(
    trial: Trial,
    model: RepositoryModel,
    digest: str,
    artifact_type: str | None,
) -> tuple[list[Json], bool]:
    """Return the descriptors of all pages, and whether each page says that it is filtered."""
    found: list[Json] = []
    is_filtered = True
    path = referrers_path(model, digest, artifact_type)
    for _ in range(len(model.manifests) + 2):
        response = trial.call("GET", path)
        trial.require_status(response, p.REFERRERS_LIST, 200)
        document = decode_json(response)
        kind = response.header("content-type") or ""
        is_index = (
            kind.partition(";")[0].strip() == _INDEX
            and member(document, "mediaType") in (_INDEX, None)
            and member(document, "schemaVersion") == 2
        )
        trial.require(is_index, p.REFERRERS_TYPE, _INDEX, f"Content-Type: {kind}")
        entries = member(document, "manifests")
        trial.require(isinstance(entries, list), p.REFERRERS_LIST, "a list `manifests`")
        found += entries

        applied = response.header("oci-filters-applied") or ""
        is_filtered &= "artifactType" in [each.strip() for each in applied.split(",")]
        link = next_page(response, path)
        if link is None:
            break
        path = link.path
    return found, is_filtered


def _check_descriptor(trial: Trial, found: Json, wanted: Json) -> None:
    for names, broken in (
        (("mediaType", "size"), p.REFERRERS_DESCRIPTOR),
        (("artifactType",), p.REFERRERS_ARTIFACT_TYPE),
        (("annotations",), p.REFERRERS_ANNOTATIONS),
    ):
        part = {name: found.get(name) for name in names}
        expected = {name: wanted.get(name) for name in names}
        is_same = part == expected or (expected == {"annotations": None} and not any(part.values()))
        trial.require(is_same, broken, str(expected), str(part))
