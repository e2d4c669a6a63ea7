"""Words of claims, and which kind of notice asks for which. Pure."""

from __future__ import annotations

from trace.core.text import N_

ITEM_KINDS = {"invoice": N_("发票"), "fee": N_("缴费凭证"), "unit": N_("数量"), "sale": N_("销售凭证")}
EVENTS = {"repay": N_("归还本金"), "rate": N_("利率调整"), "overdue": N_("逾期")}
FACTS = {"legal_rep": N_("法定代表人"), "phone": N_("联系电话"), "account": N_("收款账户"), "address": N_("住所")}

ITEMS_OF = {"pct_capped": "invoice", "fee_discount": "fee", "per_unit": "unit", "sales_award": "sale"}
"""Kind of notice → kind of item that is claimed under it; interest takes loans, the others the plot alone."""
