/* SPDX-License-Identifier: MIT */
/*
 * explore-GROUP [--max N] [--find TEXT] [SCENARIO...]: explores the scenarios of a group, or those
 * named, and says how many schedules there were. Exit code 0: none fails, and all was explored.
 *
 * --preemptions N  instead of what each asks for; 0: no bound
 * --max N      at most N schedules of each; then it is no failure that some are left
 * --find TEXT  for a program with a seeded bug: exit code 0 where one fails, with TEXT in its
 *              failure
 * --wide       with the wider bounds of those that have some
 */
#include "explorer.h"
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_wanted(const char *name, int count, char **names)
{
        for (int i = 0; i < count; i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return count == 0;
}

int main(int argc, char **argv)
{
        const char *find = NULL;
        uint64_t max = 0, schedules = 0;
        bool found = false, missed = false, wide = false;
        int preemptions = -1;
        int first = 1;

        for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
                if (strcmp(argv[first], "--wide") == 0) {
                        wide = true;
                } else if (strcmp(argv[first], "--max") == 0 && first + 1 < argc) {
                        max = strtoull(argv[++first], NULL, 10);
                } else if (strcmp(argv[first], "--preemptions") == 0 && first + 1 < argc) {
                        preemptions = atoi(argv[++first]);
                } else if (strcmp(argv[first], "--find") == 0 && first + 1 < argc) {
                        find = argv[++first];
                } else {
                        fprintf(stderr,
                                "usage: %s [--wide] [--max N] [--find TEXT] [SCENARIO...]\n",
                                argv[0]);
                        return 2;
                }
        }
        for (unsigned i = 0; explore_scenarios[i].name != NULL; i++) {
                struct explore_scenario scenario = explore_scenarios[i];
                struct explore_result result;

                if (!is_wanted(scenario.name, argc - first, argv + first))
                        continue;
                if (wide)
                        scenario.preemptions = scenario.preemptions_wide;
                if (preemptions >= 0)
                        scenario.preemptions = (unsigned)preemptions;
                result = explore(&scenario, max);
                schedules += result.schedules;
                printf("%s: %llu schedules, %llu of them cut short, up to %u steps, %s\n",
                       scenario.name, (unsigned long long)result.schedules,
                       (unsigned long long)result.cut, result.depth,
                       result.failure != NULL ? "FAILED"
                       : !result.complete     ? "not all"
                       : scenario.preemptions != 0 ? "all within the bound"
                                                    : "all");
                fflush(stdout);
                if (result.failure == NULL) {
                        missed = missed || (!result.complete && max == 0);
                        continue;
                }
                if (find != NULL && strstr(result.failure, find) != NULL) {
                        printf("found: %s\n", result.failure);
                        found = true;
                        break;
                }
                explore_report();
                return 1;
        }
        printf("%llu schedules\n", (unsigned long long)schedules);
        if (find != NULL && !found)
                fprintf(stderr, "the seeded bug was not found\n");
        return (find != NULL && !found) || missed;
}
