/* SPDX-License-Identifier: MIT */
/* What the tests of watching share: events as lines, and what makes them. */
#pragma once

#include "io.h"

#include <mori/activity.h>
#include <mori/directory.h>
#include <mori/filesystem.h>
#include <mori/scope.h>
#include <mori/watch.h>

#include <stdio.h>

static const char *const kinds[] = {
        [MORI_CREATED] = "created",       [MORI_FOUND] = "found",     [MORI_REMOVED] = "removed",
        [MORI_RENAMED] = "renamed",       [MORI_WRITTEN] = "written", [MORI_CHANGED] = "changed",
        [MORI_ATTRIBUTES] = "attributes", [MORI_MOVED] = "moved",     [MORI_GONE] = "gone",
        [MORI_FAILED] = "failed",         [MORI_LISTED] = "listed",   [MORI_RESCAN] = "rescan",
};

/* "2: renamed old -> new/": an event as a line, which the tests compare. */
HELPER void line_of(const struct mori_watch_event *event, char line[1024])
{
        snprintf(line, 1024, "%u: %s%s%s%s%s%s%s", event->place, kinds[event->kind],
                 event->old_path != NULL ? " " : "",
                 event->old_path != NULL ? event->old_path : "",
                 event->old_path != NULL ? " ->" : "", *event->path != '\0' ? " " : "", event->path,
                 event->directory && *event->path != '\0' ? "/" : "");
}

UNUSED static async void told(mori_watch *watch, const char *expected)
{
        struct mori_watch_event event;
        char line[1024];
        int more = await mori_watch_next(watch, &event);

        if (more == 1)
                line_of(&event, line);
        else
                snprintf(line, sizeof line, "%d", more);
        ck_assert_str_eq(line, expected);
}

UNUSED static async void nothing_told(mori_watch *watch)
{
        struct mori_watch_event event;

        within(MORI_MS(20)) {
                EXPECT_EQ(await mori_watch_next(watch, &event), -ETIMEDOUT);
        }
}

UNUSED static async void touch(mori_directory directory, const char *path)
{
        mori_file file;

        EXPECT_EQ(await mori_file_open(directory, path, O_CREAT | O_WRONLY, 0666, &file), 0);
        EXPECT_EQ(await mori_file_write(file, "x", 1), 1);
        EXPECT_EQ(await mori_file_close(file), 0);
}

UNUSED static async void renamed(const char *path, const char *new_path)
{
        EXPECT_EQ(await mori_rename(MORI_NO_FILE, path, MORI_NO_FILE, new_path, 0), 0);
}
