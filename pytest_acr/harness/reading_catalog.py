"""Reading the catalogue, compared with the model."""

from urllib.parse import quote

from pytest_acr.harness.json_bodies import decode_json
from pytest_acr.harness.links import next_page
from pytest_acr.harness.properties import lists as p
from pytest_acr.harness.reading_lists import compare, link_of, names_in
from pytest_acr.harness.trial import Trial


def check_catalog(trial: Trial, size: int) -> None:
    """Compare the pages of the catalogue with the model, as far as they concern this example.

    Others may use the same registry: the walk begins where the example's names do.
    """
    names = [model.name for model in trial.models]
    start = names[0][:-1]
    found: list[str] = []
    path = f"/v2/_catalog?n={size}&last={quote(start, safe='')}"
    for _ in range(len(names) + 2):
        response = trial.call("GET", path)
        trial.require_status(response, p.CATALOG_LIST, 200)
        page = names_in(decode_json(response), "repositories")
        trial.require(page is not None, p.CATALOG_LIST, "a list `repositories`")
        assert page is not None
        is_sorted = page == sorted(page)
        trial.require(is_sorted, p.CATALOG_ORDER, "names in lexical order", str(page))
        trial.require(len(page) <= size, p.CATALOG_PAGE_SIZE, f"at most {size}", str(page))

        found += page
        link = next_page(response, path)
        if link is None or (page and page[-1] > names[-1]):
            break
        trial.require(link.is_wellformed, p.CATALOG_LINK, '<URL>; rel="next"', link_of(response))
        path = link.path

    # whether a repository with nothing but blobs is listed is left open, except by acr-behaviour 5
    is_open = [model.name for model in trial.models if model.was_touched and not model.exists]
    ignored = [] if trial.dialect.acr else is_open
    mine = [name for name in found if name in names and name not in ignored]
    expected = sorted(model.name for model in trial.models if model.is_listed)
    if trial.dialect.catalog_complete:
        compare(trial, p.CATALOG_LIST, mine, expected)
