"""Amounts, shares and dates as people write them, under headers as they stand in sheets, each with what it means."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

DIGITS = "零一二三四五六七八九"
FORMAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
WIDE = str.maketrans("0123456789.,%", "０１２３４５６７８９．，％")
SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "万亿": 10**12}
HEADERS = {
    "": None,
    "（元）": 1,
    "（千元）": 1000,
    "（万元）": 10**4,
    "/万元": 10**4,
    "：亿元": 10**8,
    "（百万元）": 10**6,
}


def spelt(number):
    """A whole number in Chinese numerals as it is taught."""
    if number < 10:
        return DIGITS[number]
    for unit, word in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= unit:
            head, rest = divmod(number, unit)
            gap = "零" if 0 < rest < unit // 10 else ""
            return spelt(head) + word + gap + (spelt(rest) if rest else "")
    raise AssertionError(number)


def decimal(number, places):
    """A number with so many decimal places, as digits."""
    whole, part = divmod(number, 10**places)
    return f"{whole}.{part:0{places}}" if places else str(whole)


def amount(chance):
    """The unit a header has, a cell, and the yuan it means (None: nobody can tell)."""
    header = chance.choice(list(HEADERS))
    factor = HEADERS[header]
    places = chance.choice([0, 0, 0, 1, 2, 4])
    number = chance.choice([chance.randrange(100), chance.randrange(10**4), chance.randrange(10**9)])
    value, scale = Fraction(number, 10**places), chance.choice(list(SCALES))
    digits = decimal(number, places)
    if chance.random() < 0.3 and not places:
        digits = f"{number:,}"
    if chance.random() < 0.35:
        whole = chance.choice([number, chance.randrange(10**6), chance.randrange(10**13)])
        text, value = spelt(whole), Fraction(whole)
        if chance.random() < 0.2:
            text = text.replace("二千", "两千").replace("二百", "两百").replace("二万", "两万")
        if chance.random() < 0.2 and text.startswith("一十"):
            text = text[1:]
        if chance.random() < 0.2:
            text = text.translate(FORMAL)
        scale = ""
    else:
        text = digits + scale
        value *= SCALES[scale]
    written = text if chance.random() < 0.8 else text.translate(WIDE)
    unit = chance.choice(["", "", "元", "元整", " 元", "圆", "块", "yuan"])
    mark = chance.choice(["", "", "", "¥", "￥", "人民币", "RMB ", "-", "约", "+"])
    cell = mark + written + unit
    if mark == "约":
        return header, cell, None
    meant = -value if mark == "-" else value
    if mark in ("¥", "￥", "人民币", "RMB ") and not unit and factor not in (None, 1):
        return header, cell, None
    if unit or factor in (None, 1):
        return header, cell, meant
    return header, cell, None if scale else meant * factor


def share(chance):
    """A header, a cell, and the share it means."""
    header = chance.choice(["", "（%）"])
    number, places = chance.randrange(10_000), chance.choice([0, 1, 2])
    value = Fraction(number, 10**places)
    digits = decimal(number, places)
    forms = [
        (digits + "%", value / 100), (digits + " %", value / 100), (digits + "％", value / 100), (digits + "﹪", value / 100),
        (digits + "‰", value / 1000), ((digits + "%").translate(WIDE), value / 100),
        ("百分之" + spelt(number % 1000), Fraction(number % 1000, 100)), ("千分之" + spelt(number % 1000), Fraction(number % 1000, 1000)),
        (f"百分之{digits}", value / 100), (f"{DIGITS[number % 9 + 1]}成", Fraction(number % 9 + 1, 10)),
        (f"{number % 7}/7", None if header else Fraction(number % 7, 7)), ("一半", Fraction(1, 2)), ("半数", Fraction(1, 2)),
    ]  # fmt: skip
    if header:
        forms += [(digits, value / 100), (Decimal(digits), value / 100)]
    else:
        forms.append((f"0.{number:04}", Fraction(number, 10**4)))
        forms.append((digits, value if value <= 1 else None))
    return (header, *chance.choice(forms))


def flag(chance):
    """A cell that says yes or no, or neither."""
    forms = dict.fromkeys(["是", "有", "√", "✓", "✔", " √ ", "yes", "TRUE", "Y", "对", "☑"], True)
    forms |= dict.fromkeys(["否", "无", "没有", "×", "✗", "✘", "no", "False", "N", "错"], False)
    forms |= dict.fromkeys(["x", "X", "○", "□", "☐", "√×", "是否", "？", "1", "0", "待定", "-"])
    return ("", *chance.choice(list(forms.items())))


def date(chance):
    """A header, a cell, and the day it means."""
    day = dt.date.fromordinal(chance.randrange(dt.date(1950, 1, 1).toordinal(), dt.date(2099, 12, 31).toordinal()))
    y, m, d = day.year, day.month, day.day
    year = "".join("〇一二三四五六七八九"[int(c)] for c in str(y))
    forms = [
        day, f"{y}-{m:02}-{d:02}", f"{y}-{m}-{d}", f"{y}/{m}/{d}", f"{y}/{m:02}/{d:02}", f"{y}.{m}.{d}", f"{y}.{m:02}.{d:02}",
        f"{y}年{m}月{d}日", f"{y}年{m:02}月{d:02}日", f"{y} 年 {m} 月 {d} 日", f"{y}年{m}月{d}号", f"{y}年{m}月{d}", f"{y}{m:02}{d:02}",
        f"{year}年{spelt(m).removeprefix('一') if m >= 10 else spelt(m)}月{spelt(d)}日", f"{y}-{m:02}-{d:02} 00:00:00",
        f"{y}-{m:02}-{d:02}T00:00:00", f"{y}－{m}－{d}", f"{y}—{m}—{d}", f" {y}-{m}-{d} ", Decimal(f"{y}{m:02}{d:02}"),
    ]  # fmt: skip
    cell = chance.choice(forms)
    if chance.random() < 0.1:
        short = chance.choice([f"{y % 100:02}-{m}-{d}", f"{d}/{m}/{y}", f"{m}/{d}/{y}", f"{m}月{d}日", f"{y}年{m}月", f"{y}-{m}", f"{y}-{m}-{d}-1",
                               f"{y}-{m}-32", f"{y}-13-{d}", f"1{y}-{m}-{d}"])  # fmt: skip
        return "", short, None
    if isinstance(cell, str) and chance.random() < 0.1:
        cell = cell.translate(WIDE)
    return "", cell, day


KINDS = {"fee": amount, "part": share, "day": date, "ok": flag}
RULE = """
decision: town.rule
document: X
inputs:
  fee: {type: money}
  part: {type: share}
  day: {type: date}
  ok: {type: flag}
provisions:
  - {id: small, cite: {at: 一, phrase: 无}, require: fee > fee and part > part and day > as_of and ok}
"""


def judged(rule, job, chance):
    """One cell drawn and read: its kind, header and text, and `right`, `refused` or what it was wrongly read as."""
    from policy_engine.basics.errors import PolicyError
    from policy_engine.tables.batch import read_row
    from policy_engine.tables.columns import columns_of

    kind = chance.choice(list(KINDS))
    header, cell, meant = KINDS[kind](chance)
    columns = job.setdefault(kind + header, columns_of([kind + header], job["job"], "t.csv"))
    try:
        found = read_row(rule, [cell], columns).given.get(kind)
    except PolicyError:
        return kind, header, cell, "refused"
    return kind, header, cell, "right" if found == meant and meant is not None else f"wrong: {found}, not {meant}"
