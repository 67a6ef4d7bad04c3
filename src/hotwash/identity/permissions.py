"""Every permission the contract names (section 5), how enterprise permissions reach into organizations, and the built-in roles."""

from typing import Literal, get_args

import msgspec

EnterprisePermission = Literal[
    "ReadAccountMeta",
    "ManageEnterpriseSettings",
    "ManageOrganizations",
    "ManageAccountMembership",
    "ManageAccountServiceUsers",
    "ManageAccountKnowledge",
    "ManageAccountPlaybooks",
    "ManageGitIntegrations",
    "ManageBilling",
    "ViewAccountMetrics",
    "ViewEnterpriseInfraDetails",
    "ViewAccountSessions",
    "ManageAccountSessions",
    "ViewAccountMembership",
    "ViewAccountConsumption",
    "ManageServiceUsers",
]
OrganizationPermission = Literal[
    "UseDevinSessions",
    "ViewOrgSessions",
    "ManageOrgSessions",
    "ImpersonateOrgSessions",
    "ManageOrgKnowledge",
    "ManageOrgPlaybooks",
    "ManageOrgSecrets",
    "ManageOrgSchedules",
    "ManageOrgServiceUsers",
    "ViewOrgMetrics",
    "ViewOrgConsumption",
    "ViewOrgMembership",
    "UseDevinExpert",
]
Permission = EnterprisePermission | OrganizationPermission
RoleType = Literal["enterprise", "org"]

ENTERPRISE_PERMISSIONS: frozenset[Permission] = frozenset(get_args(EnterprisePermission))
ORGANIZATION_PERMISSIONS: frozenset[Permission] = frozenset(get_args(OrganizationPermission))

HELD_BY_ALL: frozenset[Permission] = frozenset({"ReadAccountMeta"})
"""Every service user may ask who it is (contract section 5)."""

INHERITED: dict[Permission, Permission] = {
    "ViewAccountSessions": "ViewOrgSessions",
    "ManageAccountSessions": "ManageOrgSessions",
    "ManageAccountKnowledge": "ManageOrgKnowledge",
    "ManageAccountPlaybooks": "ManageOrgPlaybooks",
    "ManageAccountServiceUsers": "ManageOrgServiceUsers",
    "ManageServiceUsers": "ManageOrgServiceUsers",
    "ViewAccountMetrics": "ViewOrgMetrics",
    "ManageBilling": "ViewOrgConsumption",
    "ViewAccountConsumption": "ViewOrgConsumption",
    "ManageAccountMembership": "ViewOrgMembership",
    "ViewAccountMembership": "ViewOrgMembership",
}
"""An enterprise permission gives the matching one in every organization (contract section 5)."""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of permissions, held in the whole enterprise or in one organization."""

    role_id: str
    role_name: str
    role_type: RoleType
    permissions: frozenset[Permission]

    @property
    def effective(self) -> frozenset[Permission]:
        """With what every service user holds and what is inherited."""
        return self.permissions | HELD_BY_ALL | {INHERITED[p] for p in self.permissions if p in INHERITED}


_VIEW_EVERYWHERE: frozenset[Permission] = frozenset(
    {"ViewAccountSessions", "ViewAccountMetrics", "ViewAccountMembership", "ViewAccountConsumption", "ViewEnterpriseInfraDetails"}
)
_VIEW_ORGANIZATION: frozenset[Permission] = frozenset({"ViewOrgSessions", "ViewOrgMetrics", "ViewOrgConsumption", "ViewOrgMembership"})
_WORK_IN_ORGANIZATION: frozenset[Permission] = frozenset(
    {"UseDevinSessions", "ManageOrgSessions", "ManageOrgKnowledge", "ManageOrgPlaybooks", "UseDevinExpert"}
)

ROLES: dict[str, Role] = {
    role.role_id: role
    for role in (
        Role(
            role_id="enterprise-admin",
            role_name="Enterprise Admin",
            role_type="enterprise",
            permissions=ENTERPRISE_PERMISSIONS | ORGANIZATION_PERMISSIONS,
        ),
        Role(role_id="enterprise-viewer", role_name="Enterprise Viewer", role_type="enterprise", permissions=_VIEW_EVERYWHERE),
        Role(role_id="org-admin", role_name="Admin", role_type="org", permissions=ORGANIZATION_PERMISSIONS),
        Role(role_id="org-member", role_name="Member", role_type="org", permissions=_VIEW_ORGANIZATION | _WORK_IN_ORGANIZATION),
        Role(role_id="org-viewer", role_name="Viewer", role_type="org", permissions=_VIEW_ORGANIZATION),
    )
}
"""The built-in roles by `role_id`."""
