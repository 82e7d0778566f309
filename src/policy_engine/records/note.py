"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint): keys, signing, what is signed by whom."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.tables.extras import needed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
NAME: Final = re.compile(r"[^\s+\x00-\x1f]{1,200}")
"""What a log may be called: no white space, no plus."""
MAX_SIGNATURES: Final = 64
_DASH: Final = "— "
_PRIVATE: Final = "PRIVATE+KEY+"


@dataclass(frozen=True)
class Signature:
    """A line under a note: who signed, by name and number of the key, and what."""

    name: str
    key: bytes
    signed: bytes


@dataclass(frozen=True)
class Checkpoint:
    """Whose log, how many entries, the root over them; with the text that is signed and the lines under it."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[Signature, ...] = ()

    @property
    def note(self) -> str:
        """The checkpoint as a file."""
        lines = (f"{_DASH}{s.name} {_b64(s.key + s.signed)}\n" for s in self.signatures)
        return self.text + "\n" + "".join(lines)


@dataclass(frozen=True)
class Verifier:
    """A public key with the name of its log."""

    name: str
    public: bytes
    key: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Number the key."""
        number = sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]
        object.__setattr__(self, "key", number)

    def __str__(self) -> str:
        return f"{self.name}+{self.key.hex()}+{_b64(ED25519 + self.public)}"

    def signed(self, found: Checkpoint) -> bool | None:
        """Whether a checkpoint is signed by this key; None where no line is by it. Raises PolicyError without the library."""
        own = [s for s in found.signatures if (s.name, s.key) == (self.name, self.key)]
        return all(_verify(self.public, s.signed, found.text.encode()) for s in own) if own else None


def _verify(public: bytes, signed: bytes, text: bytes) -> bool:
    with needed("record"):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Public
    try:
        Public.from_public_bytes(public).verify(signed, text)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signer:
    """A private key with the name of its log."""

    def __init__(self, name: str, private: bytes | None = None) -> None:
        """A new key where none is given. Raises PolicyError without the library."""
        with needed("record"):
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as Private
        made: Ed25519PrivateKey = Private.generate() if private is None else Private.from_private_bytes(private)
        public: Ed25519PublicKey = made.public_key()
        self._made, self.private = made, made.private_bytes_raw()
        self.verifier = Verifier(name, public.public_bytes_raw())

    def __str__(self) -> str:
        own = self.verifier
        return f"{_PRIVATE}{own.name}+{own.key.hex()}+{_b64(ED25519 + self.private)}"

    def checkpoint(self, size: int, root: bytes) -> Checkpoint:
        """A checkpoint signed by this key."""
        own = self.verifier
        text = f"{own.name}\n{size}\n{_b64(root)}\n"
        return Checkpoint(own.name, size, root, text, (Signature(own.name, own.key, self._made.sign(text.encode())),))


def read_verifier(text: str, file: str) -> Verifier:
    """A public key as text (`name+number+key`). Raises PolicyError."""
    name, _, rest = text.strip().partition("+")
    number, _, key = rest.partition("+")
    raw = _raw(key)
    if NAME.fullmatch(name) and raw and raw[:1] == ED25519 and len(raw) == 33:
        found = Verifier(name, raw[1:])
        if found.key.hex() == number:
            return found
    raise PolicyError(problem("vkey", "no public key of a log (name+number+key, Ed25519)",
                              "不是日志公钥（名称+编号+密钥，Ed25519）", Place(file)))  # fmt: skip


def read_signer(path: Path) -> Signer:
    """The private key in a file. Raises PolicyError."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
        help = Text("say where it is: --log-key FILE", "请用 --log-key 写明密钥文件")
        if not path.is_file():
            raise PolicyError(
                problem("key", "the key of the log is not there", "日志密钥不在此处", Place(str(path)), help)
            ) from None
    name, _, rest = text.removeprefix(_PRIVATE).partition("+")
    raw = _raw(rest.partition("+")[2])
    if text.startswith(_PRIVATE) and NAME.fullmatch(name) and raw and raw[:1] == ED25519 and len(raw) == 33:
        return Signer(name, raw[1:])
    raise PolicyError(problem("key", "no private key of a log", "不是日志私钥", Place(str(path))))


def read_checkpoint(text: str, file: str) -> Checkpoint:
    """A checkpoint from its text. Raises PolicyError."""
    body, gap, lines = text.rpartition("\n\n")
    head = body.split("\n")
    signatures = [_signature(line) for line in lines.splitlines()]
    sound = gap and len(head) >= 3 and all(head) and re.fullmatch(r"0|[1-9]\d{0,18}", head[1], re.ASCII)
    root = _raw(head[2]) if sound else None
    if root is None or len(root) != 32 or not 1 <= len(signatures) <= MAX_SIGNATURES or None in signatures:
        raise PolicyError(problem("checkpoint", "no signed checkpoint (c2sp.org/tlog-checkpoint)",
                                  "不是已签名的检查点（c2sp.org/tlog-checkpoint）", Place(file)))  # fmt: skip
    return Checkpoint(head[0], int(head[1]), root, body + "\n", tuple(s for s in signatures if s))


def _signature(line: str) -> Signature | None:
    name, _, rest = line.removeprefix(_DASH).partition(" ")
    raw = _raw(rest)
    return Signature(name, raw[:4], raw[4:]) if line.startswith(_DASH) and name and raw and len(raw) > 4 else None


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _raw(text: str) -> bytes | None:
    """What base64 stands for; None where it is not written as it should be."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if _b64(found) == text else None
