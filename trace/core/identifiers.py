"""Numbers that name people, firms and goods: checked, normalised, masked.

Sources: GB 32100, GB 11643, GS1 mod-10 (domain brief §2.7, §2.10).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from stdnum import luhn, numdb

from trace.core.errors import Invalid
from trace.core.text import Message
from trace.core.units import normalise_digits

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CROCKFORD_LETTERS = frozenset(CROCKFORD)
_LOOKALIKES = str.maketrans("ILO", "110")
_PYTHON_DIGITS = str.maketrans(CROCKFORD, "0123456789abcdefghijklmnopqrstuv")
GTIN_LENGTHS = (8, 12, 13, 14)
MAX_TYPED = 64

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")
_LANDLINE = re.compile(r"\(?(010|02[0-9]|0[3-9][0-9]{2})\)?-?([2-9][0-9]{6,7})(?:-([0-9]{1,6}))?")
_SERVICE_LINE = re.compile(r"(400|800)-?([0-9]{3})-?([0-9]{4})")
_HAN = r"[\u4e00-\u9fff]"
_DEALER = re.compile(rf"农药经许[(（〔]?({_HAN})[)）〕]?([0-9]{{11}})")
_CATL = re.compile(rf"[\[【〔(（]?(20[0-9]{{2}})[\]】〕)）]?农质检核[(（]?({_HAN}{{1,2}})[)）]?字第([0-9]{{3,5}})号")
_PERSONAL = re.compile(
    r"(?<!\d)(?:"
    r"\d{6}[ -]\d{8}[ -]\d{3}[\dXx]"  # a citizen ID written in groups
    r"|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?"  # a bank card written in groups
    r"|\d{17}[Xx]|\d{15,}"
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r")(?!\d)"
)


@dataclass(frozen=True)
class CitizenId:
    """A checked citizen ID number, what it says, and what looks odd. Its ``repr`` never shows the number."""

    number: str = field(repr=False)
    birth: date = field(repr=False)
    region: str
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True)
class BankAccount:
    """A bank account number and what looks odd about it. Its ``repr`` never shows the number."""

    number: str = field(repr=False)
    warnings: tuple[Message, ...] = ()


def squeeze(text: str) -> str:
    """Full-width to plain, no blanks, upper case; anything absurdly long becomes nothing."""
    return re.sub(r"\s", "", normalise_digits(text)).upper() if len(text) <= MAX_TYPED else ""


def uscc_check_digit(first17: str) -> str:
    """The 18th character of a unified social credit code: (31 − Σ mod 31) mod 31."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def check_uscc(text: str, field: str = "uscc") -> str:
    """A unified social credit code; letters in the first two places (N1, N2 …) are legal for rural collectives."""
    code = squeeze(text).replace("-", "")
    if _SCIENTIFIC.fullmatch(code):
        raise Invalid(
            "统一社会信用代码被 Excel 转成了科学计数法，请把该列设为文本后重新导入。",
            field=field,
            code="USCC_SCIENTIFIC",
        )
    if len(code) != 18 or any(c not in USCC_ALPHABET for c in code):
        raise Invalid(
            "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。", field=field, code="USCC_FORMAT"
        )
    right = uscc_check_digit(code[:17])
    if code[17] != right:
        raise Invalid("统一社会信用代码校验位不正确（应为 %(right)s）。", field=field, code="USCC_CHECK", right=right)
    return code


def check_citizen_id(text: str, today: date, field: str = "id_number") -> CitizenId:
    """A citizen ID number of 18 places: check digit, and a birth date that exists and is not to come."""
    number = squeeze(text)
    if _SCIENTIFIC.fullmatch(number):
        raise Invalid(
            "身份证号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。", field=field, code="ID_SCIENTIFIC"
        )
    if re.fullmatch(r"[0-9]{15}", number):
        raise Invalid("15 位老身份证号已停用，请填写 18 位号码。", field=field, code="ID_OLD")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise Invalid("身份证号应为 18 位。", field=field, code="ID_FORMAT")
    birth = _birth_date(number, today, field)
    if number[17] != citizen_id_check_digit(number[:17]):
        raise Invalid("身份证号校验位不正确，请核对。", field=field, code="ID_CHECK")
    return CitizenId(number, birth, number[:6], _region_warnings(number[:6]))


