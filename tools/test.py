"""Builds and runs all tests of signscope and counts what they say.

Every test speaks TAP: unit tests through cmocka, the check scripts, tests/real/run_* and tests/peers/run_*.  A
line a test goes to standard output as `pass`, `fail` or `skip`, with the whole output of what failed; the
last line is the sum of all TAP lines.  A binary that dies, gives fewer lines than it planned, or
exits otherwise than its lines say, is one more failed test.

    tools/test                     everything
    tools/test --only reader       units whose name holds "reader" (or matches a pattern with * ?)
    tools/test --list              names of the units, in their order
"""

import argparse
import concurrent.futures
import fcntl
import fnmatch
import hashlib
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tty
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
JOBS = str(os.cpu_count() or 2)
FUZZ_SECONDS = 20
TAP_LINE = re.compile(r"^\s*(not )?ok\b\s*(\d+)?\s*-?\s*(.*)$")
TAP_PLAN = re.compile(r"^\s*1\.\.(\d+)\s*(#\s*skip\b.*)?$", re.IGNORECASE)
TAP_SKIP = re.compile(r"#\s*skip\b\s*(.*)$", re.IGNORECASE)


class Sum:
    """What was counted so far, and the printing of it."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def test(self, verdict, unit, name):
        setattr(self, verdict, getattr(self, verdict) + 1)
        word = {"passed": "pass", "failed": "FAIL", "skipped": "skip"}[verdict]
        print(f"{word}  {unit}: {name}" if name else f"{word}  {unit}", flush=True)

    def unit(self, unit, status, text):
        """Counts the TAP in text; status: exit status, or a text that says how it died."""
        planned = seen = failed = 0
        has_plan = skipped_whole = False
        for line in text.splitlines():
            plan = TAP_PLAN.match(line)
            if plan:
                has_plan = True
                planned += int(plan.group(1))
                if plan.group(2):
                    skipped_whole = True
                continue
            match = TAP_LINE.match(line)
            if not match:
                continue
            seen += 1
            bad, _, name = match.groups()
            skip = TAP_SKIP.search(name)
            if skip:
                label = name[: skip.start()].strip()
                self.test("skipped", unit, f"{label} ({skip.group(1)})" if label else skip.group(1))
            elif bad:
                failed += 1
                self.test("failed", unit, name)
            else:
                self.test("passed", unit, name)
        if status == 77 or skipped_whole:
            reason = text.strip().splitlines()[-1:] or [""]
            self.test("skipped", unit, reason[0])
            return
        wrong = None
        if isinstance(status, str):
            wrong = status
        elif not has_plan:
            wrong = f"ended without a plan (exit status {status})"
        elif seen < planned:
            wrong = f"planned {planned} tests, gave {seen} (exit status {status})"
        elif status != 0 and not failed:
            wrong = f"exit status {status} although no test failed"
        if wrong:
            self.test("failed", unit, wrong)
        if wrong or failed:
            print("".join(f"    {line}\n" for line in text.splitlines()), end="", flush=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, seconds):
    """Runs a command on a terminal of its own (a pipe where there is none), so that each line of its
    output is there even when a sanitizer ends it; returns exit status (or how it died) and all it
    wrote."""
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", CMOCKA_MESSAGE_OUTPUT="tap", TERM="dumb",
               ASAN_OPTIONS="color=never")
    try:
        master, slave = pty.openpty()
        tty.setraw(slave)
    except OSError:
        master, slave = os.pipe()
    end = time.monotonic() + seconds
    child = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=slave,
                             stderr=slave, start_new_session=True)
    os.close(slave)
    chunks = []
    timed_out = False
    while True:
        left = end - time.monotonic()
        if left <= 0:
            timed_out = True
            os.killpg(child.pid, signal.SIGKILL)
            break
        if not select.select([master], [], [], min(left, 1.0))[0]:
            if child.poll() is not None:
                break  # it left a child behind that holds the terminal
            continue
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(master)
    code = child.wait()
    text = b"".join(chunks).decode("utf-8", "replace").replace("\r\n", "\n")
    if timed_out:
        return f"not done after {seconds} s", text
    if code < 0:
        return f"killed by {signal.Signals(-code).name}", text
    return code, text


def as_tap(name, ok, text=""):
    body = "".join(f"# {line}\n" for line in text.splitlines()) if not ok else ""
    return f"{'ok' if ok else 'not ok'} - {name}\n{body}"


def each(work, items, workers=2):
    """work(item) for all items, some at a time; results in the order of items."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        yield from zip(items, pool.map(work, items))


# --- what there is to run -----------------------------------------------------------------------


