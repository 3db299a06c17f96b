"""The roles of the field and what their holders may do. Data: one literal, found by one search."""

from __future__ import annotations

from typing import Final

from workflows.application import Role

_BUREAU: Final = frozenset(
    {
        "statistics.read",
        "letters.design",
        "letters.issue",
        "letters.read",
        "letters.revoke",
        "letters.serve",
        "trail.read",
        "enterprises.edit",
        "cases.remove",
        "matters.raise",
        "matters.decide",
        "notices.channels",
        "notices.rules",
        "instances.stop",
        "panels.read",
        "options.verify",
        "tasks.assign",
        "tasks.urge",
    }
)
_LISTS: Final = frozenset(
    {
        "lists.approve",
        "lists.import",
        "lists.publish",
        "experts.manage",
        "consultancies.manage",
        "voluntary.decide",
        "commitments.draw",
        "standards.edit",
    }
)


def _role(
    key: str,
    zh: str,
    en: str,
    *actions: str,
    region: bool = False,
    house: bool = True,
    joins: bool = False,
    confided: bool = False,
    plus: frozenset[str] = frozenset(),
) -> Role:
    """Make a role. ``house``: its holders have a part in what their organisation is a party in."""
    return Role(
        key=key,
        zh=zh,
        en=en,
        sees_region=region,
        sees_organisation=house,
        joins=joins,
        confided=confided,
        actions=frozenset(actions) | plus,
    )


ROLES: Final[dict[str, Role]] = {
    role.key: role
    for role in (
        _role("enterprise", "企业", "Enterprise", "letters.read", joins=True, confided=True),
        _role(
            "enterprise_administrator",
            "企业管理员",
            "Enterprise administrator",
            "enterprises.manage_users",
            "phrases.share",
            "tasks.assign",
        ),
        _role("consultancy", "咨询服务机构", "Consultancy", "letters.read"),
        _role("expert", "评审专家", "Expert"),
        _role("panel_leader", "专家组组长", "Panel leader"),
        _role(
            "county_bureau",
            "县级生态环境部门",
            "County bureau",
            "lists.propose",
            region=True,
            confided=True,
            plus=_BUREAU,
        ),
        _role("city_bureau", "市级生态环境部门", "City bureau", region=True, confided=True, plus=_BUREAU | _LISTS),
        _role(
            "province_bureau",
            "省级生态环境部门",
            "Provincial bureau",
            "results.publish",
            region=True,
            confided=True,
            plus=_BUREAU | _LISTS,
        ),
        _role("competent_bureau", "主管部门", "Competent bureau", confided=True),
        _role(
            "coordinating_department",
            "清洁生产综合协调部门",
            "Coordinating department",
            "statistics.read",
            "voluntary.decide",
            "letters.read",
            region=True,
        ),
        _role(
            "designer",
            "流程设计员",
            "Process designer",
            "definitions.read",
            "definitions.check",
            "definitions.deploy",
            "notices.rules",
            house=False,
        ),
        _role(
            "publisher",
            "流程发布员",
            "Publisher",
            "definitions.read",
            "definitions.check",
            "definitions.activate",
            house=False,
        ),
        _role(
            "administrator",
            "系统管理员",
            "Administrator",
            "people.manage",
            "phrases.share",
            "organisations.manage",
            "incidents.manage",
            "instances.migrate",
            "instances.operate",
            "instances.stop",
            "calendars.edit",
            "definitions.read",
            region=True,
            house=False,
        ),
        _role(
            "security_administrator",
            "安全管理员",
            "Security administrator",
            "people.manage",
            "trail.read",
            region=True,
            house=False,
        ),
        _role(
            "audit_administrator",
            "审计管理员",
            "Audit administrator",
            "trail.read",
            "trail.verify",
            "definitions.read",
            region=True,
            house=False,
        ),
        _role(
            "inspector",
            "督察人员",
            "Inspector",
            "panels.read",
            "trail.read",
            "trail.verify",
            "letters.read",
            region=True,
            house=False,
        ),
    )
}

LANE_ROLES: Final = frozenset(
    {
        "enterprise",
        "consultancy",
        "county_bureau",
        "city_bureau",
        "province_bureau",
        "competent_bureau",
        "coordinating_department",
        "expert",
        "panel_leader",
    }
)

BUREAU_OF_LEVEL: Final = {"county": "county_bureau", "city": "city_bureau", "province": "province_bureau"}
