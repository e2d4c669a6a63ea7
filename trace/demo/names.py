"""Invented names. Surnames and given names are common characters put together at random; no real grower or firm is meant."""

from __future__ import annotations

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红春梅辉玲建国志宏文博子涵雨晨思远家豪晓东海燕凤琴金生根发水清山松竹喆堃玥昇"
COOPS = ("松岭", "青坡", "云溪", "白石", "茅塘", "栗园", "花亭", "泉湾", "三和")
COLLECTIVES = ("凉坪", "石塘", "竹山")
FIRMS = ("青岭", "紫岩", "果乡", "南山湾", "绿谷", "晨露", "丘园", "溪谷", "土生", "山语", "禾穗", "林下", "清源", "百草坡")  # fmt: skip
FIRM_KINDS = ("食品有限公司", "农业发展有限公司", "果酒有限公司", "茶业有限公司")
BODIES = ("衡南县林业局", "衡南县财政局", "衡南县农业农村局", "衡南县市场监督管理局", "衡南县自然资源局", "衡南县统计局")  # fmt: skip
"""Public bodies are real; nothing but their names is given."""
SLOPES = ("石坡", "茅冲", "樟树坳", "老屋背", "油榨冲", "杉木坡", "塘湾里", "白泥坳", "枫树坪", "岩背岭", "大塘边", "紫石岭")  # fmt: skip
NURSERIES = ("松苗", "育林")
OFFICIALS = ("周明远", "秦雨晨", "沈博文", "叶秀英", "钟建华", "卢思远", "贺清山", "邵晓东", "段家豪", "黎文静", "汤国平", "尹海燕", "易春梅")  # fmt: skip


def person(rng: Random) -> str:
    """An invented personal name of two or three characters."""
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2))))