def configure(preset):
    """True when the preset is configured and up to date; else says why."""
    folder = BUILD / preset
    cache = folder / "CMakeCache.txt"
    if cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" not in cache.read_text():
        shutil.rmtree(folder)  # the tree was copied from elsewhere
    done = subprocess.run(["cmake", "--preset", preset], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def ninja(preset, targets):
    done = subprocess.run(["ninja", "-k", "0", "-j", JOBS, "-C", str(BUILD / preset), *targets],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.splitlines()
    return done.returncode == 0, "\n".join(l for l in lines if not re.match(r"\[\d+/\d+\] ", l))


def unit_tests():
    """Names of the tests that CTest knows in the dev preset, each with its command; of a test that
    is not built yet CTest does not tell the command, so that is None."""
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=BUILD / "dev", check=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    tests = {}
    for test in json.loads(listing)["tests"]:
        command = test.get("command")
        if command and not os.path.isabs(command[0]):
            command[0] = str(ROOT / command[0])
        tests[test["name"]] = command
    return tests


def fuzzers():
    rows = (ROOT / "dissectors/list.def").read_text()
    for source in sorted((ROOT / "tests/fuzz").glob("fuzz_*.c")):
        if source.stem == "fuzz_dissector":
            yield from re.findall(r"^DISSECTOR\((\w+),", rows, re.MULTILINE)
        else:
            yield source.stem.removeprefix("fuzz_")


def c_files(*folders):
    return sorted(p for f in folders for p in (ROOT / f).glob("**/*.[ch]"))


# --- sections: each takes the selection and a Sum ------------------------------------------------


def section_unit(wanted, total):
    ok, text = configure("dev")
    if not ok:
        total.unit("build/dev", 1, "1..1\n" + as_tap("cmake --preset dev", False, text))
        return
    before = unit_tests()
    names = [name for name in before if wanted(name)]
    if not names and not wanted("build/dev"):
        return
    targets = []  # all; also when one that is wanted was never built, for its path is not known yet
    if len(names) < len(before) and all(before[name] for name in names):
        folder = f"{BUILD / 'dev'}/"
        words = {word for name in names for word in before[name] if word.startswith(folder)}
        targets = sorted(word.removeprefix(folder) for word in words)
    ok, text = ninja("dev", targets)
    total.unit("build/dev", 0 if ok else 1, "1..1\n" + as_tap("everything compiles", ok, text))
    commands = unit_tests()

    def one(name):
        command = commands.get(name)
        if not command or not all(os.access(w, os.X_OK) for w in command if w.startswith("/")):
            return "was not built", ""
        return run(command, 600)

    for name, (status, text) in each(one, names):
        total.unit(name, status, text)


def section_scripts(wanted, total):
    for name in ("check_layers", "check_format"):
        if wanted(name):
            total.unit(name, *run([str(ROOT / "tools" / f"{name}.sh")], 120))


def section_headers(wanted, total):
    headers = sorted((ROOT / "include/signscope").glob("*.h"))
    if not wanted("headers") or not headers:
        return

    def alone(header):
        done = subprocess.run(
            ["gcc", "-std=c17", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Iinclude",
             "-fsyntax-only", "-x", "c", "-"],
            cwd=ROOT, input=f"#include <signscope/{header.name}>\nextern int alone;\n", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return as_tap(f"{header.name} compiles alone", done.returncode == 0, done.stdout)

    tap = "".join(text for _, text in each(alone, headers))
    total.unit("headers", 0 if "not ok" not in tap else 1, f"1..{len(headers)}\n{tap}")


def section_clang_format(wanted, total):
    if not wanted("clang-format"):
        return
    folders = ("include", "dissectors", "src", "tests", "tools")
    tap = ""
    for folder in folders:
        files = c_files(folder)
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, files)], cwd=ROOT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ok = not files or done.returncode == 0
        bad = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", done.stdout, re.MULTILINE)))
        tap += as_tap(f"{folder} is formatted", ok, "\n".join(bad))
    total.unit("clang-format", 0 if "not ok" not in tap else 1, f"1..{len(folders)}\n{tap}")


def section_tidy(wanted, total):
    files = [f for f in c_files("src", "dissectors") if f.suffix == ".c"]
    files = [f for f in files if wanted(f"clang-tidy/{f.relative_to(ROOT)}")]
    if not files:
        return
    ok, text = configure("tidy")
    if not ok:
        total.unit("clang-tidy", 1, "1..1\n" + as_tap("cmake --preset tidy", False, text))
        return

    clean = BUILD / "tidy/clean"  # of what was found good, a digest of all that clang-tidy read
    clean.mkdir(exist_ok=True)
    commands = {c["file"]: shlex.split(c["command"])
                for c in json.loads((BUILD / "tidy/compile_commands.json").read_text())}
    rules = (ROOT / ".clang-tidy").read_bytes()

    def digest(path):
        command = commands.get(str(path), ["clang", "-c", str(path)])
        command = [a for a in command if a not in ("-c", "-o") and not a.endswith(".o")]
        done = subprocess.run([*command, "-E", "-C"], cwd=BUILD / "tidy", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return hashlib.sha256(rules + done.stdout).hexdigest()

    def one(path):
        mark = clean / digest(path)
        if mark.exists():
            return as_tap(str(path.relative_to(ROOT)), True)
        done = subprocess.run(["clang-tidy", "--quiet", "-p", str(BUILD / "tidy"), str(path)],
                              cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
        if done.returncode == 0:
            mark.touch()
        lines = [l for l in done.stdout.splitlines() if re.search(r": (error|warning): ", l)]
        text = "\n".join(l.replace(f"{ROOT}/", "") for l in lines)
        return as_tap(str(path.relative_to(ROOT)), done.returncode == 0, text)

    files.sort(key=lambda f: -f.stat().st_size)  # the long ones first, so that both cores end alike
    results = sorted(text for _, text in each(one, files))
    tap = "".join(results)
    failed = any(r.startswith("not ok") for r in results)
    total.unit("clang-tidy", 1 if failed else 0, f"1..{len(files)}\n{tap}")


def section_docs(wanted, total):
    if wanted("check_docs"):
        total.unit("check_docs", *run([sys.executable, "-B", str(ROOT / "tools/check_docs.py")], 60))


def section_fuzz(wanted, total):
    names = [n for n in fuzzers() if wanted(f"fuzz/{n}")]
    if not names:
        return
    ok, text = configure("fuzz")
    if ok:
        ok, text = ninja("fuzz", [f"fuzz_{n}" for n in names])
    total.unit("build/fuzz", 0 if ok else 1, "1..1\n" + as_tap("fuzz targets compile", ok, text))
    seeds = BUILD / "seeds"
    subprocess.run([sys.executable, "-B", str(ROOT / "tools/seed_corpus.py"), str(seeds)],
                   check=True, cwd=ROOT)
    found = BUILD / "fuzz/found"

    def one(name):
        binary = BUILD / "fuzz/fuzz" / f"fuzz_{name}"
        if not binary.exists():
            return "was not built", ""
        fresh = BUILD / "fuzz/corpus" / name
        shutil.rmtree(fresh, ignore_errors=True)
        for folder in (fresh, found, seeds / name):
            folder.mkdir(parents=True, exist_ok=True)
        status, text = run(
            [str(binary), f"-max_total_time={FUZZ_SECONDS}", "-timeout=25", "-rss_limit_mb=2048",
             "-max_len=65536", "-seed=1", "-print_final_stats=1", f"-artifact_prefix={found}/{name}-",
             str(fresh), str(seeds / name)],
            FUZZ_SECONDS * 10)
        return status, text

    for name, (status, text) in each(one, names):
        runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
        good = status == 0 and runs is not None
        label = f"{FUZZ_SECONDS} s without a crash"
        if not good:
            label = f"{label} ({status if isinstance(status, str) else f'exit status {status}'})"
        noise = re.compile(r"#\d+\s|\s*NEW_FUNC|\s*#\d+ 0x.*(fuzzer::|libc|_start)|stat::|MS: |0x[0-9a-f]")
        tail = "\n".join([l for l in text.splitlines() if not noise.match(l)][-80:])
        total.unit(f"fuzz/{name}", 0 if good else 1, "1..1\n" + as_tap(label, good, tail))


def section_real(wanted, total):
    for script in (*sorted((ROOT / "tests/real").glob("run_*")), *sorted((ROOT / "tests/peers").glob("run_*"))):
        name = f"{script.parent.name}/{script.name}"
        if os.access(script, os.X_OK) and wanted(name):
            total.unit(name, *run([str(script)], 900))


SECTIONS = (
    ("unit tests", section_unit),
    ("checks", section_scripts),
    ("headers", section_headers),
    ("clang-format", section_clang_format),
    ("docs", section_docs),
    ("clang-tidy", section_tidy),
    ("fuzz", section_fuzz),
    ("real", section_real),
)


def main():
    parser = argparse.ArgumentParser(prog="tools/test", description=__doc__.split("\n")[0])
    parser.add_argument("--only", metavar="PATTERN", help="units whose name holds or matches this")
    parser.add_argument("--list", action="store_true", help="names the unit tests and fuzz targets")
    options = parser.parse_args()
    if options.list:
        configure("dev")
        print("\n".join([*unit_tests(), *(f"fuzz/{n}" for n in fuzzers())]))
        return 0

    def wanted(name):
        pattern = options.only
        if not pattern:
            return True
        if any(c in pattern for c in "*?["):
            return fnmatch.fnmatchcase(name, pattern)
        return pattern in name

    BUILD.mkdir(exist_ok=True)
    lock = open(BUILD / "test.lock", "w")  # two runs would build into each other
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another run of the tests in this tree")
        fcntl.flock(lock, fcntl.LOCK_EX)
    total = Sum()
    start = time.monotonic()
    for title, section in SECTIONS:
        begin = time.monotonic()
        try:
            section(wanted, total)
        except Exception as error:  # a section that breaks must not hide the others
            total.test("failed", title, f"{type(error).__name__}: {error}")
        if not options.only:
            say(f"[{title}: {time.monotonic() - begin:.0f} s]")
    say(f"[all: {time.monotonic() - start:.0f} s]")
    count = total.passed + total.failed + total.skipped
    if not count:
        say("tools/test: nothing has that name")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
