# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84593;

using Mori = import "/mori/mori.capnp";

interface Document {
  # A text that never changes, by its words.
  word @0 (number :UInt32) -> (word :Text) $Mori.readonly;
  # Empty behind the last one.
}

interface Checker {
  # Looks the words of documents up in a dictionary.
  check @0 (document :Document) -> (words :UInt32, wrong :UInt32) $Mori.readonly;
}
