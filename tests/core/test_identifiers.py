"""Numbers of people, firms and goods."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core import identifiers as ids
from trace.core.errors import Invalid

TODAY = date(2026, 11, 24)
examples = settings(deadline=None, max_examples=80)


def refusal(check, *args):
    """The message and the code a check answers with."""
    with pytest.raises(Invalid) as caught:
        check(*args)
    return str(caught.value), caught.value.code


@pytest.mark.parametrize(
    "typed", ["91430422ma4dem000w", " 91430422 MA4DEM000W ", "９１４３０４２２ＭＡ４ＤＥＭ０００Ｗ"]
)
def test_credit_codes_are_normalised(typed):
    assert ids.check_uscc(typed) == "91430422MA4DEM000W"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("91430422MA4DEM0001", "统一社会信用代码校验位不正确（应为 W）。"),
        ("91430422MA4DEM00W", "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。"),
        ("91430422MAIDEM000W", "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。"),
        ("91430422MA4DEM000W" + " " * 5000, "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。"),
        ("", "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。"),
    ],
)
def test_wrong_credit_codes_are_refused(typed, message):
    assert refusal(ids.check_uscc, typed)[0] == message


@given(st.text(ids.USCC_ALPHABET, min_size=17, max_size=17), st.integers(0, 17), st.sampled_from(ids.USCC_ALPHABET))
@examples
def test_one_wrong_character_in_a_credit_code_is_caught(first17, place, other):
    code = first17 + ids.uscc_check_digit(first17)
    assert ids.check_uscc(code) == code
    altered = code[:place] + other + code[place + 1 :]
    if altered != code:
        with pytest.raises(Invalid):
            ids.check_uscc(altered)


@pytest.mark.parametrize(
    ("typed", "number", "birth"),
    [
        ("430422199001010018", "430422199001010018", date(1990, 1, 1)),
        ("４３０４２２１９７６０７１５００２４", "430422197607150024", date(1976, 7, 15)),
        (" 430422 19760715 0024", "430422197607150024", date(1976, 7, 15)),
    ],
)
def test_citizen_ids_are_normalised(typed, number, birth):
    checked = ids.check_citizen_id(typed, TODAY)
    assert (checked.number, checked.birth, checked.region, checked.warnings) == (number, birth, "430422", ())


def test_a_small_x_is_read_as_the_check_character():
    first17 = next(
        f"43042219900101{n:03d}" for n in range(999) if ids.citizen_id_check_digit(f"43042219900101{n:03d}") == "X"
    )
    assert ids.check_citizen_id(first17 + "x", TODAY).number == first17 + "X"


@pytest.mark.parametrize(
    ("typed", "message", "code"),
    [
        ("4.30422E+17", "身份证号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。", "ID_SCIENTIFIC"),
        ("4.30422e17", "身份证号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。", "ID_SCIENTIFIC"),
        ("430422900101001", "15 位老身份证号已停用，请填写 18 位号码。", "ID_OLD"),
        ("43042219900101001", "身份证号应为 18 位。", "ID_FORMAT"),
        ("43042219900101001Y", "身份证号应为 18 位。", "ID_FORMAT"),
        ("٤٣٠٤٢٢١٩٩٠٠١٠١٠٠١٨", "身份证号应为 18 位。", "ID_FORMAT"),
        ("430422198502291239", "出生日期 1985-02-29 不存在。", "ID_BIRTH"),
        ("430422209901010019", "出生日期 2099-01-01 晚于今天。", "ID_BIRTH"),
        ("430422199001010010", "身份证号校验位不正确，请核对。", "ID_CHECK"),
    ],
)
def test_wrong_citizen_ids_are_refused(typed, message, code):
    assert refusal(ids.check_citizen_id, typed, TODAY) == (message, code)


def test_an_unknown_region_only_warns():
    first17 = "43999919900101001"
    checked = ids.check_citizen_id(first17 + ids.citizen_id_check_digit(first17), TODAY)
    assert [str(w) for w in checked.warnings] == ["身份证号前 6 位 439999 不是已知的县级区划代码，请核对。"]


def test_personal_numbers_do_not_show_in_a_repr():
    assert "430422199001010018" not in repr(ids.check_citizen_id("430422199001010018", TODAY))
    assert "6222021234567890123" not in repr(ids.check_bank_account("6222021234567890123"))


@pytest.mark.parametrize("typed", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"])
def test_mobiles_are_normalised(typed):
    assert ids.check_mobile(typed) == "13800138000"
    assert ids.check_phone(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["12800138000", "1380013800", "138001380001", "电话", ""])
def test_wrong_mobiles_are_refused(typed):
    assert refusal(ids.check_mobile, typed) == ("手机号应为 11 位数字，以 13 至 19 开头。", "MOBILE_FORMAT")
    assert refusal(ids.check_phone, typed) == (
        "联系电话格式不正确，请填手机号，或带区号的座机号如 0734-8712345。",
        "PHONE_FORMAT",
    )


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("07348712345", "0734-8712345"),
        ("（0734）8712345", "0734-8712345"),
        ("010 62345678", "010-62345678"),
        ("0734-8712345-802", "0734-8712345-802"),
        ("4008001234", "400-800-1234"),
    ],
)
def test_landlines_are_normalised(typed, number):
    assert ids.check_phone(typed) == number


def test_bank_accounts_warn_about_luhn_and_refuse_damage():
    assert ids.check_bank_account("4111 1111-1111 1111") == ids.BankAccount("4111111111111111")
    odd = ids.check_bank_account("6222021234567890123")
    assert [str(w) for w in odd.warnings] == ["银行账号校验位不符，请与存折或银行卡核对。"]
    assert refusal(ids.check_bank_account, "6.22202E+18") == (
        "银行账号被 Excel 转成了科学计数法，请把该列设为文本后重新导入。",
        "ACCOUNT_SCIENTIFIC",
    )
    for typed in ("411111111111111", "41111111111111111111", "开户行"):
        assert refusal(ids.check_bank_account, typed) == ("银行账号应为 16 至 19 位数字。", "ACCOUNT_FORMAT")


def test_production_licences():
    assert ids.check_sc("sc10143042200015") == "SC10143042200015"
    for typed in ("SC1014304220001", "QS10143042200015", "SC101430422000155"):
        assert refusal(ids.check_sc, typed) == ("食品生产许可证编号应为 SC 加 14 位数字。", "SC_FORMAT")


@pytest.mark.parametrize("code", ["09521234000013", "09521234000020", "9521234000013", "96385074"])
def test_good_gtins(code):
    assert ids.check_gtin(f" {code} ") == code


def test_wrong_gtins_are_refused():
    assert refusal(ids.check_gtin, "09521234000014") == ("商品条码校验位不正确（应为 3）。", "GTIN_CHECK")
    for typed in ("0952123400001", "1" * 15, "0952123400001A", ""):
        assert refusal(ids.check_gtin, typed)[1] in {"GTIN_FORMAT", "GTIN_CHECK"}
    assert refusal(ids.check_gtin, "123") == ("商品条码应为 8、12、13 或 14 位数字。", "GTIN_FORMAT")


def test_the_check_digit_serves_sscc_too():
    assert ids.has_gs1_check_digit("095212340000000013")
    assert not ids.has_gs1_check_digit("095212340000000014")
    assert not ids.has_gs1_check_digit("3")


def test_masks_show_little():
    assert ids.mask_name("王五") == "王*"
    assert ids.mask_name("欧阳小明") == "欧***"
    assert ids.mask_name("王") == "王*"
    assert ids.mask_name("") == ""
    assert ids.mask_id("430422199001010018") == "…0018"
    assert ids.mask_account("4111111111111111") == "…1111"
    assert ids.mask_account("1111") == ""
    assert ids.mask_mobile("13800138000") == "138****8000"
    assert ids.mask_mobile("0734-8712345") == "…2345"


@pytest.mark.parametrize(
    "secret",
    [
        "430422199001010018",
        "43042219900101001X",
        "43042219900101001x",
        "430422 19900101 0018",
        "430422900101001",
        "6222021234567890123",
        "6222 0212 3456 7890 123",
        "13800138000",
        "138-0013-8000",
        "４３０４２２１９９００１０１００１８",
    ],
)
def test_logs_lose_personal_numbers(secret):
    assert ids.redact(f"户主{secret}，已登记") == "户主［已隐去］，已登记"


def test_logs_keep_what_is_not_personal():
    line = "2026-11-24 00:41:51 plot 430422122246-0012 lot H26-0001 420500 g 430422122246 SC10143042200015 2026-11-24 2026-11-25"
    assert ids.redact(line) == line


@given(st.integers(0, 2**60 - 1))
@examples
def test_public_codes_read_back_as_people_write_them(value):
    code = ids.crockford32_encode(value, 12)
    assert len(code) == 12
    assert ids.crockford32_decode(code) == value
    sloppy = code.lower().replace("1", "l").replace("0", "o")
    assert ids.crockford32_decode(f"{sloppy[:4]}-{sloppy[4:]}") == value


def test_public_codes_refuse_what_they_cannot_hold():
    assert ids.crockford32_encode(31, 2) == "0Z"
    for value, length in ((32, 1), (-1, 3)):
        with pytest.raises(ValueError, match="fit"):
            ids.crockford32_encode(value, length)
    for text in ("U", "A!", "枇", "", "--"):
        with pytest.raises(ValueError, match=r"nothing|substring"):
            ids.crockford32_decode(text)


@given(st.text(max_size=40))
@examples
def test_any_text_is_accepted_or_refused_in_words(text):
    for check in (ids.check_uscc, ids.check_phone, ids.check_bank_account, ids.check_gtin, ids.check_sc):
        try:
            check(text)
        except Invalid as error:
            assert str(error)
