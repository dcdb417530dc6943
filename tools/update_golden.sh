#!/bin/sh
# Writes the files below tests/golden anew with the program of the dev build.
set -eu
cd "$(dirname "$0")/.."
cmake --preset dev >/dev/null
ninja -C build/dev bin/signscope >/dev/null
tests/golden/run_golden build/dev/bin/signscope --update
git --no-pager diff --stat -- tests/golden
