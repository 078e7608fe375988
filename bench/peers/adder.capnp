# SPDX-License-Identifier: MIT
# The interface of ../adder.h, for Cap'n Proto C++.
@0xc0000000000000d0;

interface Adder {
  add @0 (x :Int32, y :Int32) -> (sum :Int32);
  again @1 () -> (adder :Adder);
}
