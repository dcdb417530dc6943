#!/bin/bash
# Who may include whom: the include law as two tables, held against every #include of the tree.
# Prints one TAP line a part; exit status 1 when one fails.
set -u
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

# part: folders below src/ whose headers it may include besides its own (include/signscope is
# everybody's).  "io": it may include POSIX headers too; all others are pure.
parts='
include
dissectors
src/base
src/capture    base io
src/net        base
src/crypto     base
src/engine     base net timeline
src/timeline   base
src/signin     base timeline
src/findings   base timeline signin
src/export     base timeline findings
src/diff       base timeline signin findings export
src/cli        base capture net crypto engine timeline signin findings export diff io
tools/mkcap    io
'

# header: the only files that may include it.
foreign='
time.h         src/capture/* src/crypto/* src/cli/* src/export/text.c tools/mkcap/*
pcap/*         src/capture/live.c src/capture/filter.c
zlib.h         src/capture/unpack.c src/timeline/record.c dissectors/body.c dissectors/tls_inflate.c
zstd.h         src/capture/unpack.c
openssl/*      src/crypto/*.c src/crypto/*.h tools/mkcap/*
expat.h        src/base/xml.c
jansson.h      src/base/json.c
sofia-sip/*    dissectors/sip.c
nghttp2/*      dissectors/http2_hpack.c
brotli/*       dissectors/body.c
seccomp.h      src/cli/sandbox.c
cap-ng.h       src/cli/sandbox.c
linux/*        src/cli/sandbox.c
sys/prctl.h    src/cli/sandbox.c
sys/syscall.h  src/cli/sandbox.c
sys/random.h   src/base/map.c
'

# The headers of C17 but the clock and leaps out of order (setjmp.h and signal.h are "io").
libc=' assert.h ctype.h errno.h inttypes.h limits.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h
stdio.h stdlib.h string.h '

# foreign_ok HEADER FILE: 0 allowed, 1 not allowed, 2 not in the table
foreign_ok() {
    local pattern files glob
    while read -r pattern files; do
        # shellcheck disable=SC2053  # both sides are patterns of ours
        [[ -n $pattern && $1 == $pattern ]] || continue
        for glob in $files; do
            # shellcheck disable=SC2053
            [[ $2 == $glob ]] && return 0
        done
        return 1
    done <<<"$foreign"
    return 2
}

# angle_ok HEADER FILE ALLOWED: an #include <HEADER>
angle_ok() {
    [[ $1 == signscope/* && $2 == tools/mkcap/* ]] && return 1 # what makes captures knows nothing of what reads them
    [[ $1 == signscope/* || $libc == *[[:space:]]"$1"[[:space:]]* ]] && return 0
    foreign_ok "$1" "$2"
    case $? in
    0) return 0 ;;
    1) return 1 ;;
    esac
    [[ $3 == *" io "* ]]
}

# quote_ok HEADER FILE PART ALLOWED: an #include "HEADER"
quote_ok() {
    local own
    case $3 in
    include) return 1 ;;
    dissectors) # one dissector in several files: its private headers begin with the row's name
        own=${2##*/}
        [[ -e dissectors/$1 && ${own%.*} == "${1%.*}"* ]]
        return
        ;;
    esac
    [[ -e ${2%/*}/$1 && $1 != ../* ]] && return 0
    own=${3#src/}
    [[ $1 == "$own"/* || $4 == *" ${1%%/*} "* ]] && [[ -e src/$1 ]] && return 0
    [[ $3 == src/engine && $1 == *dissectors/list.def ]]
}

n=0 failed=0
while read -r part allowed; do
    [ -n "$part" ] || continue
    n=$((n + 1))
    bad=
    while IFS=: read -r file line text; do
        [ -n "$file" ] || continue
        header=$(sed -E 's/^[^<"]*[<"]([^>"]*)[>"].*$/\1/' <<<"$text")
        case $text in
        *\<*) angle_ok "$header" "$file" " $allowed " && continue ;;
        *\"*) quote_ok "$header" "$file" "$part" " $allowed " && continue ;;
        *) continue ;; # a macro names the header: what it expands to is checked where it is written
        esac
        bad+="# $file:$line: may not include $header"$'\n'
    done < <(grep -rnE --include='*.[ch]' --include='*.def' '^[[:space:]]*#[[:space:]]*include' "$part" 2>/dev/null)
    if [ -n "$bad" ]; then
        failed=$((failed + 1))
        printf 'not ok %d - includes of %s\n%s' "$n" "$part" "$bad"
    else
        printf 'ok %d - includes of %s\n' "$n" "$part"
    fi
done <<<"$parts"
echo "1..$n"
[ "$failed" -eq 0 ]
