"""What the article says of the three counties, as the demonstration must give it back.

Written from the article, not from deploy/demo: the two are compared.
"""

SOURCE = "《“组团式”服务凝聚振兴力量》（渭南，记者刘居星）"


def figure(metric, value, unit, qualifier, phrase, basis="UNSPECIFIED", value_to="", period=""):
    return {
        "metric": metric, "value": value, "value_to": value_to, "unit": unit,
        "qualifier": f"QUALIFIER_{qualifier}", "basis": f"FIGURE_BASIS_{basis}", "period": period,
        "phrase": phrase, "source": SOURCE}


GRANT = figure("争取资金", "350000", "元", "EXACT", "申请到35万元的大唐援建项目")

# Of each story: county, number, who asks, who leads, and the figures of its result.
STORIES = [
    {"county": "610524", "number": "合阳-230306-001", "asker": "李怀国", "place": "北顺村",
     "lead": "头雁小组", "result": "RESULT_KIND_SOLVED", "figures": [
         figure("服装厂可容纳员工", "50", "人", "EXACT", "服装厂可容纳员工50人", "CAPACITY"),
         figure("人均月工资", "3000", "元/月", "EXACT", "人均月工资3000元", "AVERAGE")]},
    {"county": "610524", "number": "合阳-230605-001", "asker": "新池镇干部", "place": "新池镇",
     "lead": "产业小组", "result": "RESULT_KIND_PARTLY_SOLVED", "figures": [
         figure("卖得好的每亩收入", "50000", "元/亩", "EXACT", "一亩地卖出五六万元",
                value_to="60000"),
         figure("卖得差的每亩收入", "20000", "元/亩", "SHORT_OF", "一亩地两万元都卖不到"),
         figure("指导的教授", "2", "位", "EXACT", "时春喜和张宗勤两位教授"),
         figure("示范户", "10", "户", "EXACT", "手把手指导10个示范户"),
         figure("每个示范户负责的普通种植户", "10", "户", "EXACT",
                "10个示范户再负责10—20户普通种植户", value_to="20"),
         figure("阳光玫瑰葡萄亩产量", "2250", "公斤/亩", "AT_LEAST",
                "阳光玫瑰葡萄预测亩产量在2250公斤以上", "FORECAST")]},
    {"county": "610525", "number": "澄城-230612-001", "asker": "许辰君", "place": "东白龙村",
     "lead": "产业小组", "result": "RESULT_KIND_SOLVED", "figures": [GRANT]},
    {"county": "610502", "number": "临渭-230417-001", "asker": "李新超", "place": "李十三村",
     "lead": "营销小组", "result": "RESULT_KIND_SOLVED", "figures": [
         figure("培训人数", "50", "人", "MORE_THAN", "50余名营员", period="2023-04-24")]},
]

GROUPS = ["头雁小组", "产业小组", "培训小组", "营销小组"]

# County, name, title, organisation: everybody whom the article names.
PEOPLE = [
    ("610524", "李怀国", "党支部书记", "北顺村"),
    ("610524", "张华海", "第一书记（西北农林科技大学派驻）", "南沟社区"),
    ("610524", "张华海", "成员", "产业小组"),
    ("610524", "时春喜", "教授", "西北农林科技大学"),
    ("610524", "张宗勤", "教授", "西北农林科技大学"),
    ("610525", "许辰君", "第一书记（渭南市纪委监委派驻）", "东白龙村"),
    ("610525", "姚敏成", "第一书记（中国大唐集团有限公司派驻）", "和家楼村"),
    ("610502", "李新超", "村委会副主任", "李十三村"),
    ("610502", "肖西锋", "负责人", "临渭区电商直播孵化基地"),
    ("610524", "胡海军", "副部长", "渭南市委组织部"),
    ("610525", "胡海军", "副部长", "渭南市委组织部"),
    ("610502", "胡海军", "副部长", "渭南市委组织部"),
]
