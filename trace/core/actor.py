"""Who acts: roles, permissions and scope, as one readable map.

A role says *what* a person may do; the party and the townships of the account say *on whose records*. Both are needed for every write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from trace.core.errors import Forbidden, NotFound
from trace.core.text import N_, Labelled


class Role(Labelled):
    """What a person is in the county's industry (domain brief §5.2, opinion 清政办发〔2022〕7号 part 五)."""

    ADMIN = "admin", N_("系统管理员")
    SECURITY = "security", N_("安全管理员")
    AUDITOR = "auditor", N_("审计")
    OFFICE = "office", N_("领导小组办公室")
    LEADER = "leader", N_("领导小组")
    BUREAU = "bureau", N_("县林业局")
    VERIFIER_FORESTRY = "verifier_forestry", N_("林业验收")
    VERIFIER_FINANCE = "verifier_finance", N_("财政验收")
    FINANCE_MAKER = "finance_maker", N_("财政支付制单")
    FINANCE_CHECKER = "finance_checker", N_("财政支付复核")
    MARKET = "market", N_("市场监管")
    STATISTICS = "statistics", N_("统计")
    TOWNSHIP = "township", N_("乡镇（街道）")
    COOP = "coop", N_("合作社")
    NURSERY = "nursery", N_("苗圃")
    PLANT = "plant", N_("加工厂")
    GROWER = "grower", N_("种植户")


class Permission(StrEnum):
    """What can be done; ``subject:verb``, the stem shared by audit action, service and address."""

    PLOT_READ = "plot:read"
    PLOT_REGISTER = "plot:register"
    PLOT_VERIFY = "plot:verify"
    PLOT_DECIDE = "plot:decide"
    PARTY_READ = "party:read"
    PARTY_REGISTER = "party:register"
    PARTY_REVEAL = "party:reveal"
    REGION_CHANGE = "region:change"
    HARVEST_RECORD = "harvest:record"
    ACTIVITY_READ = "activity:read"
    ACTIVITY_RECORD = "activity:record"
    ACTIVITY_PURGE = "activity:purge"
    INCIDENT_HANDLE = "incident:handle"
    PESTICIDE_LOAD = "pesticide:load"
    DUPLICATE_RESOLVE = "duplicate:resolve"
    HANDOVER_RECORD = "handover:record"
    INSPECTION_READ = "inspection:read"
    INSPECTION_RECORD = "inspection:record"
    SAMPLE_DRAW = "sample:draw"
    NURSERY_READ = "nursery:read"
    NURSERY_RECORD = "nursery:record"
    LOT_READ = "lot:read"
    LOT_OPERATE = "lot:operate"
    LOT_SPLIT = "lot:split"
    LOT_DISPATCH = "lot:dispatch"
    RECEIPT_RECORD = "receipt:record"
    RUN_RECORD = "run:record"
    PACK_RECORD = "pack:record"
    QUALITY_READ = "quality:read"
    CERTIFICATE_ISSUE = "certificate:issue"
    TEST_RECORD = "test:record"
    HOLD_PLACE = "hold:place"
    HOLD_RELEASE = "hold:release"
    RECALL_OPEN = "recall:open"
    CASE_READ = "case:read"
    CASE_HANDLE = "case:handle"
    NOTICE_ANSWER = "notice:answer"
    DRILL_RUN = "drill:run"
    CEILING_READ = "ceiling:read"
    CEILING_OVERRIDE = "ceiling:override"
    RECIPE_DECLARE = "recipe:declare"
    LABEL_READ = "label:read"
    LABEL_RUN = "label:run"
    LABEL_VOID = "label:void"
    LABEL_TEMPLATE = "label:template"
    SCAN_READ = "scan:read"
    SCAN_SETTLE = "scan:settle"
    COMPLAINT_READ = "complaint:read"
    COMPLAINT_ANSWER = "complaint:answer"
    GTIN_REGISTER = "gtin:register"
    FUND_READ = "fund:read"
    PROGRAMME_DRAFT = "programme:draft"
    PROGRAMME_PUBLISH = "programme:publish"
    APPLICATION_SUBMIT = "application:submit"
    APPLICATION_ACCEPT = "application:accept"
    APPLICATION_VERIFY_FORESTRY = "application:verify_forestry"
    APPLICATION_VERIFY_FINANCE = "application:verify_finance"
    APPLICATION_REVIEW = "application:review"
    APPLICATION_PUBLICISE = "application:publicise"
    APPLICATION_OBJECT = "application:object"
    APPLICATION_APPROVE = "application:approve"
    APPLICATION_AUDIT = "application:audit"
    CLAWBACK_DECIDE = "clawback:decide"
    GRIEVANCE_READ = "grievance:read"
    GRIEVANCE_HANDLE = "grievance:handle"
    BUDGET_APPROPRIATE = "budget:appropriate"
    PAYMENT_READ = "payment:read"
    PAYMENT_MAKE = "payment:make"
    PAYMENT_CHECK = "payment:check"
    TARGET_READ = "target:read"
    TARGET_PLAN = "target:plan"
    STATEMENT_READ = "statement:read"
    STATEMENT_SUBMIT = "statement:submit"
    STATEMENT_CHECK = "statement:check"
    VALUE_PRICE = "value:price"
    FORECAST_ASSUME = "forecast:assume"
    SUPERVISION_READ = "supervision:read"
    SUPERVISION_INSPECT = "supervision:inspect"
    SUPERVISION_ISSUE = "supervision:issue"
    RECTIFICATION_REPORT = "rectification:report"
    RECTIFICATION_RECHECK = "rectification:recheck"
    SCORE_DRAFT = "score:draft"
    SCORE_ANSWER = "score:answer"
    SCORE_APPROVE = "score:approve"
    EFFECT_READ = "effect:read"
    ALERT_READ = "alert:read"
    USER_MANAGE = "user:manage"
    ROLE_GRANT = "role:grant"
    AUDIT_READ = "audit:read"
    DEVICE_REGISTER = "device:register"
    DEVICE_REVOKE = "device:revoke"
    SYNC_SEND = "sync:send"
    SYNC_READ = "sync:read"
    TOKEN_CREATE = "token:create"  # nosec B105 - a permission name


