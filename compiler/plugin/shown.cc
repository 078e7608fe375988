/* SPDX-License-Identifier: MIT */
/*
 * Where diagnostics are shown. `start`, `scope` and the like are macros of several storeys, so what
 * is wrong with `start(work, 1)` lies, for the compiler, in a line of <mori/activity.h>, and it
 * tells a dozen expansions from there to the user's line. Here the place of each diagnostic, ours
 * and the compiler's own, is led out of mori's macros before it is shown: to the argument that the
 * user wrote, where the token is one, else to where the macro was used. Macros of the user's own
 * are told as ever.
 */
#include "plugin.h"

static diagnostic_starter_fn starter_before;

/* Out of all macros of mori's that the location is in. */
static location_t led_out(location_t location)
{
        while (linemap_location_from_macro_expansion_p(line_table, location) &&
               location_is_defined_by_mori(location)) {
                const line_map_macro *map =
                        linemap_check_macro(linemap_lookup(line_table, location));
                location_t inner =
                        linemap_macro_map_loc_unwind_toward_spelling(line_table, map, location);

                location = call_is_spelled_by_mori(inner) ? MACRO_MAP_EXPANSION_POINT_LOCATION(map)
                                                          : inner;
        }
        return location;
}

/* GCC 14 has a const here that the others have not. */
template <typename info>
static void start_diagnostic(diagnostic_context *context, info *diagnostic)
{
        location_t location = get_pure_location(line_table, diagnostic_location(diagnostic));
        location_t shown = led_out(location);

        if (shown != location)
                diagnostic->richloc->set_range(0, shown, SHOW_RANGE_WITH_CARET);
        starter_before(context, diagnostic);
}

void shown_install()
{
        starter_before = diagnostic_starter(global_dc);
        diagnostic_starter(global_dc) = start_diagnostic;
}
