/* SPDX-License-Identifier: MIT */
/*
 * Step 9: structure.
 *
 * What a program does at the same time has a shape: all of these, whichever of those, many but
 * not too many, again if it failed. Each shape is a call or a block that ends when all that
 * belongs to it has ended.
 */
#include <mori/keywords.h>

#include <errno.h>

/* A service that answers after a while; what it answers, or how it fails, is the second number. */
static async int ask(int ms, int answer)
{
        attempt(await mori_sleep(MORI_MS(ms)));
        return answer;
}

/*
 * Both are needed: the sum of two answers, or the first failure, and then the other is cancelled.
 */
static async int both(int first, int second)
{
        Async(int) asked[] = {start(ask, 20, first), start(ask, 10, second)};
        int result = await mori_all(asked, 2);

        return await mori_print(mori_stdout(), "both: %s\n",
                                result == 0 ? "answered" : "one of them has failed");
}

/* One is enough: the first that succeeds. The others are cancelled, and have ended. */
static async int fastest(void)
{
        Async(int) mirrors[] = {start(ask, 30, 1), start(ask, 5, -EIO), start(ask, 10, 3)};
        unsigned which;
        int answer = await mori_any(mirrors, 3, &which);

        return await mori_print(mori_stdout(), "fastest: mirror %u answers %d\n", which, answer);
}

/* Fails twice, and then no more. */
static async int shaky(int *attempts)
{
        attempt(await mori_yield());
        return ++*attempts < 3 ? -ECONNRESET : 0;
}

static async int again(void)
{
        const mori_retry policy = {.attempts = 5, .delay = MORI_MS(1)};
        int attempts = 0;

        attempt(MORI_RETRY(&policy, await shaky(&attempts)));
        return await mori_print(mori_stdout(), "again: at attempt %d\n", attempts);
}

struct account {
        mori_lock lock;
        long balance;
        int at_once, most;
};

/*
 * The lock is held across the wait, so what is read and what is written belong together. However
 * the function is left, it is released.
 */
static async int deposit(struct account *account, long amount)
{
        long before;

        MORI_LOCKED(&account->lock);
        before = account->balance;
        attempt(await mori_yield());
        account->balance = before + amount;
        return 0;
}

static async int transfer(struct account *account, long amount)
{
        account->at_once++;
        account->most = account->at_once > account->most ? account->at_once : account->most;
        attempt(await mori_sleep(MORI_MS(1)));
        attempt(await deposit(account, amount));
        account->at_once--;
        return 0;
}

/* A hundred transfers, at most eight at a time. */
static async int many(void)
{
        struct account account = {.lock = MORI_LOCK};

        wide (8) {
                for (long i = 1; i <= 100; i++)
                        iterate(transfer, &account, i);
        }
        return await mori_print(mori_stdout(), "many: %ld, at most %d at a time\n", account.balance,
                                account.most);
}

/* Two that want two locks in a different order: the one that would close the circle is told. */
static async int takes_both(mori_lock *one, mori_lock *other)
{
        MORI_LOCKED(one);
        attempt(await mori_yield());
        MORI_LOCKED(other);
        return 0;
}

static async int in_a_circle(void)
{
        mori_lock left = MORI_LOCK, right = MORI_LOCK;
        int results[2];

        scope {
                Async(int) philosophers[] = {start(takes_both, &left, &right),
                                             start(takes_both, &right, &left)};

                attempt(await mori_collect(philosophers, 2, results));
        }
        return await mori_print(mori_stdout(), "in a circle: %s\n",
                                results[1] == -EDEADLK ? "the second gave up, the first went on"
                                                       : "no deadlock");
}

async int mori_main(int argc, char **argv)
{
        (void)argv;
        attempt(await both(1, 2));
        attempt(await both(-EIO, 2));
        attempt(await fastest());
        attempt(await again());
        attempt(await many());
        /* With any argument, because a deadlock is reported, too. */
        return argc > 1 ? await in_a_circle() : 0;
}
