/* SPDX-License-Identifier: MIT */
/* Who takes the results of a call that was sent, where that is a callback: see then.c. */
#pragma once

#include "object/object.h"

struct then;

/* The question's promise is joined by nobody else. 0, -ENOMEM, -ENOBUFS: nothing has happened. */
int then_begin(struct question *question, mori_sent_answered *answered, void (*callback)(void),
               void *context);
/* The question was returned: the callback has its turn. Once or many times. */
void then_settle(struct then *then);
/* It is not to be called any more; the question is nobody's then. */
void then_drop(struct then *then);
