/* SPDX-License-Identifier: MIT */
/*
 * The compiler's own headers, in the one order in which they compile, for every file of the plugin.
 * What differs between GCC 12, 13 and 14 is settled here, so that no other file asks for a version.
 */
#ifndef MORI_PLUGIN_HEADERS_H
#define MORI_PLUGIN_HEADERS_H

#include "gcc-plugin.h"

#include "plugin-version.h"

#include "backend.h"
#include "rtl.h"
#include "tree.h"
#include "gimple.h"
#include "gimple-iterator.h"
#include "tree-pass.h"
#include "context.h"
#include "stringpool.h"
#include "attribs.h"
#include "cgraph.h"
#include "c-family/c-common.h" /* before the diagnostics, it insists */
#include "diagnostic-core.h"
#include "diagnostic.h"
#include "function.h"
#include "ssa.h"
#include "tree-ssa.h"
#include "memmodel.h"
#include "emit-rtl.h"
#include "tm_p.h"
#include "output.h"
#include "varasm.h"
#include "calls.h"
#include "opts.h"
#include "options.h"
#include "insn-config.h"
#include "recog.h"
#include "target.h"
#include "df.h"
#include "input.h"
#include "line-map.h"
#include "cpplib.h"
#include "tree-iterator.h"
#include "tree-nested.h"
#include "expr.h"

#if GCCPLUGIN_VERSION < 12000 || GCCPLUGIN_VERSION >= 15000
#error "mori's plugin knows GCC 12, 13 and 14"
#endif

#endif
