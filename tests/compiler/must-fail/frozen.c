/* SPDX-License-Identifier: MIT */
/* Frozen variables are written at load, and read by everybody else. */
#include <stdio.h>
#include <string.h>

#include <mori/keywords.h>

struct entry {
        int key;
        char name[20];
};

static MORI_FROZEN struct entry entries[4];
static MORI_FROZEN int count, *pointer;
extern MORI_FROZEN struct entry elsewhere;
/* error: 'mori_frozen' on a constant, which is frozen already */
static const int constant MORI_FROZEN = 1;
/* error: 'mori_frozen' on a variable of each thread */
static _Thread_local int per_thread MORI_FROZEN;
/* error: 'mori_frozen' makes sense only for a variable */
MORI_FROZEN int function(void);

void changes(struct entry *entry);
const struct entry *looks(const struct entry *entry, const char *name);

static MORI_INITIALISES void set(int i, const char *name)
{
        strcpy(entries[i].name, name);
        entries[i].key = i;
        count++;
        changes(&entries[i]);
}

static MORI_INITIALISES void make(void)
{
        set(1, "one");
        pointer = &count;
}
MORI_AT_LOAD(make);

async int reads(int i)
{
        const struct entry *first = entries, *last = entries + 4;
        struct entry copy = entries[i];
        char text[20];

        for (const struct entry *entry = entries; entry < &entries[count]; entry++)
                i += entry->key;
        memcpy(text, entries[i].name, sizeof(text));
        snprintf(text, sizeof(text), "%s", entries[i].name);
        if (first == &entries[2] || looks(&elsewhere, elsewhere.name) == entries)
                i += entries->key + (*(entries + i)).key + *pointer;
        return i + (int)sizeof(entries) + copy.key + (int)(last - entries);
}

async int writes(int i)
{
        count = i; /* error: frozen variable 'count' is written in 'writes' */
        count++; /* error: frozen variable 'count' is written in 'writes' */
        entries[i].key += 2; /* error: frozen variable 'entries' is written in 'writes' */
        --entries[1].name[i]; /* error: frozen variable 'entries' is written in 'writes' */
        elsewhere.key = 1; /* error: frozen variable 'elsewhere' is written in 'writes' */
        (entries + 1)->key = 3; /* error: frozen variable 'entries' is written in 'writes' */
        *entries = elsewhere; /* error: frozen variable 'entries' is written in 'writes' */
        return i;
}

/* In sync code as well. */
void gives(struct entry **ret)
{
        /* error: address of frozen variable 'entries' where it may be written through */
        changes(&entries[1]);
        changes(entries); /* error: address of frozen variable 'entries' where it may be */
        memset(&elsewhere, 0, 9); /* error: address of frozen variable 'elsewhere' where */
        *ret = entries + 2; /* error: address of frozen variable 'entries' where it may be */
        struct entry *local = entries; /* error: address of frozen variable 'entries' where */
        count = local->key; /* error: frozen variable 'count' is written in 'gives' */
        const struct entry *reads = &elsewhere;
        changes((struct entry *)(uintptr_t)reads); /* whoever does this is believed */
        set(2, "two"); /* error: call of 'set', which initialises frozen variables, from 'gives' */
        *pointer = 1; /* what a frozen pointer leads to is not frozen */
}
