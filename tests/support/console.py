"""Steps of a user of the console."""

import requests
from playwright.sync_api import Locator, Page

PARTS = ("Requests", "Content", "Faults", "Access", "Clock and state")


def show_part(page: Page, name: str) -> Locator:
    """Show a part of the page and return it."""
    page.get_by_role("link", name=name, exact=True).click()
    return part_of(page, name)


def part_of(page: Page, name: str) -> Locator:
    """Return a part of the page."""
    return page.get_by_role("region", name=name, exact=True)


def rows_of(part: Locator) -> Locator:
    """Return the drawn rows of the list of a part."""
    return part.get_by_role("listbox").get_by_role("option")


def send(url: str, path: str = "/v2/", *, method: str = "GET", **headers: str) -> int:
    """Send a request to the registry, and return the status."""
    return requests.request(method, url + path, headers=headers, timeout=20).status_code


def push_tag(url: str, repository: str, tag: str) -> int:
    """Push an empty index over HTTP, and return the status."""
    media_type = "application/vnd.oci.image.index.v1+json"
    body = f'{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[],"annotations":{{"tag":"{tag}"}}}}'
    headers = {"Content-Type": media_type}
    answer = requests.put(f"{url}/v2/{repository}/manifests/{tag}", data=body, headers=headers, timeout=20)
    return answer.status_code
