"""What the parsers of YAML and JSON say of a mistake, in Chinese; what is not listed stays as they say it."""

from __future__ import annotations

from typing import Final

from policy_engine.basics.errors import Text

_CHINESE: Final = {
    "mapping values are not allowed in this context": "此处不应再有 `: `", "mapping values are not allowed here": "此处不应再有 `: `",
    "did not find expected ',' or ']'": "缺少逗号或 ]", "did not find expected ',' or '}'": "缺少逗号或 }",
    "did not find expected key": "此处应为名称", "did not find expected '-' indicator": "此处应以 - 开头",
    "did not find expected node content": "此处缺少内容", "could not find expected ':'": "缺少冒号",
    "found unexpected end of stream": "引号没有成对", "found character that cannot start any token": "此处的符号不能用于开头",
    "did not find expected <document start>": "内容在此处中断",
    "Expecting value": "此处应为值", "Expecting property name enclosed in double quotes": "此处应为带双引号的名称",
    "Expecting ',' delimiter": "缺少逗号", "Expecting ':' delimiter": "缺少冒号", "Extra data": "其后还有多余的内容",
    "Unterminated string starting at": "引号没有成对", "Invalid control character at": "文字中有控制字符",
    "Illegal trailing comma before end of object": "末尾多一个逗号", "Illegal trailing comma before end of array": "末尾多一个逗号",
}  # fmt: skip


def said_by_parser(form: str, why: str) -> Text:
    """`not valid JSON: …`."""
    return Text(f"not valid {form}: {why}", f"不是有效的 {form}：{_CHINESE.get(why, why)}")
