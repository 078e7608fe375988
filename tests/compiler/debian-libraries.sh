#!/bin/sh
# SPDX-License-Identifier: MIT
#
# debian-libraries.sh COMPILER PLUGIN INCLUDE LIBMORI VERIFY
#
# Three C libraries that know nothing of mori (zlib, expat, cJSON), from Debian's source packages, are compiled with the
# plugin and called from async code, at every level of optimisation: their big frames, their callbacks and their
# variadic functions all pass through gates. mori-verify must be satisfied with each program.
#
# The sources are fetched with apt-get into a folder of their own, with a list of sources of their own; nothing of the system's
# is changed. Where that cannot be done the test is skipped (exit status 77). MORI_DEBIAN_SOURCES names a folder that has
# or keeps the unpacked sources.

set -e

compiler=$1 plugin=$2 include=$3 library=$4 verify=$5
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=${MORI_DEBIAN_SOURCES:-$work/sources}

skip()
{
        echo "debian-libraries.sh: skipped: $*"
        exit 77
}

fetch()
{
        command -v apt-get > /dev/null || skip "there is no apt-get"
        command -v dpkg-source > /dev/null || skip "there is no dpkg-source (package dpkg-dev)"
        codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
        [ -n "$codename" ] || skip "this is not Debian"
        apt=$work/apt
        mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$sources"
        echo "deb-src http://deb.debian.org/debian $codename main" > "$apt/sources.list"
        set -- -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
                -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=
        apt-get "$@" -qq update || skip "the list of source packages cannot be fetched"
        (cd "$sources" && apt-get "$@" -qq source zlib expat cjson) || skip "the sources cannot be fetched"
}

find_source()
{
        for folder in "$sources"/$1-*/; do
                [ -d "$folder" ] && echo "${folder%/}" && return
        done
        return 1
}

if ! find_source zlib > /dev/null || ! find_source expat > /dev/null || ! find_source cjson > /dev/null; then
        fetch > "$work/fetch.log" 2>&1 || { status=$?; tail -n 5 "$work/fetch.log"; exit $status; }
fi
zlib=$(find_source zlib) expat=$(find_source expat) cjson=$(find_source cjson)
[ -d "$expat/expat" ] && expat=$expat/expat

for level in -O0 -O1 -O2 -O3 -Os '-O2 -fPIC' '-O2 -flto'; do
        out=$work/out
        rm -rf "$out"
        mkdir "$out"
        for file in "$zlib"/adler32.c "$zlib"/compress.c "$zlib"/crc32.c "$zlib"/deflate.c \
                "$zlib"/infback.c "$zlib"/inffast.c "$zlib"/inflate.c "$zlib"/inftrees.c \
                "$zlib"/trees.c "$zlib"/uncompr.c "$zlib"/zutil.c \
                "$expat"/lib/xmlparse.c "$expat"/lib/xmlrole.c "$expat"/lib/xmltok.c "$cjson"/cJSON.c; do
                # shellcheck disable=SC2086
                $compiler $level "-fplugin=$plugin" -I"$zlib" -I"$expat/lib" -D_GNU_SOURCE -DHAVE_UNISTD_H \
                        -DHAVE_GETRANDOM -DXML_DEV_URANDOM -DXML_CONTEXT_BYTES=1024 -DXML_NS -DXML_DTD -DXML_GE=1 \
                        -DHAVE_MEMMOVE -DBYTEORDER=1234 -DPACKAGE='"expat"' -c "$file" \
                        -o "$out/$(basename "$file" .c).o"
        done
        # shellcheck disable=SC2086
        $compiler $level "-fplugin=$plugin" -std=gnu17 -I"$include" -I"$zlib" -I"$expat/lib" -I"$cjson" \
                -Wall -Wextra -c "$here/debian-libraries/program.c" -o "$out/program.o"
        # shellcheck disable=SC2086
        $compiler $level "-fplugin=$plugin" "$out"/*.o "$library" -luring $(pkg-config --libs libcares 2>/dev/null) -pthread -lm -Wl,-z,now -o "$out/program"
        "$verify" --quiet "$out/program"
        "$out/program"
        echo "debian-libraries.sh: $level: good"
done