def citizen_id_check_digit(first17: str) -> str:
    """The 18th character of a citizen ID number (ISO 7064 mod 11-2)."""
    return ID_CHECK[sum(int(c) * w for c, w in zip(first17, ID_WEIGHTS, strict=True)) % 11]


def check_mobile(text: str, field: str = "phone") -> str:
    """A mobile number, blanks, hyphens and +86 taken off."""
    number = squeeze(text).replace("-", "").removeprefix("+86")
    if not re.fullmatch(r"1[3-9][0-9]{9}", number):
        raise Invalid("手机号应为 11 位数字，以 13 至 19 开头。", field=field, code="MOBILE_FORMAT")
    return number


def check_phone(text: str, field: str = "phone") -> str:
    """A mobile number, a landline with its area code (``0734-8712345``) or a 400/800 line."""
    number = squeeze(text)
    if _SCIENTIFIC.fullmatch(number):
        raise Invalid(
            "联系电话被 Excel 转成了科学计数法，请把该列设为文本后重新导入。", field=field, code="PHONE_SCIENTIFIC"
        )
    for pattern in (_LANDLINE, _SERVICE_LINE):
        found = pattern.fullmatch(number)
        if found:
            return "-".join(part for part in found.groups() if part)
    try:
        return check_mobile(number, field)
    except Invalid as error:
        raise Invalid(
            "联系电话格式不正确，请填手机号，或带区号的座机号如 0734-8712345。", field=field, code="PHONE_FORMAT"
        ) from error


def check_bank_account(text: str, field: str = "account") -> BankAccount:
    """A bank card or account number of 16 to 19 digits; a wrong Luhn digit only warns, some rural cards fail it."""
    number = squeeze(text).replace("-", "")
    if _SCIENTIFIC.fullmatch(number):
        raise Invalid(
            "银行账号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。", field=field, code="ACCOUNT_SCIENTIFIC"
        )
    if not re.fullmatch(r"[0-9]{16,19}", number):
        raise Invalid("银行账号应为 16 至 19 位数字。", field=field, code="ACCOUNT_FORMAT")
    if luhn.is_valid(number):
        return BankAccount(number)
    return BankAccount(number, (Message("银行账号校验位不符，请与存折或银行卡核对。"),))


def check_sc(text: str, field: str = "sc_number") -> str:
    """A food production licence number: SC and 14 digits."""
    number = squeeze(text)
    if not re.fullmatch(r"SC[0-9]{14}", number):
        raise Invalid("食品生产许可证编号应为 SC 加 14 位数字。", field=field, code="SC_FORMAT")
    return number


def check_pesticide_dealer(text: str, field: str = "doc_no") -> str:
    """A pesticide dealer's licence number, 农药经许（湘）43042220001: province, then 11 digits of place, scope and serial."""
    found = _DEALER.fullmatch(squeeze(text))
    if not found:
        raise Invalid(
            "农药经营许可证号应形如“农药经许（湘）43042220001”，末尾 11 位数字。", field=field, code="DEALER_FORMAT"
        )
    return f"农药经许（{found[1]}）{found[2]}"


def check_cma(text: str, field: str = "doc_no") -> str:
    """A CMA certificate number: 12 digits, the word CMA before them taken off."""
    number = squeeze(text).removeprefix("CMA")
    if not re.fullmatch(r"[0-9]{12}", number):
        raise Invalid("CMA 证书编号应为 12 位数字。", field=field, code="CMA_FORMAT")
    return number


