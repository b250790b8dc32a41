"""The default transport of the blocking content client: azure-core's, with deadlines."""

from azure.core.pipeline.transport import RequestsTransport

from fake_registry.sessions.adapter import DeadlineAdapter
from fake_registry.sessions.bodies import limit_session


class DeadlineTransport(RequestsTransport):  # type: ignore[misc]  # azure-core leaves it untyped
    """`RequestsTransport` whose new sessions observe the deadline of each request."""

    def open(self) -> None:
        """Open a session, unless one is open."""
        is_new = not self.session
        super().open()
        if is_new:
            limit_session(self.session)
            for scheme in ("https://", "http://"):
                # False: azure-core's policies retry, and they need the first error as it is
                self.session.mount(scheme, DeadlineAdapter(max_retries=False))
