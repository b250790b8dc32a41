"""ACR's lists below /acr/v1: the catalogue, tags and manifests, their orders, filters and pages."""

from typing import Final

from pytest_acr.harness.properties.property import acr_property

ACR_CATALOG_LIST: Final = acr_property(
    "acr-catalog-list",
    "effect",
    "acr-behaviour 4.1 and 4.2",
    "The catalogue is 200 with exactly the repositories that are not hidden, each once.",
)
ACR_CATALOG_HIDDEN: Final = acr_property(
    "acr-catalog-hidden",
    "effect",
    "acr-behaviour 7.1",
    "The catalogue leaves out repositories whose listEnabled is false.",
)
ACR_CATALOG_ORDER: Final = acr_property(
    "acr-catalog-order",
    "effect",
    "acr-behaviour 4.2",
    "Without an order by time the catalogue is in the byte order of names.",
)
ACR_CATALOG_PAGE_SIZE: Final = acr_property(
    "acr-catalog-page-size",
    "effect",
    "acr-behaviour 4.2",
    "A page of the catalogue has `n` items, or the rest.",
)
ACR_CATALOG_LAST: Final = acr_property(
    "acr-catalog-last",
    "effect",
    "acr-behaviour 4.2",
    "With `last` the catalogue begins after that name.",
)
ACR_CATALOG_PAGES: Final = acr_property(
    "acr-catalog-pages",
    "effect",
    "acr-behaviour 4.2",
    "The pages that Links lead to have each item of the catalogue once, in its order.",
)
ACR_CATALOG_LINK_TOO_MANY: Final = acr_property(
    "acr-catalog-link-too-many",
    "wording",
    "acr-behaviour 4.2",
    "A page that ends with the last item of the catalogue has no Link.",
)
ACR_CATALOG_LINK_PARAMETERS: Final = acr_property(
    "acr-catalog-link-parameters",
    "wording",
    "acr-behaviour 4.2",
    "The Link of the catalogue keeps `n` and `orderby`.",
)
ACR_TAGS_LIST: Final = acr_property(
    "acr-tags-list",
    "effect",
    "acr-behaviour 4.1 and 4.2",
    "The list of tags is 200 with exactly the tags that are not hidden, each once.",
)
ACR_TAGS_HIDDEN: Final = acr_property(
    "acr-tags-hidden",
    "effect",
    "acr-behaviour 7.1",
    "The list of tags leaves out tags whose listEnabled is false.",
)
ACR_TAGS_ORDER: Final = acr_property(
    "acr-tags-order",
    "effect",
    "acr-behaviour 4.2",
    "Without an order by time the list of tags is in the byte order of names.",
)
ACR_TAGS_PAGE_SIZE: Final = acr_property(
    "acr-tags-page-size",
    "effect",
    "acr-behaviour 4.2",
    "A page of the list of tags has `n` items, or the rest.",
)
ACR_TAGS_LAST: Final = acr_property(
    "acr-tags-last",
    "effect",
    "acr-behaviour 4.2",
    "With `last` the list of tags begins after that name.",
)
ACR_TAGS_PAGES: Final = acr_property(
    "acr-tags-pages",
    "effect",
    "acr-behaviour 4.2",
    "The pages that Links lead to have each item of the list of tags once, in its order.",
)
ACR_TAGS_LINK_TOO_MANY: Final = acr_property(
    "acr-tags-link-too-many",
    "wording",
    "acr-behaviour 4.2",
    "A page that ends with the last item of the list of tags has no Link.",
)
ACR_TAGS_LINK_PARAMETERS: Final = acr_property(
    "acr-tags-link-parameters",
    "wording",
    "acr-behaviour 4.2",
    "The Link of the list of tags keeps `n` and `orderby`.",
)
ACR_TAGS_BY_TIME: Final = acr_property(
    "acr-tags-by-time",
    "effect",
    "acr-behaviour 4.2",
    "With timeasc and timedesc the list of tags is ordered by lastUpdateTime.",
)
ACR_TAGS_PAGES_BY_TIME: Final = acr_property(
    "acr-tags-pages-by-time",
    "effect",
    "acr-behaviour 4.2",
    "The pages by time that Links lead to have each item of the list of tags once, in its order.",
)
ACR_TAGS_PAGES_MOVED: Final = acr_property(
    "acr-tags-pages-moved",
    "effect",
    "acr-behaviour 4.2, Link by time",
    "The pages of the list of tags go on after the last item, though it was deleted or updated since.",
)
ACR_TAGS_FILTER: Final = acr_property(
    "acr-tags-filter",
    "effect",
    "acr-behaviour 4.2",
    "With `digest` the list of tags has exactly the tags of that manifest.",
)
ACR_TAGS_EMPTY: Final = acr_property(
    "acr-tags-empty",
    "wording",
    "acr-behaviour 4.3",
    "A list without tags is null, or empty.",
)
ACR_MANIFESTS_LIST: Final = acr_property(
    "acr-manifests-list",
    "effect",
    "acr-behaviour 4.1 and 4.2",
    "The list of manifests is 200 with exactly the manifests that are not hidden, each once.",
)
ACR_MANIFESTS_HIDDEN: Final = acr_property(
    "acr-manifests-hidden",
    "effect",
    "acr-behaviour 7.1",
    "The list of manifests leaves out manifests whose listEnabled is false.",
)
ACR_MANIFESTS_ORDER: Final = acr_property(
    "acr-manifests-order",
    "effect",
    "acr-behaviour 4.2",
    "Without an order by time the list of manifests is in the byte order of names.",
)
ACR_MANIFESTS_PAGE_SIZE: Final = acr_property(
    "acr-manifests-page-size",
    "effect",
    "acr-behaviour 4.2",
    "A page of the list of manifests has `n` items, or the rest.",
)
ACR_MANIFESTS_LAST: Final = acr_property(
    "acr-manifests-last",
    "effect",
    "acr-behaviour 4.2",
    "With `last` the list of manifests begins after that name.",
)
ACR_MANIFESTS_PAGES: Final = acr_property(
    "acr-manifests-pages",
    "effect",
    "acr-behaviour 4.2",
    "The pages that Links lead to have each item of the list of manifests once, in its order.",
)
ACR_MANIFESTS_LINK_TOO_MANY: Final = acr_property(
    "acr-manifests-link-too-many",
    "wording",
    "acr-behaviour 4.2",
    "A page that ends with the last item of the list of manifests has no Link.",
)
ACR_MANIFESTS_LINK_PARAMETERS: Final = acr_property(
    "acr-manifests-link-parameters",
    "wording",
    "acr-behaviour 4.2",
    "The Link of the list of manifests keeps `n` and `orderby`.",
)
ACR_MANIFESTS_BY_TIME: Final = acr_property(
    "acr-manifests-by-time",
    "effect",
    "acr-behaviour 4.2",
    "With timeasc and timedesc the list of manifests is ordered by lastUpdateTime.",
)
ACR_MANIFESTS_PAGES_BY_TIME: Final = acr_property(
    "acr-manifests-pages-by-time",
    "effect",
    "acr-behaviour 4.2",
    "The pages by time that Links lead to have each item of the list of manifests once, in its order.",
)
ACR_MANIFESTS_PAGES_MOVED: Final = acr_property(
    "acr-manifests-pages-moved",
    "effect",
    "acr-behaviour 4.2, Link by time",
    "The pages of the list of manifests go on after the last item, though it was deleted or updated since.",
)

