"""Which sessions a token may see, and what belongs to each: the lists and routes of its level, with those that a deployment may lack."""

from collections.abc import Iterator
from urllib.parse import quote

from hotwash.intake.devin_cloud.client import EVENTS_PAGE, MAX_PAGES, Client, DevinRefused
from hotwash.readers import fields

_Object = dict[str, object]


class Account:
    """What a token opens: the enterprise, or one organization."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.org_id = self._own_organization()
        self._base = f"/v3/organizations/{quote(self.org_id, safe='')}" if self.org_id else "/v3/enterprise"
        self._has_events = True

    def sessions(self, updated_after: int | None) -> Iterator[_Object]:
        """Sessions, newest first, with their analyses where the deployment lists them so. Raises DevinRefused where there is no list at all."""
        query = {} if updated_after is None else {"updated_after": str(updated_after)}
        listed = self._client.pages(f"{self._base}/sessions/insights", query)
        has_insights = listed is not None
        if listed is None:
            listed = self._client.pages(f"{self._base}/sessions", query)
        if listed is None:
            raise DevinRefused(f"{self._client.url}: lists no sessions; is this the address of Devin's API, without /v3?")
        for page in listed:
            for session in page:
                yield session if has_insights else {**session, "analysis": self._analysis(session)}

    def messages(self, session: _Object) -> list[_Object]:
        """What was said, oldest first."""
        pages = self._client.pages(f"{self._base}/sessions/{_id(session)}/messages")
        return [message for page in pages or () for message in page]

    def events(self, session: _Object) -> list[_Object] | None:
        """What was done, in full. None where the deployment has no such route, which is asked for once."""
        org_id = fields.some_string(session.get("org_id")) or self.org_id
        if org_id is None or not self._has_events:
            return None
        found: list[_Object] = []
        for _ in range(MAX_PAGES):
            query = {"offset": str(len(found)), "limit": str(EVENTS_PAGE)}
            answer = self._client.get(f"/v3/organizations/{quote(org_id, safe='')}/sessions/{_id(session)}/events/details", query)
            if answer is None:
                self._has_events = False
                return found or None
            page = [item for item in fields.sequence(answer.get("items")) if isinstance(item, dict)]
            found += page
            if len(page) < EVENTS_PAGE:
                return found
        return found

    def _analysis(self, session: _Object) -> object:
        insights = self._client.get(f"{self._base}/sessions/{_id(session)}/insights")
        return None if insights is None else insights.get("analysis")

    def _own_organization(self) -> str | None:
        """The organization of an organization's token; None for one of the enterprise."""
        principal = self._client.get("/v3/self")
        if principal is None:
            raise DevinRefused(f"{self._client.url}: has no /v3/self; is this the address of Devin's API, without /v3?")
        return fields.some_string(principal.get("org_id"))


def _id(session: _Object) -> str:
    """As paths take it (contract section 1)."""
    return quote(f"devin-{fields.string(session.get('session_id')).removeprefix('devin-')}", safe="")
