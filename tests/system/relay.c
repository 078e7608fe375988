/* SPDX-License-Identifier: MIT */
/* The programs of relay.capnp as a shared object. */
#include "relay.h"
