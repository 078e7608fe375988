# SPDX-License-Identifier: MIT
# A schema with all that the language has for data. Comments of a file are taken over, too.
@0xb15d1f2a5c9e8f00;

using Other = import "other.capnp";
using Mori = import "/mori/mori.capnp";

enum Colour {
  # What a thing looks like.
  red @0;
  # As a rose.
  deepBlue @1;
  rgb @2 $Mori.name("r_g_b");
}

struct Rich {
  # All kinds of fields. This comment has a */ and a /* in it.

  nothing @0 :Void;
  yes @1 :Bool;
  i8 @2 :Int8;
  i16 @3 :Int16;
  i32 @4 :Int32;
  i64 @5 :Int64;
  u8 @6 :UInt8;
  u16 @7 :UInt16;
  u32 @8 :UInt32;
  u64 @9 :UInt64;
  f32 @10 :Float32;
  f64 @11 :Float64;
  colour @12 :Colour;
  name @13 :Text;
  # What it is called.
  #
  # In two paragraphs.
  bytes @14 :Data;
  inner @15 :Inner;
  point @16 :Other.Point;
  any @17 :AnyPointer;

  struct Inner {
    id @0 :UInt32;
    next @1 :Inner;
    hTTPServer @2 :Text $Mori.name("http_server");

    enum Kind { plain @0; other @1; }
    kind @3 :Kind;
    const limit :UInt16 = 12;
  }
}

struct Lists {
  voids @0 :List(Void);
  bools @1 :List(Bool);
  i8s @2 :List(Int8);
  i16s @3 :List(Int16);
  i32s @4 :List(Int32);
  i64s @5 :List(Int64);
  u8s @6 :List(UInt8);
  u16s @7 :List(UInt16);
  u32s @8 :List(UInt32);
  u64s @9 :List(UInt64);
  f32s @10 :List(Float32);
  f64s @11 :List(Float64);
  texts @12 :List(Text);
  datas @13 :List(Data);
  colours @14 :List(Colour);
  structs @15 :List(Rich.Inner);
  points @16 :List(Other.Point);
  matrix @17 :List(List(Int32));
  deep @18 :List(List(List(Rich.Inner)));
  words @19 :List(List(Text));
  bits @20 :List(List(Bool));
}

struct Defaults {
  yes @0 :Bool = true;
  i8 @1 :Int8 = -7;
  i64 @2 :Int64 = -9223372036854775808;
  u16 @3 :UInt16 = 65535;
  u64 @4 :UInt64 = 18446744073709551615;
  f32 @5 :Float32 = 1.5;
  f64 @6 :Float64 = -inf;
  nan @7 :Float32 = nan;
  colour @8 :Colour = rgb;
  name @9 :Text = "a \"name\"";
  bytes @10 :Data = 0x"00 01 ff";
  inner @11 :Rich.Inner = (id = 5, next = (id = 6));
  numbers @12 :List(Int16) = [1, -2, 3];
  inners @13 :List(Rich.Inner) = [(id = 1), (id = 2, kind = other)];
  bits @14 :List(Bool) = [true, false, true];
}

struct Choice {
  # An unnamed union, a named one, and groups.
  before @0 :UInt32;
  union {
    none @1 :Void;
    number @2 :Int32 = 42;
    text @3 :Text;
    many @4 :List(UInt8) = [1, 2];
    box :group {
      width @5 :UInt16;
      height @6 :UInt16;
      label @7 :Text;
    }
    self @8 :Choice;
    flag @9 :Bool;
  }
  place :union {
    # Where it is.
    nowhere @10 :Void;
    at @11 :Other.Point;
    unit @12 :Other.Unit = foot;
    free @13 :AnyPointer;
  }
  size :group {
    deep :group {
      value @14 :Float64 = 0.5;
    }
    which @15 :Bool;
  }
}

struct Map(Key, Value) {
  entries @0 :List(Entry);
  struct Entry {
    key @0 :Key;
    value @1 :Value;
  }
}

struct Generic {
  map @0 :Map(Text, Rich);
  plain @1 :Map;
  anyStruct @2 :AnyStruct;
  anyList @3 :AnyList;
}

struct Clash {
  # Names that are taken elsewhere.
  builder @0 :Text;
  hasName @1 :Bool;
  name @2 :Text;
  which @3 :UInt8;
  union {
    isB @4 :Void;
    b @5 :Void;
  }
  setName @6 :UInt8;
  list @7 :Text;
  read @8 :UInt8;
  init @9 :UInt8;
}

struct ClashList { clashes @0 :List(Clash); }
struct Default {}
enum Union { struct @0; union @1; }
struct Empty @0x8a5f4a3d5b6c7d8e {}

struct Old {
  a @0 :UInt16;
  names @1 :List(Text);
}
struct New {
  a @0 :UInt16;
  names @1 :List(NewName);
  b @2 :Int32 = 3;
  c @3 :Text = "new";
}
struct NewName {
  name @0 :Text;
  age @1 :UInt8;
}

const answer :Int32 = -42;
const limit :UInt64 = 0xffffffffffffffff;
const half :Float64 = 0.5;
const tiny :Float32 = 1e-40;
const infinite :Float32 = -inf;
const on :Bool = true;
const best :Colour = deepBlue;
const greeting :Text = "hello\n";
const magic :Data = 0x"de ad";
const primes :List(UInt32) = [2, 3, 5, 7];
const origin :Other.Point = (x = 1, y = .half);
const points :List(Other.Point) = [(x = 1), (y = 2)];
const table :List(List(Text)) = [["a", "b"], []];

annotation note @0xb15d1f2a5c9e8f77 (*) :Text;
