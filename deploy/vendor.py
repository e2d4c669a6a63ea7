"""Write the vendored files from a ``node_modules`` folder: libraries with manifests, the icon sprite, the subset fonts."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parent.parent
IMAGES = [f"images/{name}.png" for name in ("layers", "layers-2x", "marker-icon", "marker-icon-2x", "marker-shadow")]
LIBRARIES = {
    "static/vendor": (
        ("jsqr", "dist", ("jsQR.js",), ("LICENSE",)),
        ("leaflet", "dist", ("leaflet.js", "leaflet.css", *IMAGES), ("LICENSE",)),
        ("swagger-ui-dist", "", ("swagger-ui-bundle.js", "swagger-ui.css"), ("LICENSE", "NOTICE")),
    ),
    "tests/vendor": (("axe-core", "", ("axe.min.js",), ("LICENSE",)),),
}
"""Where to: package, its folder with the built files, those files, the papers beside them."""

FONTS = (
    ("noto-sans-sc", "400Regular/NotoSansSC_400Regular.ttf", "NotoSansSC-Regular.ttf"),
    ("noto-sans-sc", "700Bold/NotoSansSC_700Bold.ttf", "NotoSansSC-Bold.ttf"),
    ("noto-serif-sc", "400Regular/NotoSerifSC_400Regular.ttf", "NotoSerifSC-Regular.ttf"),
)
BLOCKS = (
    (0x0020, 0x007E), (0x00A0, 0x00FF), (0x0391, 0x03C9),  # Latin, Greek
    (0x2000, 0x206F), (0x2100, 0x214F), (0x2160, 0x217F), (0x2190, 0x21FF), (0x2200, 0x22FF),  # punctuation, Ⅰ, →, ≥
    (0x2460, 0x24FF), (0x2500, 0x25FF), (0x2605, 0x2606), (0x2713, 0x2717),  # ①, boxes, ✓
    (0x3000, 0x303F), (0x3105, 0x312F), (0x3200, 0x33FF),  # 〔〕, ㈠, ㎡
    (0x4E00, 0x9FFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),  # all common Chinese, full-width forms
)  # fmt: skip
RARE = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘"
    "䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
)
"""Extension A characters of the national table of standard characters (names may use them)."""


def main(modules: Path) -> None:
    """Write everything anew; what no longer belongs is removed."""
    for target, packages in LIBRARIES.items():
        write_libraries(modules, ROOT / target, packages)
    write_sprite(modules / "@tabler/icons/icons/outline", ROOT / "static/icons/sprite.svg")
    for package, source, name in FONTS:
        write_font(modules / "@expo-google-fonts" / package / source, ROOT / "static/fonts" / name)


def write_libraries(modules: Path, folder: Path, packages: tuple) -> None:
    """Copy packages into ``name-version`` folders and list every file with its hash."""
    manifest = []
    for old in folder.glob("*/"):
        shutil.rmtree(old)
    for name, built, files, papers in packages:
        about = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        home = folder / f"{name}-{about['version']}"
        sources = {file: modules / name / built / file for file in files} | {
            file: modules / name / file for file in papers
        }
        for file, source in sources.items():
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_bytes(without_source_map(source))
        manifest.append({
            "name": name, "version": about["version"], "licence": about["license"], "folder": home.name,
            "files": {file: hashlib.sha256((home / file).read_bytes()).hexdigest() for file in sorted(sources)},
        })  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def without_source_map(source: Path) -> bytes:
    """A file's bytes; scripts and sheets lose the pointer to a source map, which is not shipped."""
    data = source.read_bytes()
    if source.suffix not in {".js", ".css"}:
        return data
    return re.sub(rb"(//|/\*)# sourceMappingURL=\S+?( ?\*/)?\n?$", b"", data)


def write_sprite(icons: Path, sprite: Path) -> None:
    """Gather the icons the sprite already names; add an empty ``<symbol id="…">`` by hand to get a new one."""
    frame = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for name in sorted(re.findall(r'<symbol id="([^"]+)"', sprite.read_text(encoding="utf-8"))):
        drawn = re.findall(r"<(?:path|circle|rect|line)[^>]*>", (icons / f"{name}.svg").read_text(encoding="utf-8"))
        parts = "".join(part.replace(" />", "/>") for part in drawn if 'stroke="none" d="M0 0h24v24H0z"' not in part)
        lines.append(f'<symbol id="{name}" {frame}>{parts}</symbol>')
    sprite.write_text("\n".join([*lines, "</svg>"]) + "\n", encoding="utf-8")


def write_font(source: Path, target: Path) -> None:
    """Cut a font down to what county papers print; hinting and vertical setting are of no use in a PDF."""
    options = subset.Options(layout_features=[], hinting=False, name_IDs=["*"])
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "vhea", "vmtx", "VORG"]
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in BLOCKS for code in range(first, last + 1)], text=RARE)
    cutter.subset(font)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
