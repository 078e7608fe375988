#!/bin/sh
# SPDX-License-Identifier: MIT
# stamp.sh PLUGIN HEADER: writes a header that differs when the plugin does.
set -e
sum=$(cksum < "$1")
printf '/* SPDX-License-Identifier: MIT */\n/* plugin %s */\n' "$sum" > "$2"
