# SPDX-License-Identifier: MIT
# Programs for the tests of systems: numbers that come from a source, are doubled, and are used.
@0xb15d1f2a5c9e8f10;

using Mori = import "/mori/mori.capnp";

interface Number {
  next @0 () -> (value :Int32);
}

interface Big extends(Number) {}

struct Source $Mori.program {
  big @0 :Big $Mori.export;
  begin @1 :Int32 = 10;
  lives @2 :UInt32;
  # ms; then it ends. 0: as long as nobody ends it
  silent @3 :Bool;
  # It never exports.
  breaks @4 :Bool;
  # It breaks a contract.
  ends @5 :Int32 = -5;
  # What it returns when it has lived.
  last @6 :Int32;
  # The number after which it breaks a contract, while the kernel has something of it; 0: none.
}

struct Doubler $Mori.program {
  number @0 :Number;
  twice @1 :Number $Mori.export;
}

struct User $Mori.program {
  twice @0 :Number;
  once @1 :Number;
  times @2 :UInt8 = 2;
  pause @3 :UInt32;
  # ms, after each
  returns @4 :Int32 = 3;
  words @5 :List(Text);
}

# What is checked and not run.

struct Kinds $Mori.program {
  share @0 :Float32;
  ratio @1 :Float64;
  unit @2 :Unit;
  title @3 :Text $Mori.required $Mori.most(3);
  level @4 :Int8;
  near @5 :Int8 $Mori.least(-3) $Mori.most(7);
  some @6 :UInt32 = 1 $Mori.least(1);
  cold @7 :Int16 $Mori.most(0);
  enum Unit { metre @0; foot @1; }
}

struct Both $Mori.program {
  words @0 :Letters $Mori.export;
  one @1 :Number $Mori.export;
  two @2 :Big $Mori.export;
}

interface Letters {}

struct WantsBig $Mori.program {
  big @0 :Big;
}
