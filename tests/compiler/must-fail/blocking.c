/* SPDX-License-Identifier: MIT */
/* Direct calls of functions that may block; longer ways are for mori-linkcheck. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mori/keywords.h>

void slow(void) __attribute__((mori_blocks("it asks the cat")));
void quick_sleep(void) __attribute__((mori_nonblocking));
unsigned sleep_well(unsigned);

async void blocks(pthread_mutex_t *mutex, FILE *file, char *bytes)
{
        /* error: async function 'blocks' calls 'sleep', which may block: sleeps */
        sleep(1);
        /* error: calls 'pthread_mutex_lock', which may block: waits for another thread */
        pthread_mutex_lock(mutex);
        pthread_mutex_trylock(mutex);
        fprintf(file, "%s", bytes); /* error: which may block: writes to a FILE */
        snprintf(bytes, 3, "%d", 1);
        (void)!read(0, bytes, 1);   /* error: which may block: waits for a descriptor */
        slow();                     /* error: calls 'slow', which may block: it asks the cat */
        quick_sleep();
        sleep_well(1);
        memset(bytes, 0, 3);
}
