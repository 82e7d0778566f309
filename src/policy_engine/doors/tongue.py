"""The command line in the language of whoever types: help and usage errors, in Chinese where that is asked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo

from policy_engine.basics.errors import Lang, visible
from policy_engine.doors.options import language_of
from policy_engine.words import Exit

_EXAMPLE: Final = re.compile(r"Example: (.*)")
_QUOTED: Final = re.compile(r"'([^']*)'")


def asked_for(args: Sequence[str]) -> Lang:
    """The language of a command line that may not be usable: what `--lang` says, else that of the environment."""
    for arg, after in pairwise([*args, ""]):
        said = after if arg == "--lang" else arg.removeprefix("--lang=") if arg.startswith("--lang=") else ""
        if said in ("en", "zh"):
            return language_of(said)
    return language_of(None)


_TWICE: Final = "one is taken, and more than one is named"
_ALONE: Final = frozenset({"output", "facts", "measured", "mapping", "members", "vary", "maximize", "minimize"})
"""Options of which none may be passed over: files that are written, facts that are read, inputs that are asked about."""


class Command(TyperCommand):
    """A command whose help has both languages."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed. The last value of an option counts, but of two files with facts none is passed over in silence."""
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for param in given:
            option: Any = param if param.name in _ALONE else None
            if option and not option.multiple and given.count(param) > 1:
                raise typer.BadParameter(_TWICE, ctx=ctx, param=param)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """The help in the language that was asked for."""
        return _help(self, ctx) if ctx.obj == "zh" else super().get_help(ctx)


