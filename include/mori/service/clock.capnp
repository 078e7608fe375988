# SPDX-License-Identifier: MIT
@0x9d3b51c1f6a04e02;

using Mori = import "/mori/mori.capnp";
$Mori.prefix("service");

interface Clock {
  # Time. All of it is in nanoseconds; any number may wait at a time.

  now @0 () -> (ns :Int64) $Mori.reentrant;
  # Of the monotonic clock, which nobody sets and deadlines count by.

  wall @1 () -> (ns :Int64) $Mori.reentrant;
  # Since 1970-01-01 00:00 UTC; jumps when somebody sets it.

  sleep @2 (ns :Int64) -> () $Mori.reentrant;
  # Answers when so much time has passed. At once for 0 and below.

  until @3 (wall :Int64) -> (set :Bool) $Mori.reentrant;
  # Answers when the wall clock shows that; or earlier, and `set`, where somebody has set it: what the time was computed
  # from may no longer be so.
}