P = Permission
_COUNTY_READ = {P.ACTIVITY_READ, P.NURSERY_READ, P.PLOT_READ, P.PARTY_READ, P.LOT_READ, P.TARGET_READ}
_PRODUCER = {
    P.ACTIVITY_READ,
    P.ACTIVITY_RECORD,
    P.NURSERY_READ,
    P.PLOT_READ,
    P.PARTY_READ,
    P.LOT_READ,
    P.TARGET_READ,
    P.FUND_READ,
    P.APPLICATION_SUBMIT,
    P.QUALITY_READ,
}

_FIELD = {P.DEVICE_REGISTER, P.DEVICE_REVOKE, P.SYNC_SEND, P.SYNC_READ}
"""Who works with a phone in the orchard, and looks after the phones of the own party."""

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset({P.USER_MANAGE}),
    Role.SECURITY: frozenset({P.ROLE_GRANT, P.AUDIT_READ, P.DEVICE_REVOKE}),
    Role.AUDITOR: frozenset(
        _COUNTY_READ
        | {P.FUND_READ, P.PAYMENT_READ, P.LABEL_READ, P.SCAN_READ, P.QUALITY_READ, P.AUDIT_READ}
        | {P.INSPECTION_READ, P.CEILING_READ}
        | {P.COMPLAINT_READ}
        | {P.SUPERVISION_READ}
        | {P.CASE_READ, P.APPLICATION_AUDIT, P.GRIEVANCE_READ, P.GRIEVANCE_HANDLE}
        | {P.STATEMENT_READ}
    ),
    Role.OFFICE: frozenset(
        _COUNTY_READ
        | {P.FUND_READ, P.PROGRAMME_DRAFT, P.PROGRAMME_PUBLISH, P.APPLICATION_PUBLICISE, P.APPLICATION_OBJECT}
        | {P.STATEMENT_READ, P.FORECAST_ASSUME}
        | {P.TARGET_PLAN, P.QUALITY_READ, P.LABEL_READ, P.SCAN_READ, P.COMPLAINT_READ, P.CASE_READ}
        | {P.SUPERVISION_READ, P.SUPERVISION_INSPECT, P.SUPERVISION_ISSUE, P.RECTIFICATION_RECHECK, P.SCORE_DRAFT}
        | {P.GRIEVANCE_READ, P.GRIEVANCE_HANDLE}
    ),
    Role.LEADER: frozenset(
        _COUNTY_READ
        | {
            P.FUND_READ,
            P.PAYMENT_READ,
            P.APPLICATION_APPROVE,
            P.QUALITY_READ,
            P.SUPERVISION_READ,
            P.SCORE_APPROVE,
            P.CASE_READ,
            P.STATEMENT_READ,
        }
    ),
    Role.BUREAU: frozenset(
        _COUNTY_READ
        | {P.PLOT_DECIDE}
        | {
            P.PLOT_REGISTER,
            P.PLOT_VERIFY,
            P.PARTY_REGISTER,
            P.FUND_READ,
            P.APPLICATION_REVIEW,
            P.QUALITY_READ,
            P.CLAWBACK_DECIDE,
        }
        | {P.PARTY_REVEAL, P.REGION_CHANGE, P.DEVICE_REVOKE, P.SYNC_READ}
        | {P.DUPLICATE_RESOLVE, P.INSPECTION_READ, P.INSPECTION_RECORD, P.SAMPLE_DRAW}
        | {P.HOLD_PLACE, P.HOLD_RELEASE, P.RECALL_OPEN, P.LABEL_READ, P.SCAN_READ, P.LABEL_TEMPLATE}
        | {P.TEST_RECORD}
        | {P.PESTICIDE_LOAD, P.INCIDENT_HANDLE, P.ACTIVITY_PURGE, P.CEILING_READ, P.CEILING_OVERRIDE, P.RECIPE_DECLARE}
        | {P.SCAN_SETTLE, P.COMPLAINT_READ, P.COMPLAINT_ANSWER}
        | {P.SUPERVISION_READ, P.SUPERVISION_INSPECT, P.RECTIFICATION_RECHECK}
        | {P.CASE_READ, P.CASE_HANDLE, P.DRILL_RUN}
        | {P.GRIEVANCE_READ, P.GRIEVANCE_HANDLE}
        | {P.STATEMENT_READ, P.STATEMENT_CHECK, P.FORECAST_ASSUME}
    ),
    Role.VERIFIER_FORESTRY: frozenset(
        {P.PLOT_READ, P.PLOT_VERIFY, P.TARGET_READ, P.FUND_READ, P.APPLICATION_VERIFY_FORESTRY}
    ),
    Role.VERIFIER_FINANCE: frozenset({P.PLOT_READ, P.TARGET_READ, P.FUND_READ, P.APPLICATION_VERIFY_FINANCE}),
    Role.FINANCE_MAKER: frozenset(
        {P.FUND_READ, P.TARGET_READ, P.BUDGET_APPROPRIATE, P.PAYMENT_READ, P.PAYMENT_MAKE, P.PARTY_READ, P.PARTY_REVEAL}
    ),
    Role.FINANCE_CHECKER: frozenset(
        {P.FUND_READ, P.TARGET_READ, P.PAYMENT_READ, P.PAYMENT_CHECK, P.PARTY_READ, P.PARTY_REVEAL}
    ),
    Role.MARKET: frozenset(
        {P.NURSERY_READ, P.PARTY_READ, P.LOT_READ, P.LABEL_READ, P.SCAN_READ, P.TARGET_READ, P.QUALITY_READ}
        | {P.ACTIVITY_READ, P.HOLD_PLACE, P.HOLD_RELEASE, P.RECALL_OPEN, P.LABEL_TEMPLATE, P.CEILING_READ}
        | {P.TEST_RECORD}
        | {P.SCAN_SETTLE, P.COMPLAINT_READ, P.COMPLAINT_ANSWER}
        | {P.CASE_READ, P.CASE_HANDLE, P.DRILL_RUN}
    ),
    Role.STATISTICS: frozenset({P.TARGET_READ, P.PARTY_READ, P.STATEMENT_READ, P.VALUE_PRICE}),
    Role.TOWNSHIP: frozenset(
        _COUNTY_READ
        | {P.PLOT_REGISTER, P.PARTY_REGISTER, P.FUND_READ, P.APPLICATION_SUBMIT, P.APPLICATION_ACCEPT, P.QUALITY_READ}
        | {P.STATEMENT_READ, P.STATEMENT_SUBMIT, P.PARTY_REVEAL, P.INSPECTION_READ, P.INSPECTION_RECORD, P.CEILING_READ}
        | {P.COMPLAINT_READ}
        | {P.SUPERVISION_READ, P.RECTIFICATION_REPORT, P.SCORE_ANSWER}
    ),
    Role.COOP: frozenset(
        _PRODUCER
        | _FIELD
        | {
            P.PLOT_REGISTER,
            P.PARTY_REGISTER,
            P.HARVEST_RECORD,
            P.LOT_OPERATE,
            P.LOT_SPLIT,
            P.LOT_DISPATCH,
            P.HOLD_PLACE,
            P.CEILING_READ,
        }
        | {P.RECEIPT_RECORD, P.RUN_RECORD, P.PACK_RECORD, P.LABEL_READ, P.LABEL_RUN, P.LABEL_VOID, P.SCAN_READ}
        | {P.DUPLICATE_RESOLVE, P.HANDOVER_RECORD}
        | {P.CERTIFICATE_ISSUE, P.TEST_RECORD}
        | {P.COMPLAINT_READ, P.COMPLAINT_ANSWER, P.GTIN_REGISTER}
        | {P.NOTICE_ANSWER, P.DRILL_RUN}
    ),
    Role.NURSERY: frozenset(
        {P.NURSERY_READ, P.NURSERY_RECORD, P.PARTY_READ, P.LOT_READ, P.LOT_OPERATE, P.LOT_SPLIT, P.TARGET_READ}
        | {P.NOTICE_ANSWER}
    ),
    Role.PLANT: frozenset(
        _FIELD
        | {
            P.PARTY_READ,
            P.LOT_READ,
            P.LOT_OPERATE,
            P.LOT_SPLIT,
            P.LOT_DISPATCH,
            P.RECEIPT_RECORD,
            P.RUN_RECORD,
            P.PACK_RECORD,
            P.CEILING_READ,
        }
        | {P.LABEL_READ, P.LABEL_RUN, P.LABEL_VOID, P.SCAN_READ, P.QUALITY_READ, P.HOLD_PLACE, P.TARGET_READ}
        | {P.FUND_READ, P.APPLICATION_SUBMIT, P.HANDOVER_RECORD, P.VALUE_PRICE}
        | {P.CERTIFICATE_ISSUE, P.TEST_RECORD}
        | {P.COMPLAINT_READ, P.COMPLAINT_ANSWER, P.GTIN_REGISTER}
        | {P.NOTICE_ANSWER, P.DRILL_RUN}
    ),
    Role.GROWER: frozenset(
        _PRODUCER
        | _FIELD
        | {P.HARVEST_RECORD, P.LOT_DISPATCH, P.DUPLICATE_RESOLVE, P.HANDOVER_RECORD}
        | {P.CERTIFICATE_ISSUE, P.NOTICE_ANSWER}
    ),
}