class Group(TyperGroup):
    """Commands that share a language: help and usage errors of all are in it."""

    def get_help(self, ctx: Any) -> str:
        """The help in the language that was asked for."""
        return _help(self, ctx) if ctx.obj == "zh" else super().get_help(ctx)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Run a command line; in Chinese a mistake in it is told in Chinese."""
        args = sys.argv[1:] if args is None else list(args)
        lang = asked_for(args)
        if lang == "en" or not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode, **extra, obj=lang)
        try:
            code = super().main(args, prog_name, complete_var, False, **extra, obj=lang)
        except typer.Abort:
            sys.exit(Exit.NON_COMPLIANT)
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            typer.echo(_mistake(error), err=True)
            sys.exit(Exit.UNUSABLE)
        sys.exit(code if isinstance(code, int) else Exit.COMPLIANT)


class Commands(typer.Typer):
    """A command line in both languages, whose commands come from many rooms, each entered when one of them is asked for."""

    doors: Mapping[str, tuple[str, ...]] = {}
    """Rooms of this floor beside the one that makes the command line, with the commands that each adds to it."""

    @property
    def registered_commands(self) -> list[CommandInfo]:
        """The commands: those of all rooms, but for those that `only` passed over."""
        doors, self.doors = self.doors, {}
        for room in doors:
            import_module(f"policy_engine.doors.{room}").add_to(self)
        return self._commands

    @registered_commands.setter
    def registered_commands(self, commands: list[CommandInfo]) -> None:
        self._commands = commands

    def command(self, name: str | None = None, **how: Any) -> Callable[[Any], Any]:
        """Add a command."""
        return super().command(name, cls=Command, **how)

    def only(self, args: Sequence[str]) -> None:
        """Keep no command but the one that is called, if one is: the options of all others need not be made, nor their rooms entered."""
        called = args[0] if args else ""
        own = any(called == _name(command) for command in self._commands)
        rooms = {room: names for room, names in self.doors.items() if called in names}
        if own or rooms:
            self.doors = rooms
            self._commands = [command for command in self.registered_commands if called == _name(command)]


def _name(command: CommandInfo) -> str:
    return str(command.name or getattr(command.callback, "__name__", ""))


def _help(command: Any, ctx: Any) -> str:
    lines = [_usage(command, ctx), "", *_told(command.help)]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.get_params(ctx) if p.param_type_name == "option"]
    for head, params in (("参数：", arguments), ("选项：", options)):
        lines += ["", head] if params else []
        for param in params:
            lines += [f"  {_spelt(param)}", *(f"      {line}" for line in (_meaning(param),) if line)]
    commands = getattr(command, "commands", {})
    if commands:
        width = max(map(len, commands))
        told = ((name, next(iter(_told(one.help)), "")) for name, one in commands.items())
        lines += ["", "命令：", *(f"  {name:<{width}}  {first}" for name, first in told)]
    return "\n".join([*lines, *(["", *_told(command.epilog)] if command.epilog else [])])


def _usage(command: Any, ctx: Any) -> str:
    if hasattr(command, "commands"):
        return f"用法：{ctx.command_path} [选项] 命令 [参数]…"
    parts = (
        _spelt(p) if p.required else f"[{_spelt(p).strip('[]')}]"
        for p in command.params
        if not p.opts[0].startswith("-")
    )
    return " ".join((f"用法：{ctx.command_path} [选项]", *parts))


def _told(text: str | None) -> list[str]:
    """A help text by its parts: what it does, the example, what else there is to know."""
    from policy_engine.doors.help_zh import HELP

    lines = []
    for paragraph in re.split(r"\n\s*\n", text or ""):
        plain = " ".join(paragraph.split())
        shown = _EXAMPLE.search(plain)
        said = plain[: shown.start()].strip() if shown else plain
        lines += [HELP.get(said, said)] if said else []
        lines += [f"示例：{HELP.get(shown[1], shown[1])}"] if shown else []
    return lines


def _metavar(param: Any) -> str:
    from policy_engine.doors.help_zh import METAVARS

    choices = getattr(param.type, "choices", None)
    if choices:
        return f"[{'|'.join(str(getattr(one, 'value', one)) for one in choices)}]"
    shown = str(param.metavar or param.name)
    return METAVARS.get(shown, shown)


def _spelt(param: Any) -> str:
    """An argument, or an option with what it takes: `--as-of 日期`."""
    if param.param_type_name == "argument":
        return _metavar(param)
    spelt = ", ".join(sorted(param.opts, key=len))
    return spelt if getattr(param, "is_flag", False) else f"{spelt} {_metavar(param)}"


def _meaning(param: Any) -> str:
    from policy_engine.doors.help_zh import HELP

    told = getattr(param, "help", None) or ""
    said = [HELP.get(told, told)] if told else []
    given = param.show_default if isinstance(param.show_default, str) else param.default
    if param.envvar:
        said.append(f"（环境变量 {param.envvar}）")
    if param.required:
        said.append("（必填）")
    elif given and isinstance(word := getattr(given, "value", given), (str, int)) and not isinstance(given, bool):
        word = str(word)
        said.append(f"（默认：{HELP.get(word, word)}）")
    return "".join(said)


def _mistake(error: Any) -> str:
    """A usage error of the library under the command line."""
    ctx = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    head = [_usage(ctx.command, ctx), f"说明见：{ctx.command_path} --help", ""] if ctx is not None else []
    return "\n".join([*head, f"错误：{visible(_said(error))}"])


def _said(error: Any) -> str:
    """What is wrong, by the kind of the error and the words in it."""
    message, param = str(error.format_message()), getattr(error, "param", None)
    match type(error).__name__:
        case "NoSuchOption":
            return f"没有 {error.option_name} 这一选项" + _near(error.possibilities)
        case "MissingParameter" if param is not None:
            return f"缺少{_which(param)}".rstrip()
        case "BadOptionUsage":
            return f"选项 {error.option_name} 缺少值" if "requires" in message else f"选项 {error.option_name} 不带值"
        case "BadParameter" if param is not None:
            return f"{_which(param)}不可用：{_why(str(error.message))}"
        case "NoSuchCommand" | "UsageError" if "o such command" in message:
            name, *near = _QUOTED.findall(message)
            return f"没有 `{name}` 这一命令" + _near(near)
        case "UsageError" if "extra argument" in message:
            return f"多余的参数：{message.partition('(s) (')[2].rstrip(')') or message.partition('(')[2].rstrip(')')}"
        case "UsageError" if message.startswith("Missing command"):
            return "请写明命令"
        case _:
            return message


def _near(words: Iterable[str] | None) -> str:
    found = "、".join(sorted(words or ()))
    return f"，是否想写 {found}？" if found else ""


def _which(param: Any) -> str:
    return f"参数“{_metavar(param)}”" if param.param_type_name == "argument" else f"选项 {max(param.opts, key=len)} "


def _why(message: str) -> str:
    """What is wrong with a value."""
    if message == _TWICE:
        return "只取一个，却给出了多个"
    for told in (r"'(?P<value>.*)' is not one of (?P<rest>.*)\.", r"`(?P<value>.*)` is none of: (?P<rest>.*)"):
        if found := re.fullmatch(told, message):
            return f"“{found['value']}”不是以下之一：{found['rest'].replace(chr(39), '').replace(', ', '、')}"
    if found := re.fullmatch(r"'(?P<value>.*)' is not a valid (?P<kind>int|float)(?:eger)?(?: range)?\.", message):
        return f"“{found['value']}”不是{'整数' if found['kind'] == 'int' else '数'}"
    if found := re.fullmatch(r"(?P<value>\S+) is not in the range (?P<range>.*)\.", message):
        return f"{found['value']} 不在范围内：{re.sub('<=x<=', ' 至 ', found['range'])}"
    return message