def check_catl(text: str, field: str = "doc_no") -> str:
    """A CATL certificate number, 〔2021〕农质检核（湘）字第0012号."""
    found = _CATL.fullmatch(squeeze(text))
    if not found:
        raise Invalid("CATL 证书编号应形如“〔2021〕农质检核（湘）字第0012号”。", field=field, code="CATL_FORMAT")
    return f"〔{found[1]}〕农质检核（{found[2]}）字第{found[3]}号"


def gtin_check_digit(digits: str) -> str:
    """GS1 mod-10 check digit of the digits before it (GTIN, GLN and SSCC alike)."""
    total = sum(int(c) * (3 if n % 2 == 0 else 1) for n, c in enumerate(reversed(digits)))
    return str(-total % 10)


def has_gs1_check_digit(digits: str) -> bool:
    """Do the digits end in their GS1 mod-10 check digit?"""
    return re.fullmatch(r"[0-9]{2,}", digits) is not None and digits[-1] == gtin_check_digit(digits[:-1])


def check_gtin(text: str, field: str = "gtin") -> str:
    """A GTIN of 8, 12, 13 or 14 digits."""
    code = squeeze(text)
    if len(code) not in GTIN_LENGTHS or not re.fullmatch(r"[0-9]+", code):
        raise Invalid("商品条码应为 8、12、13 或 14 位数字。", field=field, code="GTIN_FORMAT")
    if not has_gs1_check_digit(code):
        raise Invalid(
            "商品条码校验位不正确（应为 %(right)s）。",
            field=field,
            code="GTIN_CHECK",
            right=gtin_check_digit(code[:-1]),
        )
    return code


def mask_name(name: str) -> str:
    """The first character and a star for each other: 王五 → 王*."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def mask_id(number: str) -> str:
    """Only the last four: region and last four together leave some 3 300 candidates."""
    return _tail(number)


def mask_account(number: str) -> str:
    """Only the last four digits of a bank account."""
    return _tail(number)


def mask_mobile(number: str) -> str:
    """The network and the last four: 138****5678."""
    return f"{number[:3]}****{number[-4:]}" if len(number) == 11 else _tail(number)


def redact(text: str) -> str:
    """Personal numbers out of a text meant for logs."""
    return _PERSONAL.sub("［已隐去］", text)


def crockford32_encode(value: int, length: int) -> str:
    """An integer as Crockford base 32 of fixed length; raises ValueError when it does not fit."""
    if not 0 <= value < 32**length:
        raise ValueError("value does not fit")
    return "".join(CROCKFORD[value >> 5 * place & 31] for place in reversed(range(length)))


def crockford32_decode(text: str) -> int:
    """The integer of Crockford base 32 (I and L read as 1, O as 0, hyphens skipped); ValueError on anything else."""
    digits = text.replace("-", "").upper().translate(_LOOKALIKES)
    if not digits or not _CROCKFORD_LETTERS.issuperset(digits):
        raise ValueError("nothing that can be decoded")
    return int(digits.translate(_PYTHON_DIGITS), 32)


def _birth_date(number: str, today: date, field: str) -> date:
    birth = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    try:
        born = date.fromisoformat(birth)
    except ValueError as error:
        raise Invalid("出生日期 %(birth)s 不存在。", field=field, code="ID_BIRTH", birth=birth) from error
    if born > today:
        raise Invalid("出生日期 %(birth)s 晚于今天。", field=field, code="ID_BIRTH", birth=birth)
    return born


def _region_warnings(region: str) -> tuple[Message, ...]:
    """County codes change, so a region nobody knows is a reason to look again, not to refuse."""
    county = any("county" in facts for _, facts in numdb.get("cn/loc").info(region))
    return (
        () if county else (Message("身份证号前 6 位 %(region)s 不是已知的县级区划代码，请核对。", {"region": region}),)
    )


def _tail(number: str) -> str:
    return f"…{number[-4:]}" if len(number) > 4 else ""
