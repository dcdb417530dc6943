#!/bin/sh
# Writes the files below tests/golden and tests/diff/golden anew with the program of the dev build.
set -eu
cd "$(dirname "$0")/.."
cmake --preset dev >/dev/null
ninja -C build/dev bin/signscope bin/mkcap >/dev/null
tests/golden/run_golden build/dev/bin/signscope --update
tests/diff/run_diff build/dev/bin/signscope build/dev/bin/mkcap --update
git --no-pager diff --stat -- tests/golden tests/diff
