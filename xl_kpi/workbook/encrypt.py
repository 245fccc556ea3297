"""A workbook that opens with a password only: the encryption of Office itself (ECMA-376 agile, AES-256, SHA-512)."""

from __future__ import annotations

from io import BytesIO

from msoffcrypto.format.ooxml import OOXMLFile


def encrypted(data: bytes, password: str) -> bytes:
    """The content of an xlsx file, encrypted; made in memory.  Every call gives other bytes: the salt is random."""
    out = BytesIO()
    OOXMLFile(BytesIO(data)).encrypt(password, out)
    return out.getvalue()