ACR_LISTS: Final = (
    *(ACR_CATALOG_LIST, ACR_CATALOG_HIDDEN, ACR_CATALOG_ORDER, ACR_CATALOG_PAGE_SIZE),
    *(ACR_CATALOG_LAST, ACR_CATALOG_PAGES, ACR_CATALOG_LINK_TOO_MANY),
    *(ACR_CATALOG_LINK_PARAMETERS, ACR_TAGS_LIST, ACR_TAGS_HIDDEN, ACR_TAGS_ORDER),
    *(ACR_TAGS_PAGE_SIZE, ACR_TAGS_LAST, ACR_TAGS_PAGES, ACR_TAGS_LINK_TOO_MANY),
    *(ACR_TAGS_LINK_PARAMETERS, ACR_TAGS_BY_TIME, ACR_TAGS_PAGES_BY_TIME, ACR_TAGS_PAGES_MOVED),
    *(ACR_TAGS_FILTER, ACR_TAGS_EMPTY, ACR_MANIFESTS_LIST, ACR_MANIFESTS_HIDDEN),
    *(ACR_MANIFESTS_ORDER, ACR_MANIFESTS_PAGE_SIZE, ACR_MANIFESTS_LAST, ACR_MANIFESTS_PAGES),
    *(ACR_MANIFESTS_LINK_TOO_MANY, ACR_MANIFESTS_LINK_PARAMETERS, ACR_MANIFESTS_BY_TIME),
    *(ACR_MANIFESTS_PAGES_BY_TIME, ACR_MANIFESTS_PAGES_MOVED),
)
