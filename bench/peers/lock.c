/* SPDX-License-Identifier: MIT */
/* The locks of threads, where nobody waits for them: see bench/lock.c. */
#include "peer.h"

#include <pthread.h>
#include <semaphore.h>

#define HIDE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

#define MEASURE(name, kind, init, take, release)                                                   \
        do {                                                                                       \
                double best = 1e9;                                                                 \
                for (int round = 0; round < 5; round++) {                                          \
                        kind object, *hidden = &object;                                            \
                        uint64_t began;                                                            \
                        init;                                                                      \
                        began = peer_now();                                                        \
                        for (uint64_t i = 0; i < count; i++) {                                     \
                                HIDE(hidden);                                                      \
                                peer_require(take(hidden) == 0);                                   \
                                HIDE(hidden);                                                      \
                                peer_require(release(hidden) == 0);                                \
                        }                                                                          \
                        double each = (double)(peer_now() - began) / (double)count;                \
                        best = each < best ? each : best;                                          \
                }                                                                                  \
                peer_print(name, best);                                                            \
        } while (0)

static void *nothing(void *pointer)
{
        return pointer;
}

int main(int argc, char **argv)
{
        uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
        pthread_t thread;

        /* With one thread ever, glibc leaves the atomic operations out. */
        pthread_create(&thread, NULL, nothing, NULL);
        pthread_join(thread, NULL);
        MEASURE("lock_ns", pthread_mutex_t, pthread_mutex_init(hidden, NULL), pthread_mutex_lock,
                pthread_mutex_unlock);
        MEASURE("rwlock_ns", pthread_rwlock_t, pthread_rwlock_init(hidden, NULL),
                pthread_rwlock_rdlock, pthread_rwlock_unlock);
        MEASURE("rwlock_write_ns", pthread_rwlock_t, pthread_rwlock_init(hidden, NULL),
                pthread_rwlock_wrlock, pthread_rwlock_unlock);
        MEASURE("semaphore_ns", sem_t, sem_init(hidden, 0, 2), sem_wait, sem_post);
        return 0;
}
