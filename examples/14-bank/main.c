/* SPDX-License-Identifier: MIT */
/*
 * Step 14: who waits for whom at an object.
 *
 * An account serves readers beside one another, and a writer alone; all in the order in which they
 * came. So no account needs a lock. A transfer is served by one account, which calls the other one
 * meanwhile: two in opposite directions would wait for each other, so all go in one direction. Who
 * does it otherwise is refused, and told why.
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
        int error;

        if (++state->readers > state->readers_most)
                state->readers_most = state->readers;
        error = await mori_sleep(MORI_MS(5)); /* it is looked up somewhere */
        call->amount = state->amount;
        call->readers = state->readers_most;
        if (--state->readers == 0) /* also where nobody waits for it any more */
                state->readers_most = 0;
        return error;
}

static int change(struct state *state, int64_t by)
{
        MORI_REQUIRE(state->readers == 0); /* a writer is alone */
        if (state->amount + by < 0)
                return mori_fail(-ERANGE, "%d are too much: there are %d", -(int)by,
                                 (int)state->amount);
        state->amount += by;
        return 0;
}

static async int account_serve_change(void *self, struct account_change_call *call)
{
        return change(self, call->by);
}

/* Whether a call that has failed so may have been served (mori/object.h). */
static bool is_in_doubt(int error)
{
        return error == -ECONNRESET || error == -ETIMEDOUT || error == -EKEYREVOKED;
}

static async int account_serve_transfer(void *self, struct account_transfer_call *call)
{
        struct state *from = self;
        int error = 0;

        attempt(change(from, -call->amount));
        /* nobody else is served here meanwhile; and once it is begun, nobody gives it up */
        shield (MORI_S(1)) {
                error = await account_change(call->to, call->amount);
        }
        if (error < 0 && !is_in_doubt(error)) /* in doubt, it may be there: not in both places */
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

/* A reader that does not wait so long: it ends there as well. */
static async int give_up(account of)
{
        int64_t amount;
        uint32_t readers = 0;
        int error = 0;

        within (MORI_MS(1)) {
                error = await account_balance(of, &amount, &readers);
        }
        if (error == -ETIMEDOUT)
                attempt(await mori_print(mori_stdout(), "too slow\n"));
        attempt(await account_change(of, 0)); /* a writer comes when it is not there any more */
        attempt(await account_balance(of, &amount, &readers));
        return await mori_print(mori_stdout(), "%d, read by %u at a time\n", (int)amount, readers);
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

/* ---- Failures */

/* What a transfer has answered, in words. */
static async int print_answer(int error)
{
        struct mori_failure failure;

        if (error == 0)
                return await mori_print(mori_stdout(), "transferred\n");
        mori_failure_get(error, &failure);
        return await mori_print(mori_stdout(), "%s: %s\n", mori_failure_kind_name(failure.kind),
                                failure.text);
}

static async int transfer_and_print(account from, account to)
{
        int error = await account_transfer(from, to, 1);

        return await print_answer(error);
}

/* In opposite directions at the same time, by who does not know better. */
static async int transfer_badly(const account *accounts)
{
        scope {
                ignore(start(transfer_and_print, accounts[2], accounts[3]));
                ignore(start(transfer_and_print, accounts[3], accounts[2]));
        }
        return 0;
}

static async int start_bank(mori_process *ret_process, bank *ret_bank)
{
        struct mori_process_options options = {.name = "bank"};

        attempt(await mori_process_start(bank_main, NULL, 0, &options, ret_process));
        return mori_process_exported(*ret_process, &ret_bank->ref);
}

/* To an account of another bank, whose process ends: what is in doubt is not given back. */
static async int transfer_into_doubt(account from)
{
        mori_process process;
        uint32_t readers;
        int64_t amount;
        bank other;
        account to;
        int error;

        attempt(await start_bank(&process, &other));
        attempt(await bank_open(other, 0, &to));
        attempt(mori_process_kill(process));
        attempt(mori_process_release(process));
        error = await account_transfer(from, to, 5);
        account_drop(to);
        bank_drop(other);
        attempt(await account_balance(from, &amount, &readers));
        return await mori_print(mori_stdout(), "%s: %d are left\n",
                                error == -ECONNRESET ? "the other bank is gone" : "it is not",
                                (int)amount);
}

async int mori_main(int argc, char **argv)
{
        account accounts[ACCOUNTS];
        mori_process process;
        bank bank_of;

        (void)argc;
        (void)argv;
        attempt(await start_bank(&process, &bank_of));
        for (unsigned i = 0; i < ACCOUNTS; i++)
                attempt(await bank_open(bank_of, 100, &accounts[i]));
        attempt(await read_and_write(accounts[0]));
        attempt(await give_up(accounts[0]));
        attempt(await transfer_much(accounts));
        attempt(await print_answer(await account_transfer(accounts[1], accounts[2], 1000)));
        attempt(await transfer_badly(accounts));
        attempt(await transfer_into_doubt(accounts[0]));
        for (unsigned i = 0; i < ACCOUNTS; i++)
                account_drop(accounts[i]);
        bank_drop(bank_of);
        attempt(mori_process_kill(process));
        return mori_process_release(process);
}
