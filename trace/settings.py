"""Settings, all from the environment (prefix ``TRACE_``); with none set the platform runs on SQLite in ``instance/``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another; docs/operations.md explains each."""

    instance: Path
    database_url: str
    base_url: str
    secret_key: str
    redis_url: str
    trusted_proxies: int
    idle_minutes: int
    session_hours: int
    map_tiles: str = ""
    map_attribution: str = ""
    scan_regions: str = ""
    font_title: str = ""
    font_body: str = ""
    font_hei: str = ""
    font_kai: str = ""
    open_prefix: str = "hengnan-tupipa"
    open_funder: str = "衡南县财政局"
    open_funder_uscc: str = ""
    open_licence: str = ""
    testing: bool = False

    @property
    def map_host(self) -> str:
        """Scheme and host of the map tiles, the only foreign address a page may load pictures from; empty without tiles."""
        parts = urlsplit(self.map_tiles)
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme == "https" and parts.netloc else ""

    @property
    def paper_fonts(self) -> dict[str, str]:
        """Paths of the county's own fonts for official papers by their part: 小标宋, 仿宋, 黑体, 楷体; empty means ours."""
        return {"title": self.font_title, "body": self.font_body, "hei": self.font_hei, "kai": self.font_kai}

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure as soon as the public address is https."""
        return self.base_url.startswith("https://")


def load_settings(**overrides: Any) -> Settings:
    """Read the environment; keyword arguments win (used by tests)."""
    env = Env()
    with env.prefixed("TRACE_"):
        instance = Path(overrides.pop("instance", None) or env.str("INSTANCE", str(ROOT / "instance")))
        values: dict[str, Any] = {
            "database_url": env.str("DATABASE_URL", f"sqlite:///{instance / 'trace.db'}"),
            "base_url": env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            "secret_key": env.str("SECRET_KEY", ""),
            "redis_url": env.str("REDIS_URL", ""),
            "trusted_proxies": env.int("TRUSTED_PROXIES", 0),
            "idle_minutes": env.int("IDLE_MINUTES", 15),
            "session_hours": env.int("SESSION_HOURS", 12),
            "map_tiles": env.str("MAP_TILES", ""),
            "map_attribution": env.str("MAP_ATTRIBUTION", ""),
            "scan_regions": env.str("SCAN_REGIONS", ""),
            "font_title": env.str("FONT_TITLE", ""),
            "font_body": env.str("FONT_BODY", ""),
            "font_hei": env.str("FONT_HEI", ""),
            "font_kai": env.str("FONT_KAI", ""),
            "open_prefix": env.str("OPEN_PREFIX", "hengnan-tupipa"),
            "open_funder": env.str("OPEN_FUNDER", "衡南县财政局"),
            "open_funder_uscc": env.str("OPEN_FUNDER_USCC", ""),
            "open_licence": env.str("OPEN_LICENCE", ""),
        }
    values.update(overrides)
    values["secret_key"] = values["secret_key"] or _kept_secret(instance)
    return Settings(instance=instance, **values)


def _kept_secret(instance: Path) -> str:
    """Make the secret key on first run and keep it beside the data, readable by the owner only."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()
