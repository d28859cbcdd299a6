import json
import sys
from pathlib import Path

import django


def cut(package: Path) -> None:
    from tests.nhsuk.components import DRAW, OutOfScope
    from tests.nhsuk.reference import HERE

    for component, draw in DRAW.items():
        source = package / "dist" / "nhsuk" / "components" / component / "fixtures.json"
        kept = []
        for fixture in json.loads(source.read_text(encoding="utf-8"))["fixtures"]:
            if "call block" in fixture["name"]:  # its content is not among its options
                continue
            piece = {key: fixture[key] for key in ("name", "context", "html")}
            try:
                draw(piece["context"])
            except (OutOfScope, KeyError):  # KeyError: the fixture lacks an option that ours needs
                continue
            if piece not in kept:
                kept.append(piece)
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        (HERE / f"{component}.json").write_text(text + "\n", encoding="utf-8")
        sys.stdout.write(f"{component}: {len(kept)}\n")


if __name__ == "__main__":
    django.setup()
    cut(Path(sys.argv[1]))
