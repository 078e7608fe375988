/* SPDX-License-Identifier: MIT */
#pragma once

#include "chat.mori.h"

#include <mori/base.h>

/* The mains of a room's process, and of a guest's. */
MORI_ASYNC int room_main(void *argument);
MORI_ASYNC int person_main(void *argument);
