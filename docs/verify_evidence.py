#!/usr/bin/env python3
"""Check an evidence bundle or an archive of Loquat Trace without the system: only this file and Python's standard library.

    python3 verify_evidence.py SB26-0001-….zip [--hash HEX]

``--hash`` is the SHA-256 printed on the payment voucher; without it the manifest's own hash is used, which proves only that the ZIP is whole.
Checked: every file is named in the manifest and has its SHA-256; the bundle's bytes have the printed hash; every document the bundle names is there
with the hash it names; nothing else is in the ZIP. Exit status 0: everything fits; 1: something does not; 2: not such a ZIP.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile

MOST = 512 * 1024 * 1024
"""More than this unpacked is not read: a file of a few hundred papers is far smaller."""


def sha256(body: bytes) -> str:
    """The SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def read(path: str) -> dict[str, bytes]:
    """Every file of the ZIP by name; raises ValueError for names that occur twice or too much content."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ValueError("ZIP 内有同名文件")
        if sum(entry.file_size for entry in archive.infolist()) > MOST:
            raise ValueError("ZIP 内容过大")
        return {name: archive.read(name) for name in names}


def faults(files: dict[str, bytes], printed: str | None) -> list[str]:
    """Everything that does not fit, in words."""
    manifest = json.loads(files["manifest.json"])
    listed = {row["name"]: row["sha256"] for row in manifest["files"]}
    found = [f"清单没有列出：{name}" for name in sorted(files.keys() - listed.keys() - {"manifest.json"})]
    for name, digest in sorted(listed.items()):
        if name not in files:
            found.append(f"缺少文件：{name}")
        elif sha256(files[name]) != digest:
            found.append(f"文件被改动：{name}")
    if manifest["kind"] == "evidence":
        found += bundle_faults(files, printed or manifest["hash"])
    else:
        bundles = [name for name in files if name.startswith("evidence/")]
        if printed and printed not in {sha256(files[name]) for name in bundles}:
            found.append("没有一个证据包的校验值与凭证上印的一致")
    return found


def bundle_faults(files: dict[str, bytes], wanted: str) -> list[str]:
    """What is wrong with the bundle itself and with the documents it names."""
    body = files.get("bundle.json")
    if body is None:
        return ["缺少证据包 bundle.json"]
    found = [] if sha256(body) == wanted else [f"证据包的校验值是 {sha256(body)}，与 {wanted} 不一致"]
    try:
        documents = json.loads(body)["documents"]
    except (ValueError, KeyError, TypeError):
        return [*found, "证据包 bundle.json 读不出来"]
    for document in documents:
        held = files.get(document["name"])
        if held is None:
            found.append(f"证据包列出的文件不在：{document['name']}")
        elif sha256(held) != document["sha256"]:
            found.append(f"证据包列出的文件被改动：{document['name']}")
    return found


def main() -> int:
    """Check one ZIP and say what was found."""
    parser = argparse.ArgumentParser(description="离线核对证据包或归档文件")
    parser.add_argument("zip", help="下载的 ZIP 文件")
    parser.add_argument("--hash", help="支付凭证上印的校验值（64 位）")
    options = parser.parse_args()
    printed = "".join(options.hash.split()).lower() if options.hash else None
    try:
        files = read(options.zip)
        wrong = faults(files, printed)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        print(f"不是本系统导出的 ZIP，或已损坏：{error}")
        return 2
    for line in wrong:
        print(f"不符  {line}")
    if wrong:
        print(f"共 {len(wrong)} 处不符。")
        return 1
    note = "" if printed else "（没有给出凭证上的校验值，只说明 ZIP 自身完整）"
    print(f"全部相符：{len(files)} 个文件{note}。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
