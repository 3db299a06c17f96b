"""Say what is wrong with an answer, in the words the browser's form uses."""

from __future__ import annotations

from typing import Final

DEFAULT_LANGUAGE: Final = "zh"

# The English texts with a counterpart in form-js are its own, so that its translations and ours have the same key.
_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "required": ("Field is required.", "此项必填。"),
    "not_a_number": ("Value is not a number.", "请填写数字。"),
    "digits": ("At most {value} digits.", "最多 {value} 位有效数字。"),
    "formula": ("A formula or a fault of the file: write its value.", "为公式或错误值，请填写数值。"),
    "no_cell": ("No cell of the table is there.", "该处没有单元格。"),
    "integer": ("Value is expected to be an integer.", "请填写整数。"),
    "one_decimal": ("Value is expected to have at most 1 decimal digit.", "最多 1 位小数。"),
    "decimals": ("Value is expected to have at most {value} decimal digits.", "最多 {value} 位小数。"),
    "step": (
        "Please select a valid value, the two nearest valid values are {previousValue} and {nextValue}.",
        "请填写有效的数值，最接近的是 {previousValue} 和 {nextValue}。",
    ),
    "pattern": ("Field must match pattern {value}.", "格式不符合要求（{value}）。"),
    "min": ("Field must have minimum value of {value}.", "不得小于 {value}。"),
    "max": ("Field must have maximum value of {value}.", "不得大于 {value}。"),
    "bad_min": ("Min validation value is not a valid number.", "下限或所填数值不是有效数字。"),
    "bad_max": ("Max validation value is not a valid number.", "上限或所填数值不是有效数字。"),
    "min_length": ("Field must have minimum length of {value}.", "至少 {value} 个字符。"),
    "max_length": ("Field must have maximum length of {value}.", "最多 {value} 个字符。"),
    "phone": (
        "Field must be a valid international phone number. (e.g. +4930664040900)",
        "请填写国际格式的电话号码（例如 +8613800000000）。",
    ),
    "email": ("Field must be a valid email.", "请填写有效的电子邮箱。"),
    "text": ("Value is expected to be text.", "请填写文字。"),
    "characters": ("The text holds characters that cannot be stored.", "含有无法保存的字符。"),
    "too_long": ("The text is too long.", "文字过长。"),
    "boolean": ("Value is expected to be yes or no.", "只能为是或否。"),
    "option": ("Please choose one of the options.", "请从选项中选择。"),
    "list": ("Value is expected to be a list.", "应为列表。"),
    "date": ("Please enter a valid date.", "请填写有效的日期。"),
    "time": ("Please enter a valid time.", "请填写有效的时间。"),
    "datetime": ("Please enter a valid date and time.", "请填写有效的日期和时间。"),
    "past": ("The date must not be in the past.", "日期不得早于今天。"),
    "file": ("The file is not known; please upload it again.", "文件不存在，请重新上传。"),
    "file_type": ("Files of this type are not accepted: {value}.", "不接受此类型的文件：{value}。"),
    "file_size": ("The file is larger than {value} MB.", "文件超过 {value} MB。"),
    "file_count": ("At most {value} files.", "最多 {value} 个文件。"),
    "rows": ("Too many rows, at most {value}.", "行数过多，最多 {value} 行。"),
    "fixed_rows": ("The number of rows is fixed at {value}.", "行数固定为 {value} 行。"),
}


def text(code: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """Give the message of a code; languages other than Chinese get English."""
    english, chinese = _TEXTS[code]
    message = chinese if language.lower().startswith("zh") else english
    for name, value in values.items():
        message = message.replace("{" + name + "}", str(value))
    return message


def catalogue() -> dict[str, str]:
    """Give every English message with its Chinese counterpart, the key being the English text."""
    return dict(_TEXTS.values())
