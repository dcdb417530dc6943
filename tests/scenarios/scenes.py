"""What run_scenarios and ../mutations/run_mutations share: their tables, mkcap and the program."""
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENT = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'}
SECRETS, ENHANCED = 0x0a, 6
LIMIT = 60


def table(path):
    lines = [x for x in path.read_text(encoding='utf-8').splitlines() if x and not x.startswith('#')]
    head = lines[0].split('\t')
    rows = [dict(zip(head, x.split('\t'))) for x in lines[1:]]
    for row in rows:
        if len(row) != len(head):
            sys.exit('%s: %s has %d of %d columns' % (path, row[head[0]], len(row), len(head)))
    return rows


def words(cell, separator=','):
    return [] if cell == '-' else cell.split(separator)


def blocks(octets):
    """The blocks of a pcapng file in little endian: kind and octets of each."""
    at = 0
    while at < len(octets):
        kind, size = struct.unpack_from('<II', octets, at)
        yield kind, octets[at:at + size]
        at += size


def make(mkcap, name, made, keys):
    """Plays a scenario into the file made; what went wrong, or nothing."""
    done = subprocess.run([mkcap, '-k', str(keys), '-I', str(ROOT / 'captures' / 'blocks'), '-I', str(HERE / 'blocks'),
                           '-I', str(ROOT / 'captures'), '-o', str(made), str(HERE / (name + '.scn'))],
                          capture_output=True, text=True)
    return 'mkcap: ' + done.stderr.strip() if done.returncode else ''


def verdict(program, path):
    done = subprocess.run([program, '-T', 'json', str(path)], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=LIMIT)
    if done.returncode not in (0, 1) or not done.stdout:
        raise AssertionError('status %d: %s' % (done.returncode, done.stderr.decode('utf-8', 'replace')[:300]))
    return json.loads(done.stdout)
