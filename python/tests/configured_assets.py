"""Assets that a run configures, and the dicts that configure them."""

from __future__ import annotations

import enum
from typing import Any

from entrepot import Config, ConfigurableResource, Field, asset


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class ReportConfig(Config):
    """How the report looks."""

    top: int = 10
    title: str = Field(default="Worst days", description="Above the rows.")
    color: Color = Color.RED


class Login(ConfigurableResource):
    host: str
    port: int = 5432
    password: str = Field(default="", is_secret=True)


def ops(**configs: Any) -> dict[str, Any]:
    return {"ops": {name: {"config": config} for name, config in configs.items()}}


def resources(**configs: Any) -> dict[str, Any]:
    return {"resources": {name: {"config": config} for name, config in configs.items()}}


@asset
def report(config: ReportConfig) -> list:
    return [config.top, config.title, config.color]


@asset
def where(db: Login) -> list:
    return [db.host, db.port, db.password]
