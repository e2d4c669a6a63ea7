"""The trail in words people read: one entry per ``subject.verb``."""

from trace.core.text import N_

ACTIONS = {
    "access.403": N_("越权操作被拒绝"),
    "access.404": N_("查看范围外的记录被拒绝"),
    "application.approve": N_("领导小组审定"),
    "application.create": N_("新建申报"),
    "application.dismiss": N_("异议不成立，重新公示"),
    "application.end_publicity": N_("公示期满，提交审定"),
    "application.fail_payment": N_("登记支付失败"),
    "application.object": N_("受理异议"),
    "application.pass_township": N_("乡镇初审通过"),
    "application.pay": N_("登记已支付"),
    "application.prepare": N_("支付制单"),
    "application.publicise": N_("发布公示"),
    "application.reject": N_("不予支持"),
    "application.release": N_("支付复核放行"),
    "application.return": N_("退回补正"),
    "application.review": N_("林业复核通过"),
    "application.schedule": N_("安排联合验收"),
    "application.submit": N_("提交申报"),
    "application.verify_finance": N_("财政验收签字"),
    "application.verify_forestry": N_("林业验收签字"),
    "application.withdraw": N_("撤回申报"),
    "budget.appropriate": N_("下达预算指标"),
    "demo.load": N_("装入演示数据"),
    "harvest.record": N_("登记采收"),
    "hold.place": N_("封存"),
    "hold.release": N_("解除封存"),
    "label.published": N_("公开标签事实"),
    "label.activate": N_("启用标签"),
    "label.make": N_("制标签"),
    "label.void": N_("作废标签"),
    "label.void_unit": N_("作废单枚标签"),
    "lot.destroy": N_("登记销毁"),
    "lot.dispatch": N_("发货"),
    "lot.loss": N_("登记损耗"),
    "lot.merge": N_("合并批次"),
    "lot.receive": N_("收货"),
    "lot.sample": N_("登记抽样"),
    "lot.ship": N_("登记发货"),
    "lot.split": N_("拆分批次"),
    "notice.publish": N_("发布公示名单"),
    "operation.undo": N_("撤销记录"),
    "pack.record": N_("登记包装"),
    "party.register": N_("登记主体"),
    "party.title": N_("登记称号证照"),
    "payment.make": N_("制作支付批次"),
    "payment.release": N_("复核放行支付批次"),
    "payment.result": N_("登记银行回单"),
    "payment.view_accounts": N_("查看完整账号"),
    "plot.export": N_("导出地块"),
    "plot.redraw": N_("变更边界"),
    "plot.register": N_("登记地块"),
    "plot.visit": N_("成活率查验"),
    "programme.close": N_("结束项目"),
    "programme.draft": N_("起草项目"),
    "programme.publish": N_("发布项目"),
    "recall.place": N_("发布召回"),
    "recall.release": N_("解除召回"),
    "run.record": N_("登记加工"),
    "session.open": N_("登录"),
    "session.refused": N_("登录失败"),
    "statement.submit": N_("上报产值"),
    "target.plan": N_("下达任务"),
    "token.create": N_("领取接口令牌"),
    "user.create": N_("建立账号"),
    "user.disable": N_("停用账号"),
    "user.password": N_("修改密码"),
    "user.reset": N_("重置密码"),
}


def action_words(action: str) -> str:
    """The Chinese for an action; an action without words shows its own name, and a test fails."""
    return ACTIONS.get(action, action)


PUBLIC_ACTIONS = ("label.published",)
"""Entries written to be read by anybody; of all others the log shows only the fingerprint."""

PUBLIC_FACTS = {
    "name": N_("品名"), "net": N_("净含量"), "origin": N_("产地"), "lot": N_("批次"), "made": N_("包装日期"), "before": N_("保质期至"),
    "producer": N_("生产单位"), "count": N_("标签枚数"),
}  # fmt: skip
"""What public entries say, in the order people read it."""
