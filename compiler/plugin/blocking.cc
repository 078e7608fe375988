/* SPDX-License-Identifier: MIT */
/*
 * What is known of functions that may block: their own attributes first, then the table that the
 * plugin shares with mori-linkcheck. The plugin looks at direct calls only; longer paths are the
 * business of mori-linkcheck, which sees the whole program.
 */
#include "plugin.h"

#include "../blocking/blocking.h"

const char *blocking_reason(tree function)
{
        if (decl_has_attribute(function, "mori_nonblocking"))
                return NULL;
        if (decl_has_attribute(function, "mori_blocks"))
                return xstrdup(decl_attribute_text(function, "mori_blocks").c_str());
        if (!TREE_PUBLIC(function) || (DECL_INITIAL(function) && !DECL_EXTERNAL(function)))
                return NULL;
        return blocking_function_reason(decl_symbol_name(function).c_str());
}

const char *blocking_remedy(tree function)
{
        return blocking_function_remedy(decl_symbol_name(function).c_str());
}
