"""Other people's front-end files, kept in the repository exactly as `vendored.json` says.

    python -m crmo_clinic.nhsuk.vendor

fetches each package again with npm, checks its integrity, patches and writes its files, and records
their sums. Only a maintainer who raises a version needs that, and npm; `problems()` needs neither and
runs with the tests. Each patch says how often it must apply, so that a new version that moved
something stops here and not on a page.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
MANIFEST = Path(__file__).with_name("vendored.json")


def problems(root: Path = ROOT) -> Iterator[str]:
    """A sentence for each file under `root` that is missing, changed or not in the manifest."""
    for package in json.loads(MANIFEST.read_text(encoding="utf-8")):
        folder = root / package["into"]
        for name, file in package["files"].items():
            path = folder / name
            if not path.is_file():
                yield f"{path.relative_to(root)} is missing."
            elif _sha256(path.read_bytes()) != file["sha256"]:
                yield f"{path.relative_to(root)} is not the file the manifest names."
        for path in folder.rglob("*"):
            if path.is_file() and path.relative_to(folder).as_posix() not in package["files"]:
                yield f"{path.relative_to(root)} is not in the manifest."


def patched(text: str, patches: list[dict[str, Any]]) -> str:
    """The text with each patch applied; ValueError if one did not apply as often as it must."""
    for patch in patches:
        text, count = re.subn(patch["find"], patch["replace"], text)
        if count != patch["count"]:
            raise ValueError(f"“{patch['why']}” applied {count} times, not {patch['count']}.")
    return text


def fetch(package: dict[str, Any], root: Path = ROOT) -> None:
    """Download one package, write its files below `root` and put their sums into `package`.

    Raises ValueError if the tarball is not the one named by `integrity`, or a patch does not fit.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package['name']}@{package['version']}"
        command = ["npm", "pack", "--silent", wanted]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        (tarball,) = Path(folder).glob("*.tgz")
        digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if package["integrity"] != f"sha512-{digest}":
            raise ValueError(f"{wanted} is not the tarball the manifest names.")
        with tarfile.open(tarball) as archive:
            for name, file in package["files"].items():
                path = root / package["into"] / name
                if file["from"]:
                    member = archive.extractfile(f"package/{file['from']}")
                    data = member.read() if member else b""
                    if patches := file.get("patches"):
                        data = patched(data.decode(), patches).encode()
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
                file["sha256"] = _sha256(path.read_bytes())


def main() -> None:
    packages = json.loads(MANIFEST.read_text(encoding="utf-8"))
    for package in packages:
        fetch(package)
        sys.stdout.write(f"{package['name']} {package['version']}: {len(package['files'])} files written.\n")
    MANIFEST.write_text(json.dumps(packages, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
