"""Permissions and the built-in roles."""

import pytest

from hotwash.identity.permissions import ENTERPRISE_PERMISSIONS, INHERITED, ORGANIZATION_PERMISSIONS, ROLES


def test_the_built_in_roles_are_the_five_of_the_command_line() -> None:
    assert list(ROLES) == ["enterprise-admin", "enterprise-viewer", "org-admin", "org-member", "org-viewer"]


@pytest.mark.parametrize("role_id", ROLES)
def test_every_role_lets_its_holder_ask_who_it_is(role_id: str) -> None:
    assert "ReadAccountMeta" in ROLES[role_id].effective


@pytest.mark.parametrize("role_id", ["org-admin", "org-member", "org-viewer"])
def test_a_role_of_an_organisation_opens_no_enterprise_route(role_id: str) -> None:
    assert ROLES[role_id].effective & ENTERPRISE_PERMISSIONS == {"ReadAccountMeta"}


@pytest.mark.parametrize("role_id", ["enterprise-viewer", "org-viewer"])
def test_a_viewer_changes_nothing(role_id: str) -> None:
    assert not [permission for permission in ROLES[role_id].effective if permission.startswith(("Manage", "Use", "Impersonate"))]


def test_an_enterprise_permission_is_inherited_as_one_of_an_organisation() -> None:
    assert set(INHERITED) <= ENTERPRISE_PERMISSIONS
    assert set(INHERITED.values()) <= ORGANIZATION_PERMISSIONS
    assert "ViewOrgSessions" in ROLES["enterprise-viewer"].effective
