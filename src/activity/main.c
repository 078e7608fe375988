/* SPDX-License-Identifier: MIT */
/*
 * The main() of a program that defines mori_main() and no main() of its own. It is in the library,
 * shared or static, so that nothing has to be added to a link.
 */
#include <mori/program.h>

#include "base/base.h"

#pragma weak mori_main

MORI_API int main(int argc, char **argv)
{
        mori_entry_point *entry = mori_main;

        if (entry == NULL) {
                base_report("mori: the program defines neither main() nor mori_main()");
                return 78;
        }
        return mori_run(entry, argc, argv, NULL);
}
