"""Indicator cards as the platform ships them (domain brief §6.1): version 1 of each; later versions are rows with a reason. Pure.

A card says what an indicator is, in which unit and for which period, the words of its source, how it is counted and what proves it.
"""

from __future__ import annotations

from dataclasses import dataclass

from trace.core.text import N_

OPINION = "清政办发〔2022〕7号"
MANAGEMENT = N_("管理指标，意见未列")
UNITS = {"m2": N_("亩"), "count": N_("个"), "fen": N_("万元"), "ratio": "％"}
PERIODS = {"stock": N_("期末存量"), "year": N_("年度"), "date": N_("到期日有效数"), "stage": N_("阶段")}


@dataclass(frozen=True)
class Card:
    """One card; the texts are data of the county and therefore Chinese."""

    indicator: str
    name: str
    unit: str
    period: str
    source_place: str
    source_text: str
    counted: str
    evidence: str
    caution: str = ""


CARDS = (
    Card(
        "area", "种植面积", "m2", "stock", "第三条", "到2030年，全县土枇杷种植面积稳定在10万亩",
        "成活、保存、挂果地块的勾绘面积之和，重叠部分只计一次；24 个月内有查验，成活率不低于 85% 或三年保存率不低于 80%",
        "地块登记和查验记录",
        "“稳定在”按保存面积计，不按当年新栽计；已登记、待查、未达标面积另列，不计入。",
    ),
    Card(
        "registered_area", "登记面积", "m2", "stock", "", "",
        "全部登记地块的勾绘面积，不含灭失、改种，重叠部分只计一次", "地块登记", "参考指标，不是目标。",
    ),
    Card(
        "above_scale", "规模以上企业", "count", "year", "第三条", "规模以上企业数量达到5个",
        "统计在库，且土枇杷收入占比达到设定比例（暂按 30%）的企业，一家只计一次", "统计入库证明",
        "规上是企业整体的统计身份，不是按产品认定。",
    ),
    Card(
        "leading_national", "国家级林业龙头企业", "count", "date", "第三条", "其中国家级林业龙头企业5个",
        "称号在有效期内、未撤销的企业", "认定文件批次和文号", "全国第五批只有 166 家，一县 5 家难度很大。",
    ),
    Card(
        "leading_provincial", "省级林业龙头企业", "count", "date", "第三条", "省级林业龙头企业20个",
        "称号在有效期内、未撤销的企业；含国家级和不含国家级两种口径同时列出", "认定文件批次和文号",
    ),
    Card(
        "output_value", "综合产值", "fen", "year", "第三条", "实现综合产值100亿元",
        "全产业链总产值为一、二、三产产值之和，含各环节产值，存在中间投入重复；剔重产值逐环节减去购入的本县土枇杷",
        "收购单价、批次流转、报表和出厂价依据，按 A、B、C 分级", "意见没有规定口径，两个口径同时公布。",
    ),
    Card(
        "nursery", "苗木繁育基地", "m2", "stock", "第四条（二）", "选择优良品种建立苗木繁育基地100亩",
        "有有效林草种子生产经营许可证的苗圃登记面积之和", "许可证、苗圃登记", "意见没有写期限，暂按 2030 年。",
    ),
    Card(
        "towns", "土枇杷特色小镇", "count", "stage", "第三条", "建设1-2个土枇杷特色小镇",
        "通过验收的个数；1 个为完成，2 个为全部完成", "立项、批复、开工、验收文件",
    ),
    Card(
        "gi", "国家地理标志保护", "count", "stage", "第三条", "成功创建国家地理标志保护产品",
        "认定公告后计 1", "国家知识产权局公告号", "第三条写“保护产品”，第四条（十二）写“认证农产品”，是两种制度，办理途径须书面明确。",
    ),
    Card(
        "honours", "土枇杷之乡、示范园等称号", "count", "stage", "第三条、第四条（九）（十二）", "打造闻名全国的“土枇杷之乡”",
        "在有效期内的称号个数", "授予单位、文号、有效期", "“之乡”由行业协会授予，不是行政称号。",
    ),
    Card("trace_coverage", "追溯覆盖率", "ratio", "year", "", MANAGEMENT, "来源完整可查的出厂重量 ÷ 全部出厂重量", "批次流转"),
    Card("survival_rate", "查验成活率", "ratio", "year", "", MANAGEMENT, "本期查验成活株数 ÷ 抽查株数", "查验记录"),
    Card("statement_on_time", "报表按时率", "ratio", "year", "", MANAGEMENT, "按期报送的乡镇报表 ÷ 应报报表", "报表签发时间"),
)  # fmt: skip

CARD_KEYS = tuple(card.indicator for card in CARDS)
