"""Is a ZIP container (xlsx, KMZ, zipped Shapefile) safe to open? Asked before any reader sees it.

Python's own zipfile opens archives made to deceive: bombs, two files of one name, headers that disagree, paths that climb out. The limits follow
what the Python package index demands of uploads (security brief A13).
"""

from __future__ import annotations

import stat
import struct
import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from trace.core.errors import Invalid

MAX_MEMBERS = 200
MAX_UNPACKED = 64 * 1024 * 1024
RATIO_FLOOR = 4 * 1024 * 1024
"""Below this size a high ratio is no threat: a sheet of equal rows packs very well."""
MAX_RATIO = 50
LOCAL_HEADER = struct.Struct("<4s5H3L2H")
ENCRYPTED = 0x1


def looks_like_archive(data: bytes) -> bool:
    """Does the content begin like a ZIP container?"""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def open_archive(data: bytes, field: str = "file") -> zipfile.ZipFile:
    """The archive, after every member was checked and read once against its declared size. Raises :class:`Invalid`."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, IndexError) as error:
        raise Invalid("文件已损坏，打不开，请重新导出后再上传。", field=field, code="ARCHIVE_BROKEN") from error
    if len(members) > MAX_MEMBERS:
        raise Invalid(
            "压缩包里的文件超过 %(most)s 个，请分成几份再上传。", field=field, code="ARCHIVE_MEMBERS", most=MAX_MEMBERS
        )
    if not _ends_where_it_should(data, archive):
        raise _suspicious(field, "文件头尾有多余内容")
    _check_names(members, field)
    _check_sizes(members, field)
    for member in members:
        _check_local_header(data, member, field)
        _check_content(archive, member, field)
    return archive


def _ends_where_it_should(data: bytes, archive: zipfile.ZipFile) -> bool:
    """Nothing before the first member, nothing after the end record and its comment."""
    first = min((member.header_offset for member in archive.infolist()), default=0)
    return first == 0 and data.endswith(b"PK\x05\x06" + data[-(18 + len(archive.comment)) :])


def _check_names(members: list[zipfile.ZipInfo], field: str) -> None:
    names = [member.filename.casefold() for member in members]
    if len(set(names)) != len(names):
        raise _suspicious(field, "有同名文件")
    for member in members:
        path = PurePosixPath(member.orig_filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\0" in member.orig_filename or ":" in member.orig_filename:
            raise _suspicious(field, "文件路径指向包外")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _suspicious(field, "含有链接")
        if member.flag_bits & ENCRYPTED:
            raise Invalid("文件加了密码，请去掉密码后再上传。", field=field, code="ARCHIVE_LOCKED")


def _check_sizes(members: list[zipfile.ZipInfo], field: str) -> None:
    unpacked, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FLOOR and unpacked > MAX_RATIO * max(packed, 1)):
        raise Invalid("文件解压后过大，请分成几份再上传。", field=field, code="ARCHIVE_BOMB")


def _check_local_header(data: bytes, member: zipfile.ZipInfo, field: str) -> None:
    """What stands before the content must say the same as the directory at the end."""
    try:
        mark, _, flags, method, _, _, crc, packed, unpacked, name_length, _ = LOCAL_HEADER.unpack_from(
            data, member.header_offset
        )
    except struct.error as error:
        raise _suspicious(field, "文件目录与内容不符") from error
    start = member.header_offset + LOCAL_HEADER.size
    name = data[start : start + name_length]
    written = member.orig_filename.encode("utf-8" if flags & 0x800 else "cp437", "replace")
    later = flags & 0x8
    if mark != b"PK\x03\x04" or name != written or method != member.compress_type:
        raise _suspicious(field, "文件目录与内容不符")
    if (
        not later
        and (crc, packed, unpacked) != (member.CRC, member.compress_size, member.file_size)
        and packed != 0xFFFFFFFF
    ):
        raise _suspicious(field, "文件目录与内容不符")


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, field: str) -> None:
    """Read through once with a counter of our own: declared sizes lie."""
    read = 0
    try:
        with archive.open(member) as stream:
            while part := stream.read(1 << 16):
                read += len(part)
                if read > member.file_size:
                    raise _suspicious(field, "内容比声明的大")
    except Invalid:
        raise
    except Exception as error:
        raise Invalid("文件已损坏，打不开，请重新导出后再上传。", field=field, code="ARCHIVE_BROKEN") from error


def _suspicious(field: str, why: str) -> Invalid:
    return Invalid("压缩包不合规范（%(why)s），请重新导出后再上传。", field=field, code="ARCHIVE_SUSPICIOUS", why=why)
