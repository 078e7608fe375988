# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84592;

using Mori = import "/mori/mori.capnp";

interface Node {
  # A place in a tree.
  name @0 () -> (name :Text) $Mori.readonly;
  child @1 (name :Text) -> (node :Node) $Mori.readonly;
}
