"""How query strings are read: three array encodings, strict numbers, nothing unknown refused."""

from typing import Annotated
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient

from hotwash.api.query import FlatQuery, flatten
from hotwash.api.wire.sessions import EnterpriseSessionsQuery


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()

    @app.get("/")
    def echo(query: Annotated[EnterpriseSessionsQuery, Query()]) -> EnterpriseSessionsQuery:
        return query

    return TestClient(FlatQuery(app))


@pytest.mark.parametrize(
    "query",
    [
        "tags=a&tags=b",
        "tags=a%2Cb",
        "tags=a,b",
        "tags[]=a&tags[]=b",
        "tags%5B%5D=a&tags%5B%5D=b",
        "tags[0]=a&tags[1]=b",
        "qs[tags]=a,b",
        "qs%5Btags%5D=a%2Cb",
        "qs[tags][]=a&qs[tags][]=b",
        "qs[tags][0]=a&qs[tags][1]=b",
        "qs[tags]=a&qs[tags]=b",
    ],
)
def test_every_encoding_of_an_array_is_read_alike(client: TestClient, query: str) -> None:
    """Contract section 1: repeated keys, one comma-joined key, and the nested `qs` object."""
    assert client.get(f"/?{query}").json()["tags"] == ["a", "b"]


@pytest.mark.parametrize("query", ["tags=", "qs[tags]=", "tags[]=", "tags=,", ""])
def test_an_empty_list_filters_nothing(client: TestClient, query: str) -> None:
    assert client.get(f"/?{query}").json()["tags"] == []


def test_scalars_inside_the_qs_object_are_read(client: TestClient) -> None:
    answer = client.get("/?qs[first]=2&qs[after]=abc&qs[created_after]=1700000000&qs[is_archived]=true").json()
    assert (answer["first"], answer["after"], answer["created_after"], answer["is_archived"]) == (2, "abc", 1700000000, True)


def test_a_plain_key_wins_over_the_same_one_in_the_qs_object(client: TestClient) -> None:
    """Flat keys are primary, because the examples of the documentation use them."""
    assert client.get("/?first=3&qs[first]=2").json()["first"] == 3


def test_unknown_parameters_are_ignored(client: TestClient) -> None:
    answer = client.get("/?limit=5&time_after=1&qs[nonsense]=1&qs[a][b][c]=1&[=1&]=2")
    assert answer.status_code == 200
    assert answer.json()["first"] == 100


@pytest.mark.parametrize("first", ["0", "201", "-1", "true", "false", "1.0", "1e2", "1_0", "", "ten", "9" * 40, "١"])
def test_a_page_size_that_is_no_whole_number_from_1_to_200_is_refused(client: TestClient, first: str) -> None:
    assert client.get("/", params={"first": first}).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "created_after=yesterday",
        "created_after=true",
        "updated_before=1.5",
        "created_before=99999999999999999999",
        "category=nonsense",
        "origins=webapp,nonsense",
        "is_archived=maybe",
        "tags=a%00b",
        "playbook_id=%00",
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 422


def test_origins_of_every_vintage_are_accepted(client: TestClient) -> None:
    origins = ["webapp", "slack", "teams", "api", "linear", "jira", "scheduled", "automation", "cli", "desktop", "code_scan", "other"]
    assert client.get("/", params={"origins": ",".join(origins)}).json()["origins"] == origins


def test_an_identifier_with_a_bar_survives(client: TestClient) -> None:
    """User ids are opaque and may hold `|` (contract section 1, ids)."""
    assert client.get("/", params={"user_ids": ["google|1", "email|2"]}).json()["user_ids"] == ["google|1", "email|2"]


def test_values_survive_flattening_unchanged() -> None:
    assert parse_qsl(flatten(b"qs%5Btags%5D=a%26b%3Dc+d&after=x%3D%3D")) == [(b"tags", b"a&b=c d"), (b"after", b"x==")]
