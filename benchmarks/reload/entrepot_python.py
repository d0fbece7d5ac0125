"""Entrepot's Python face: `Instance.load` of what reload/entrepot.cc stored."""

from __future__ import annotations

from face import given, kind, run

from entrepot import Instance

_instance = Instance.open(given["folder"] + "/reload")
_key = [kind, given["mb"]]
run(lambda: _instance.load(_key, verify=given.get("how") == "verify"))
