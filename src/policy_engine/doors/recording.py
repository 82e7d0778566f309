"""The log of decisions: `--record` of other commands, and the commands `log`, `receipt`, `erase`, `verify`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeGuard

import typer

from policy_engine.basics.errors import Lang, Text, unreadable
from policy_engine.doors.options import LangOption, complaints, language, open_book, refuse, tell, version
from policy_engine.doors.rows import on_the_side
from policy_engine.words import Exit, many

if TYPE_CHECKING:
    from policy_engine.records.note import Checkpoint, Verifier
    from policy_engine.records.recorder import Recorder
    from policy_engine.records.verify import Verified
    from policy_engine.rulefiles.rulebook import Rulebook
    from policy_engine.serving.recorded import Recorded

Record = Annotated[
    Path | None, typer.Option("--record", metavar="LOG", help="Append what is decided to this log (policy log).")
]
Commit = Annotated[
    bool, typer.Option("--commit", help="Record salted hashes of facts and answer, which can be erased later.")
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--log-key", metavar="FILE", envvar="POLICY_KEY", help="The private key of the log.", show_default="LOG.key"
    ),
]
LogFolder = Annotated[Path, typer.Argument(metavar="LOG", help="The folder of a log.")]
_OWN_KEY: Final = Text(
    "the key was taken from the log itself: a log written anew under another key would pass. Keep the key elsewhere: --vkey FILE",
    "公钥取自日志本身：若有人另立密钥重写日志，则无法发现。请另行保存公钥，并用 --vkey 给出",
)
_NO_CHECKPOINT: Final = Text(
    "no checkpoint that was kept elsewhere: a log that whoever holds the key wrote anew would pass. Keep one: --checkpoint FILE",
    "未给出另行保存的检查点：若密钥持有人重写日志，则无法发现。请另行保存检查点，并用 --checkpoint 给出",
)


def key_of(folder: Path, key: Path | None) -> Path:
    """Where the private key of a log is, beside its folder if not said."""
    return key or folder.with_name(f"{folder.name}.key")


def recorder(
    record: Path | None, key: Path | None, commit: bool, assume: str, rules: Path | None,
    decision: str = "", procedure: tuple[Path, str] | None = None,
) -> Recorder | None:  # fmt: skip
    """What decisions are recorded with, if they are; the rule set is kept in the log. Raises PolicyError."""
    if not _asked_for(record, commit):
        return None
    from policy_engine.records.log import Log
    from policy_engine.records.recorder import Recorder
    from policy_engine.records.ruleset import files_of, files_of_procedure, keep

    log, book = Log(record), open_book(rules)
    files = files_of_procedure(book, *procedure) if procedure else files_of(book, [decision])
    return Recorder(log, key_of(record, key), keep(files, log.store), version(), assume, commit)


def served(record: Path | None, key: Path | None, commit: bool, book: Rulebook) -> Recorded | None:
    """What answers over a wire are recorded with, if they are; all rules are kept in the log. Raises PolicyError."""
    if not _asked_for(record, commit):
        return None
    from policy_engine.records.log import Log
    from policy_engine.serving.recorded import Recorded

    return Recorded(Log(record), key_of(record, key), book, version(), commit)


def _asked_for(record: Path | None, commit: bool) -> TypeGuard[Path]:
    if record is None and commit:
        refuse("option", "--commit is of --record", "--commit 须与 --record 同用")
    return record is not None


def only_here(record: Path | None) -> None:
    """Refuse to record what an engine decides. Raises PolicyError."""
    if record is not None:
        en, zh = "--record is of tables read row by row, not of an engine", "--record 只用于逐行读取的文件，不用于引擎"
        refuse("option", en, zh)


def recorded(found: Recorder | None, lang: Lang) -> None:
    """Append what was gathered, and say where it stands. Raises PolicyError."""
    if found is None:
        return
    found.flush()
    if found.first is not None:
        first, last, folder = found.first, found.first + found.count - 1, found.log.folder
        words = Text(f"recorded in {folder}: entry {first}", f"已记入 {folder}：第 {first} 条")
        if last > first:
            words = Text(
                f"recorded in {folder}: entries {first} to {last}", f"已记入 {folder}：第 {first} 至 {last} 条"
            )
        on_the_side(words.of(lang))


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""

    @app.command()
    def log(
        folder: LogFolder,
        origin: Annotated[
            str | None, typer.Option("--origin", metavar="NAME", help="Begin a log of this name, such as lhasa.example/finance.")
        ] = None,
        key: Key = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Begin a log of decisions, or show its public key and its checkpoint. Example: policy log decisions --origin lhasa.example/finance"""
        with complaints(language(lang)):
            from policy_engine.records.log import Log, begin

            if origin is not None:
                begin(folder, origin, key_of(folder, key))
            found = Log(folder)
            typer.echo(f"{found.verifier}\n\n{found.checkpoint().note}", nl=False)

    @app.command()
    def receipt(
        folder: LogFolder,
        number: Annotated[int, typer.Argument(metavar="N", help="The number of the entry.")],
        output: Annotated[
            Path | None, typer.Option("-o", "--output", metavar="FILE", help="The file.", show_default="N.tlog-proof")
        ] = None,
        lang: LangOption = None,
    ) -> None:
        """Write the proof that an entry is in the log, one file for a stranger. Example: policy receipt decisions 12"""
        with complaints(language(lang)):
            from policy_engine.records.log import Log
            from policy_engine.records.proof import receipt as made
            from policy_engine.tables.writing import write_text

            path = output or Path(f"{number}.tlog-proof")
            write_text(path, [made(Log(folder), number).text()])
            typer.echo(path)

    _add_erase(app)
    _add_verify(app)


