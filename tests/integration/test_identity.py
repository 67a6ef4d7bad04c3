"""Tokens, roles, the one door, organisations and login links."""

import pytest
from sqlalchemy import insert, select

from hotwash.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from hotwash.identity import login, service
from hotwash.identity.model import CreatedServiceUser, Scope
from hotwash.store import tables as t
from hotwash.store.engine import Database
from tests.integration.builders import ORG, OTHER_ORG, organization

NOW = 1_770_000_000.25


def _create(database: Database, role_id: str = "org-viewer", org_id: str | None = ORG, ttl_s: int | None = None) -> CreatedServiceUser:
    with database.write() as conn:
        return service.create_service_user(conn, name="exporter", role_id=role_id, org_id=org_id, ttl_s=ttl_s, now=NOW)


def _principal(database: Database, token: str, now: float = NOW) -> service.Principal:
    with database.read() as conn:
        return service.authenticate(conn, token, now)


@pytest.fixture
def database(database: Database) -> Database:
    with database.write() as conn:
        organization(conn)
        organization(conn, OTHER_ORG)
    return database


def test_a_token_names_its_service_user(database: Database) -> None:
    created = _create(database)
    principal = _principal(database, created.token)
    assert created.token.startswith("cog_")
    assert (principal.principal_type, principal.id, principal.name) == ("service_user", created.service_user_id, "exporter")
    assert (principal.org_id, principal.role_id) == (ORG, "org-viewer")


def test_the_store_holds_no_token(database: Database) -> None:
    created = _create(database)
    with database.read() as conn:
        rows = [*conn.execute(select(t.api_keys)).all(), *conn.execute(select(t.service_users)).all()]
    assert created.token not in repr(rows)
    assert created.token.removeprefix("cog_") not in repr(rows)


@pytest.mark.parametrize("token", ["", "cog_", "cog_wrong", "Bearer x", "cog_\0", "cog_ü", "cog_\ud800", "cog_" + "x" * 100_000])
def test_a_token_that_is_not_ours_is_refused(database: Database, token: str) -> None:
    _create(database)
    with pytest.raises(Unauthenticated):
        _principal(database, token)


def test_an_expired_token_is_refused(database: Database) -> None:
    created = _create(database, ttl_s=60)
    assert _principal(database, created.token, NOW + 59).id == created.service_user_id
    with pytest.raises(Unauthenticated):
        _principal(database, created.token, NOW + 61)


def test_a_revoked_service_user_is_refused_at_once(database: Database) -> None:
    created, other = _create(database), _create(database)
    with database.write() as conn:
        service.revoke_service_user(conn, created.service_user_id, NOW + 1)
        service.revoke_service_user(conn, created.service_user_id, NOW + 9)
    with pytest.raises(Unauthenticated):
        _principal(database, created.token)
    assert _principal(database, other.token).id == other.service_user_id
    with database.read() as conn:
        listed = {user.service_user_id: user.deleted_at for user in service.list_service_users(conn)}
    assert listed == {created.service_user_id: int(NOW) + 1, other.service_user_id: None}


def test_revoking_an_unknown_service_user_says_so(database: Database) -> None:
    with database.write() as conn, pytest.raises(NotFound, match="service-user-x"):
        service.revoke_service_user(conn, "service-user-x", NOW)


def test_a_list_of_service_users_says_when_keys_end(database: Database) -> None:
    endless, timed = _create(database), _create(database, ttl_s=60)
    with database.read() as conn:
        listed = {user.service_user_id: user.expires_at for user in service.list_service_users(conn)}
    assert listed == {endless.service_user_id: None, timed.service_user_id: int(NOW) + 60}


def test_the_last_use_of_a_key_is_kept_to_the_minute(database: Database) -> None:
    created = _create(database)
    for after, recorded in ((0, 0), (30, 0), (59, 0), (61, 61)):
        principal = _principal(database, created.token, NOW + after)
        with database.write() as conn:
            service.record_use(conn, principal, NOW + after)
        with database.read() as conn:
            (user,) = service.list_service_users(conn)
        assert user.last_used_at == int(NOW) + recorded


def test_a_service_user_of_an_organisation_reaches_it_alone(database: Database) -> None:
    principal = _principal(database, _create(database, "org-admin").token)
    own = Scope(org_ids=frozenset({ORG}))
    assert service.authorise(principal, "ViewOrgSessions", ORG) == own
    assert service.authorise(principal, "ViewOrgSessions") == own
    assert service.authorise(principal, "ReadAccountMeta") == own
    with pytest.raises(Forbidden):
        service.authorise(principal, "ViewOrgSessions", OTHER_ORG)
    with pytest.raises(Forbidden):
        service.authorise(principal, "ViewAccountSessions")
    with pytest.raises(Forbidden):
        service.authorise(principal, "ViewAccountSessions", ORG)


def test_a_foreign_organisation_and_one_that_does_not_exist_are_refused_alike(database: Database) -> None:
    principal = _principal(database, _create(database).token)
    sentences = []
    for org_id in (OTHER_ORG, "org-unheard-of"):
        with pytest.raises(Forbidden) as refused:
            service.authorise(principal, "ViewOrgSessions", org_id)
        sentences.append(refused.value.sentence)
    assert sentences[0] == sentences[1]


def test_an_enterprise_permission_holds_in_every_organisation(database: Database) -> None:
    principal = _principal(database, _create(database, "enterprise-viewer", org_id=None).token)
    assert service.authorise(principal, "ViewAccountSessions") == Scope(org_ids=None)
    assert service.authorise(principal, "ViewOrgSessions", OTHER_ORG) == Scope(org_ids=frozenset({OTHER_ORG}))
    with pytest.raises(Forbidden):
        service.authorise(principal, "ManageOrgSessions", ORG)
    with pytest.raises(Forbidden):
        service.authorise(principal, "ViewOrgSessions", "org-unheard-of")


