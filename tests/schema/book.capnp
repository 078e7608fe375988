# SPDX-License-Identifier: MIT
# The example of docs/schema.md.
@0xb15d1f2a5c9e8f02;

using Mori = import "/mori/mori.capnp";
$Mori.prefix("book");

struct Person {
  id @0 :UInt32;
  name @1 :Text;
  phones @2 :List(Phone);
  work :union {
    none @3 :Void;
    employer @4 :Text;
    school @5 :Text;
  }

  struct Phone {
    number @0 :Text;
    kind @1 :Kind = mobile;
    enum Kind { home @0; mobile @1; }
  }
}
