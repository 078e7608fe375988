# SPDX-License-Identifier: MIT
# What rich.capnp imports; and it imports that, in a circle.
@0xb15d1f2a5c9e8f01;

using Rich = import "rich.capnp";
using Mori = import "/mori/mori.capnp";
$Mori.prefix("other");

struct Point {
  x @0 :Float64;
  y @1 :Float64;
}

enum Unit { metre @0; foot @1; }

struct Back {
  whole @0 :Rich.Rich;
  colours @1 :List(Rich.Colour);
}
