# SPDX-License-Identifier: MIT
#
# usage LEAST "$@", for the scripts that read this by ".": where the first argument is --help the comment at the top of
# the script is its help, and the script ends with 0; where there are fewer than LEAST arguments it is so on the
# standard error, with 2.
usage()
{
        least=$1
        shift
        if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
                sed -n '4,/^[^#]/ s/^# \{0,1\}//p' "$0"
                exit 0
        fi
        if [ $# -lt "$least" ]; then
                sed -n '4,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2
                exit 2
        fi
}