GRANTS = {role: granted | {P.ALERT_READ} for role, granted in GRANTS.items()}
"""Everybody has an inbox."""

_EFFECT_READERS = (
    Role.AUDITOR, Role.OFFICE, Role.LEADER, Role.BUREAU, Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.STATISTICS, Role.TOWNSHIP,
)  # fmt: skip
GRANTS = {role: granted | {P.EFFECT_READ} if role in _EFFECT_READERS else granted for role, granted in GRANTS.items()}
"""What money and reported areas came to is read by those who answer for them; a township reads its own."""

COUNTY_WIDE = frozenset(
    {
        Role.AUDITOR,
        Role.OFFICE,
        Role.LEADER,
        Role.BUREAU,
        Role.VERIFIER_FORESTRY,
        Role.VERIFIER_FINANCE,
        Role.FINANCE_MAKER,
        Role.FINANCE_CHECKER,
        Role.MARKET,
        Role.STATISTICS,
    }
)
"""Roles whose reading is not limited to a party or a township."""


@dataclass(frozen=True)
class Actor:
    """A signed-in person, as the services see him or her.

    ``party_id`` is the organisation or household acted for; ``township_codes`` the townships (9 digits) answered for.
    """

    user_id: int
    username: str
    display_name: str
    roles: frozenset[Role]
    party_id: int | None = None
    org_name: str = ""
    township_codes: frozenset[str] = field(default_factory=frozenset)
    must_change: bool = False
    """Signed in with a one-time password: may do nothing before choosing an own one."""

    def can(self, permission: Permission) -> bool:
        """May any of the roles do it?"""
        return any(permission in GRANTS[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raise :class:`Forbidden` unless a role grants the permission."""
        if not self.can(permission):
            raise Forbidden()

    @property
    def role_labels(self) -> list[str]:
        """The Chinese names of the roles, in the order of the map above."""
        return [role.label for role in Role if role in self.roles]

    @property
    def county_wide(self) -> bool:
        """Sees records of every party and township (what the role may read at all is a matter of permissions)."""
        return bool(self.roles & COUNTY_WIDE)

    def may_act_for(self, party_id: int | None, township_code: str | None = None) -> bool:
        """Is the record within the actor's own party or townships, or is the actor county-wide?"""
        if self.county_wide:
            return True
        if party_id is not None and party_id == self.party_id:
            return True
        return township_code is not None and township_code in self.township_codes

    def require_party(self, party_id: int | None) -> None:
        """Only the party itself may write its records; for others they do not exist (404)."""
        if party_id is None or party_id != self.party_id:
            raise NotFound()

    def require_township(self, township_code: str) -> None:
        """Township officers write in their own townships only; for others the record does not exist (404)."""
        if not self.county_wide and township_code not in self.township_codes:
            raise NotFound()
