# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84591;

using Mori = import "/mori/mori.capnp";

interface Calculator {
  # Adds, and lends memories.
  add @0 (x :Int32, y :Int32) -> (sum :Int32) $Mori.readonly;
  remember @1 (value :Int32) -> (memory :Memory);
}

interface Memory {
  # A number that is changed by one call after the other.
  add @0 (value :Int32) -> (value :Int32);
}