def _add_erase(app: typer.Typer) -> None:
    @app.command()
    def erase(
        folder: LogFolder,
        numbers: Annotated[
            list[int], typer.Argument(metavar="N…", help="The numbers of entries recorded with --commit.")
        ],
        lang: LangOption = None,
    ) -> None:
        """Erase facts and answer of entries; their place in the log stays. Example: policy erase decisions 12 13"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.records.log import Log

            lacking = Log(folder).erase(numbers)
            if done := sorted({*numbers} - {*lacking}):
                told = _spans(done)
                tell(Text(f"erased: {told}", f"已清除：第 {told} 条").of(tongue))
            if lacking:
                told = ", ".join(map(str, lacking))
                refuse("erase", f"nothing that can be erased is kept of: {told}", f"以下各条没有可清除的内容：{told}")


def _add_verify(app: typer.Typer) -> None:
    @app.command()
    def verify(
        log: Annotated[Path, typer.Argument(metavar="LOG", help="The folder of a log, or a receipt.")],
        vkey: Annotated[
            str | None,
            typer.Option(
                "--vkey", metavar="FILE", help="The public key of the log, as you kept it: a file, or the key."
            ),
        ] = None,
        checkpoint: Annotated[
            list[Path] | None,
            typer.Option("--checkpoint", metavar="FILE", help="A checkpoint you kept elsewhere; repeatable."),
        ] = None,
        tree_only: Annotated[
            bool, typer.Option("--tree-only", help="Check tree and signature, decide nothing again.")
        ] = False,
        lang: LangOption = None,
    ) -> None:
        """Check a log, or a receipt: signature, tree, order, rules; and decide each entry again. Example: policy verify decisions

        Exit codes: 0 whole, 1 something is wrong, 2 unusable input.
        """
        tongue = language(lang)
        with complaints(tongue):
            kept = [_checkpoint(path) for path in checkpoint or []]
            trusted = None if vkey is None else _vkey(vkey)
            if log.is_file():
                raise typer.Exit(_of_receipt(log, trusted, tongue))
            found = _verified(log, trusted, kept, tree_only, tongue)
            if trusted is None and not kept:
                on_the_side(_OWN_KEY.of(tongue))
            if not kept:
                on_the_side(_NO_CHECKPOINT.of(tongue))
            raise typer.Exit(Exit.NON_COMPLIANT if found.faults else Exit.COMPLIANT)


def _verified(folder: Path, trusted: Verifier | None, kept: list[Checkpoint], tree_only: bool, lang: Lang) -> Verified:
    """A log verified, and what was found told. Raises PolicyError."""
    from policy_engine.records.log import Log
    from policy_engine.records.together import verify_again
    from policy_engine.records.verify import verify

    found = verify(Log(folder), trusted, kept) if tree_only else verify_again(folder, version(), trusted, kept)
    head = found.checkpoint
    tell(
        Text(
            f"{head.origin}: {many(head.size, 'entry', 'entries')}, {found.again} decided again",
            f"{head.origin}：{head.size} 条，重新判定 {found.again} 条",
        ).of(lang)
    )
    if found.erased:
        told = _spans(found.erased)
        tell(Text(f"erased, and not to be decided again: {told}", f"已清除、无法重新判定：第 {told} 条").of(lang))
    for fault in found.faults:
        tell(fault.told().of(lang))
    tell(
        Text("whole", "完好").of(lang)
        if not found.faults
        else Text(f"faults: {len(found.faults)}", f"问题：{len(found.faults)} 处").of(lang)
    )
    return found


def _of_receipt(path: Path, trusted: Verifier | None, lang: Lang) -> Exit:
    from policy_engine.records.proof import read_receipt
    from policy_engine.records.verify import Fault

    if trusted is None:
        refuse(
            "vkey",
            "a receipt is checked with the public key of the log: --vkey FILE",
            "核验凭证须有日志公钥：--vkey 文件",
        )
    found = read_receipt(path)
    wrong = found.wrong(trusted)
    if wrong is not None:
        tell(Fault(wrong, found.index).told().of(lang))
        return Exit.NON_COMPLIANT
    head = found.checkpoint
    tell(found.entry.decode())
    tell(
        Text(
            f"entry {found.index} of {head.size} in {head.origin}",
            f"{head.origin} 共 {head.size} 条，此为第 {found.index} 条",
        ).of(lang)
    )
    return Exit.COMPLIANT


def _spans(numbers: list[int]) -> str:
    """Numbers in order, those in a row as a span."""
    spans: list[list[int]] = []
    for n in numbers:
        if spans and n == spans[-1][1] + 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise unreadable(error, str(path)) from None


def _checkpoint(path: Path) -> Checkpoint:
    from policy_engine.records.note import read_checkpoint

    text = _text(path)
    return read_checkpoint(
        text.partition("\n\n")[2] if re.match(r"\S+\+[0-9a-f]{8}\+\S+\n\n", text) else text, str(path)
    )


def _vkey(said: str) -> Verifier:
    from policy_engine.records.note import read_verifier

    given = said.count("+") >= 2 and not Path(said).exists()
    return read_verifier(said if given else _text(Path(said)).partition("\n")[0], "--vkey" if given else said)
