/* SPDX-License-Identifier: MIT */
/* Compiled for mapped stacks: what tells its mode at a link is in mori's headers alone. */
#include <mori/base.h>

int main(void)
{
        return mori_version() == 0;
}
