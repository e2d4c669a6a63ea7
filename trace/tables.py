"""The list of all tables, parents before children: what migrations, tests and backups agree on."""

from trace.accounts import factor_models as accounts_factors
from trace.accounts import models as accounts
from trace.alerts import models as alerts
from trace.audit import models as audit
from trace.ceilings import models as ceilings
from trace.db import counters
from trace.field import activity_models as field_activities
from trace.field import models as field
from trace.field import weigh_models as field_weighing
from trace.files import models as files
from trace.forecast import models as forecast
from trace.funds import approval_models as funds_approvals
from trace.funds import claim_models as fund_claims
from trace.funds import dossier as funds_dossier
from trace.funds import ledger_models as funds_ledger
from trace.funds import models as funds
from trace.gs1 import models as gs1
from trace.imports import models as imports
from trace.jobs import models as jobs
from trace.labels import models as labels
from trace.land import dossier as land_dossier
from trace.land import models as land
from trace.layouts import models as layouts
from trace.log import models as log
from trace.lots import models as lots
from trace.nursery import models as nursery
from trace.payments import case_models as payments_cases
from trace.payments import models as payments
from trace.pesticides import models as pesticides
from trace.processing import handover_models as processing_handover
from trace.processing import models as processing
from trace.processing import recipe_models as processing_recipes
from trace.programmes import models as programmes
from trace.quality import certificate_models as quality_certificates
from trace.quality import models as quality
from trace.recalls import models as recalls
from trace.registry import models as registry
from trace.registry import region_models
from trace.scan import models as scan
from trace.statements import models as statements
from trace.supervision import models as supervision
from trace.sync import models as sync
from trace.targets import models as targets

DOMAINS = (
    counters,
    jobs,
    audit,
    log,
    files,
    layouts,
    registry,
    region_models,
    accounts,
    accounts_factors,
    land,
    land_dossier,
    lots,
    nursery,
    pesticides,
    field,
    field_activities,
    field_weighing,
    processing,
    processing_handover,
    processing_recipes,
    quality,
    quality_certificates,
    ceilings,
    gs1,
    labels,
    scan,
    recalls,
    programmes,
    funds,
    funds_dossier,
    fund_claims,
    funds_approvals,
    funds_ledger,
    payments,
    payments_cases,
    targets,
    statements,
    forecast,
    supervision,
    imports,
    sync,
    alerts,
)
ALL_TABLES = tuple(table for domain in DOMAINS for table in domain.TABLES)
