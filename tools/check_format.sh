#!/bin/bash
# The rules of the house that a grep can hold.  Comments are taken out first, so that a text may
# speak of what code must not do.  Prints one TAP line a rule; exit status 1 when one fails.
set -u
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

shopt -s lastpipe # report counts in this shell, not in one of its own
n=0 failed=0

# report NAME: the lines on standard input are what breaks the rule
report() {
    local bad
    bad=$(sed 's/^/# /')
    n=$((n + 1))
    if [ -n "$bad" ]; then
        failed=$((failed + 1))
        printf 'not ok %d - %s\n%s\n' "$n" "$1" "$bad"
    else
        printf 'ok %d - %s\n' "$n" "$1"
    fi
}

# code FOLDER...: every line of C below, as file:line: text, without comments
code() {
    find "$@" -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | xargs -r awk '
        FNR == 1 { inside = 0 }
        {
            line = $0
            out = ""
            while (line != "") {
                if (inside) {
                    i = index(line, "*/")
                    if (!i) { break }
                    line = substr(line, i + 2)
                    inside = 0
                } else {
                    i = index(line, "/*")
                    j = index(line, "//")
                    if (j && (!i || j < i) && line !~ /"[^"]*\/\/[^"]*"/) { line = substr(line, 1, j - 1); i = 0 }
                    if (!i) { out = out line; break }
                    out = out substr(line, 1, i - 1)
                    line = substr(line, i + 2)
                    inside = 1
                }
            }
            if (out ~ /[^ \t]/) { print FILENAME ":" FNR ": " out }
        }'
}

# calls NAMES: those lines of standard input that call one of the functions (a|b|c)
calls() {
    grep -E "(^|[^A-Za-z0-9_])($1)[[:space:]]*\("
}

wire='dissectors src/net' # where all octets are the sender's

code include dissectors src tests tools |
    calls 'strcpy|stpcpy|strcat|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|alloca' |
    report "no unbounded string functions"

code include dissectors src | calls 'v?[sf]?scanf' | report "no scanf outside tests"

# shellcheck disable=SC2086
code $wire | calls 'strlen|strnlen|strdup|strndup|strtol|strtoul|strtoll|strtoull|strtod' |
    report "no C string functions on input in $wire"

# shellcheck disable=SC2086
code $wire | grep -E '(\.|->)ptr[[:space:]]*(\+|-[^>])|&[A-Za-z0-9_.>-]+(\.|->)ptr\[' |
    report "no arithmetic on pointers into input in $wire"

# shellcheck disable=SC2086
code $wire | grep -E '\([[:space:]]*(const[[:space:]]+)?struct[[:space:]]+[a-z0-9_]+[[:space:]]*\*[[:space:]]*\)[^;]*(\.|->)ptr' |
    report "no casts of input to structs in $wire"

# A slice may be copied whole: from its own ptr with its own len.
# shellcheck disable=SC2086
code $wire | calls 'memcpy|memmove' | grep -E '(\.|->)ptr' |
    grep -vE '(memcpy|memmove)\(.*[^A-Za-z0-9_.>-]([A-Za-z0-9_.>-]+(\.|->))ptr, \2len\)' |
    report "memcpy in $wire copies whole slices only"

code dissectors | calls 'malloc|calloc|realloc|free|sgs_alloc|sgs_free|sgs_new' |
    report "dissectors take memory from arenas only"

code include dissectors src | grep -vE '^src/(cli/|capture/live\.c)' |
    calls 'time|clock|clock_gettime|gettimeofday|timespec_get|localtime|rand|srand|random' |
    report "no wall clock and no randomness outside live capture and the program"

code include dissectors src | grep -vE '^src/cli/' | calls 'setlocale|strcoll|strxfrm|isalpha|isdigit|isalnum|isspace|isupper|islower|isprint|tolower|toupper|strcasecmp|strncasecmp' |
    report "nothing depends on the locale"

code include dissectors src | grep -vE '^src/(cli/|base/(log|mem)\.c)' |
    grep -E '(^|[^A-Za-z0-9_])(printf|puts|putchar|perror)[[:space:]]*\(|stdout|stderr' |
    report "only the program prints"

grep -rnE --include='*.[ch]' --include='*.def' '\b(TODO|FIXME|XXX)\b' include dissectors src tests tools 2>/dev/null |
    grep -v '^tools/check_format.sh' | report "nothing is left to do in comments"

find include dissectors src tests tools -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | while read -r file; do
    head -n 1 "$file" | grep -q '^/\*' || echo "$file: begins without a comment"
done | report "every file says at its top what it is"

find include dissectors src -name '*.h' 2>/dev/null | LC_ALL=C sort | while read -r file; do
    path=${file#include/signscope/}
    path=${path#src/}
    guard=SGS_$(tr 'a-z/.-' 'A-Z___' <<<"$path")
    grep -qx "#ifndef $guard" "$file" || echo "$file: its guard is not $guard"
done | report "guards are named after paths"

find include dissectors src tests tools -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 800 ] || head -n 40 "$file" | grep -qiE 'one (thing|file|table|unit)' ||
        echo "$file: $lines lines, and its top does not say why it is one thing"
done | report "no file above 800 lines without a reason"

echo "1..$n"
[ "$failed" -eq 0 ]
