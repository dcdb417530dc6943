"""Holds the documents against the tree: links, paths and presets they name must exist.  TAP."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATH = re.compile(r"`((?:include|dissectors|src|captures|tests|tools|\.ci)/[A-Za-z0-9_./-]*)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PRESET = re.compile(r"--preset[= ]([a-z]+)")


def wrong(document, presets):
    text = document.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:"):
            if not (document.parent / target).exists():
                yield f"link to {target}, which is not there"
    for path in PATH.findall(text):
        if not (ROOT / path).exists():
            yield f"names {path}, which is not there"
    for preset in PRESET.findall(text):
        if preset not in presets:
            yield f"names the preset {preset}, which is not there"


def main():
    listed = json.loads((ROOT / "CMakePresets.json").read_text())
    presets = {p["name"] for p in listed["configurePresets"] + listed["testPresets"]}
    documents = sorted([*ROOT.glob("*.md"), *ROOT.glob("captures/*.md"), *ROOT.glob("tests/**/*.md")])
    failed = 0
    print(f"1..{len(documents)}")
    for number, document in enumerate(documents, 1):
        bad = list(wrong(document, presets))
        failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - {document.relative_to(ROOT)}")
        for line in bad:
            print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
