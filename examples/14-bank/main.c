/* SPDX-License-Identifier: MIT */
/*
 * Step 14: who waits for whom at an object.
 *
 * An account serves readers beside one another, and a writer alone; all in the order in which they
 * came. So no account needs a lock. A transfer is served by one account, which calls the other one
 * meanwhile: two in opposite directions would wait for each other, so all go in one direction.
 */
#include "bank.mori.h"

#include <mori/keywords.h>

#include <errno.h>

/* ---- Who serves */

struct state {
        int64_t amount;
        uint32_t readers, readers_most;
};

static async int account_serve_balance(void *self, struct account_balance_call *call)
{
        struct state *state = self;

        if (++state->readers > state->readers_most)
                state->readers_most = state->readers;
        attempt(await mori_sleep(MORI_MS(5))); /* it is looked up somewhere */
        call->amount = state->amount;
        call->readers = state->readers_most;
        if (--state->readers == 0)
                state->readers_most = 0;
        return 0;
}

static int change(struct state *state, int64_t by)
{
        MORI_REQUIRE(state->readers == 0); /* a writer is alone */
        if (state->amount + by < 0)
                return -ERANGE;
        state->amount += by;
        return 0;
}

static async int account_serve_change(void *self, struct account_change_call *call)
{
        return change(self, call->by);
}

static async int account_serve_transfer(void *self, struct account_transfer_call *call)
{
        struct state *from = self;
        int error;

        attempt(change(from, -call->amount));
        /* nobody else is served here meanwhile */
        error = await account_change(call->to, call->amount);
        if (error < 0)
                from->amount += call->amount;
        return error;
}

static const struct account_server account_functions = {
        .balance = account_serve_balance,
        .change = account_serve_change,
        .transfer = account_serve_transfer,
};

static async int bank_serve_open(void *self, struct bank_open_call *call)
{
        struct state *state = mori_alloc_zero(1, sizeof *state);

        (void)self;
        state->amount = call->amount;
        return account_new(&account_functions, state, mori_free, &call->account);
}

static const struct bank_server bank_functions = {.open = bank_serve_open};

static async int bank_main(void *argument)
{
        bank served;

        (void)argument;
        attempt(bank_new(&bank_functions, NULL, NULL, &served));
        attempt(mori_export(served.ref));
        bank_drop(served);
        return await mori_sleep(MORI_FOREVER);
}

/* ---- Readers and a writer */

#define READERS 3

static async int print_balances(account_balance_promise *balances)
{
        for (unsigned i = 0; i < READERS; i++) {
                int64_t amount;
                uint32_t readers;

                attempt(await account_balance_join(&balances[i], &amount, &readers));
                attempt(await mori_print(mori_stdout(), "%d, read by %u at a time\n", (int)amount,
                                         readers));
        }
        return 0;
}

/* All are sent at once. The writer waits for the readers before it, those behind it wait for it. */
static async int read_and_write(account of)
{
        account_balance_promise before[READERS], after[READERS];
        account_change_promise changed;

        for (unsigned i = 0; i < READERS; i++)
                before[i] = account_balance_send(of);
        changed = account_change_send(of, -10);
        for (unsigned i = 0; i < READERS; i++)
                after[i] = account_balance_send(of);
        attempt(await print_balances(before));
        attempt(await account_change_join(&changed));
        return await print_balances(after);
}

/* ---- Transfers */

#define ACCOUNTS 4

/* The account with the lower number serves it: so none waits for one that waits for it. */
static async int transfer(const account *accounts, unsigned from, unsigned to, int64_t amount)
{
        if (from < to)
                return await account_transfer(accounts[from], accounts[to], amount);
        return await account_transfer(accounts[to], accounts[from], -amount);
}

static async int transfer_much(const account *accounts)
{
        int64_t sum = 0;

        scope {
                for (unsigned i = 0; i < 100; i++)
                        ignore(start(transfer, accounts, i % ACCOUNTS, (i + 1 + i % 3) % ACCOUNTS,
                                     (int64_t)1));
        }
        for (unsigned i = 0; i < ACCOUNTS; i++) {
                int64_t amount;
                uint32_t readers;

                attempt(await account_balance(accounts[i], &amount, &readers));
                sum += amount;
        }
        attempt(await mori_print(mori_stdout(), "after 100 transfers: %d in all\n", (int)sum));
        return 0;
}

async int mori_main(int argc, char **argv)
{
        struct mori_process_options options = {.name = "bank"};
        account accounts[ACCOUNTS];
        mori_process process;
        bank bank_of;

        (void)argc;
        (void)argv;
        attempt(await mori_process_start(bank_main, NULL, 0, &options, &process));
        attempt(mori_process_exported(process, &bank_of.ref));
        for (unsigned i = 0; i < ACCOUNTS; i++)
                attempt(await bank_open(bank_of, 100, &accounts[i]));
        attempt(await read_and_write(accounts[0]));
        attempt(await transfer_much(accounts));
        if (await account_transfer(accounts[1], accounts[2], 1000) == -ERANGE)
                attempt(await mori_print(mori_stdout(), "there is not as much\n"));
        for (unsigned i = 0; i < ACCOUNTS; i++)
                account_drop(accounts[i]);
        bank_drop(bank_of);
        attempt(mori_process_kill(process));
        return mori_process_release(process);
}