def test_a_role_that_no_longer_exists_grants_nothing_but_asking_who_one_is(database: Database) -> None:
    created = _create(database)
    with database.write() as conn:
        conn.execute(t.service_users.update().values(role_id="retired"))
    principal = _principal(database, created.token)
    assert principal.permissions == {"ReadAccountMeta"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"role_id": "king"}, "role"),
        ({"role_id": "org-viewer", "org_id": None}, "org"),
        ({"role_id": "enterprise-admin", "org_id": ORG}, "org"),
        ({"org_id": "org-unheard-of"}, "org"),
        ({"name": ""}, "name"),
        ({"name": "x" * 257}, "name"),
        ({"name": "\0"}, "name"),
        ({"ttl_s": 0}, "ttl"),
        ({"ttl_s": 31_536_001}, "ttl"),
    ],
)
def test_a_service_user_that_makes_no_sense_is_refused(database: Database, changes: dict[str, str | int | None], named: str) -> None:
    arguments = {"name": "exporter", "role_id": "org-viewer", "org_id": ORG, "ttl_s": None} | changes
    with database.write() as conn, pytest.raises(InvalidInput, match=f"^{named}:"):
        service.create_service_user(conn, now=NOW, **arguments)  # type: ignore[arg-type]  # the case decides which argument is wrong


def test_an_organisation_is_made_once_by_name(database: Database) -> None:
    with database.write() as conn:
        org_id = service.ensure_organization(conn, "demo", NOW)
        assert service.ensure_organization(conn, "demo", NOW) == org_id
        assert service.ensure_organization(conn, org_id, NOW) == org_id
        assert "demo" in {organization.name for organization in service.list_organizations(conn)}
    assert org_id.startswith("org-")


def test_an_organisation_named_by_an_unknown_id_is_not_made(database: Database) -> None:
    with database.write() as conn, pytest.raises(NotFound, match="org-unheard-of"):
        service.ensure_organization(conn, "org-unheard-of", NOW)


@pytest.mark.parametrize("name", ["", "   ", "x" * 257, "nul\0"])
def test_a_bad_name_of_an_organisation_is_refused(database: Database, name: str) -> None:
    with database.write() as conn, pytest.raises(InvalidInput):
        service.ensure_organization(conn, name, NOW)


def test_a_login_link_works_once(database: Database) -> None:
    with database.write() as conn:
        token = service.login_token(conn, NOW)
    with database.write() as conn:
        principal = service.redeem_login(conn, token, NOW + 5)
    assert principal.principal_type == "web_user"
    assert service.authorise(principal, "ManageAccountSessions") == Scope(org_ids=None)
    with database.write() as conn, pytest.raises(Unauthenticated):
        service.redeem_login(conn, token, NOW + 6)


def test_a_login_link_dies_after_an_hour(database: Database) -> None:
    with database.write() as conn:
        token = service.login_token(conn, NOW)
        with pytest.raises(Unauthenticated):
            service.redeem_login(conn, token, NOW + login.LINK_LIFETIME_S + 1)


def test_links_nobody_followed_are_forgotten(database: Database) -> None:
    with database.write() as conn:
        service.login_token(conn, NOW)
        service.login_token(conn, NOW + 2 * login.LINK_LIFETIME_S)
        names = conn.execute(select(t.installation.c.name)).scalars().all()
    assert sum(name.startswith("login_link:") for name in names) == 1


@pytest.mark.parametrize("forged", ["", "x", "a.b", "\0", "\ud800", "x" * 100_000])
def test_a_forged_link_or_cookie_is_refused(database: Database, forged: str) -> None:
    with database.write() as conn:
        service.login_token(conn, NOW)
        with pytest.raises(Unauthenticated):
            service.redeem_login(conn, forged, NOW)
        with pytest.raises(Unauthenticated):
            service.read_session(conn, forged, NOW)


def test_a_cookie_keeps_a_person_logged_in_for_a_month(database: Database) -> None:
    with database.write() as conn:
        principal = service.redeem_login(conn, service.login_token(conn, NOW), NOW)
        cookie = service.sign_session(conn, principal, NOW)
    with database.read() as conn:
        assert service.read_session(conn, cookie, NOW + login.COOKIE_LIFETIME_S - 1) == principal
        with pytest.raises(Unauthenticated):
            service.read_session(conn, cookie, NOW + login.COOKIE_LIFETIME_S + 1)


def test_a_link_is_no_cookie_and_a_cookie_no_link(database: Database) -> None:
    with database.write() as conn:
        token = service.login_token(conn, NOW)
        principal = service.redeem_login(conn, service.login_token(conn, NOW), NOW)
        cookie = service.sign_session(conn, principal, NOW)
        with pytest.raises(Unauthenticated):
            service.read_session(conn, token, NOW)
        with pytest.raises(Unauthenticated):
            service.redeem_login(conn, cookie, NOW)


def test_a_cookie_of_another_installation_is_refused(database: Database) -> None:
    with database.write() as conn:
        principal = service.redeem_login(conn, service.login_token(conn, NOW), NOW)
        cookie = service.sign_session(conn, principal, NOW)
        conn.execute(t.installation.delete())
    with database.read() as conn, pytest.raises(Unauthenticated):
        service.read_session(conn, cookie, NOW)
    with database.write() as conn:
        conn.execute(insert(t.installation).values(name="signing_key", value="another key"))
        with pytest.raises(Unauthenticated):
            service.read_session(conn, cookie, NOW)
