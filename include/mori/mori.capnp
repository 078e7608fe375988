# SPDX-License-Identifier: MIT
#
# What mori's generator, capnpc-mori, is told in a schema:
#
#     using Mori = import "/mori/mori.capnp";
#     $Mori.prefix("book");
#
# docs/schema.md says what becomes of it.
@0xd1f0a7a31c2b9e00;

annotation prefix @0xd1f0a7a31c2b9e01 (file) :Text;
# What the names in C of all that the file declares begin with, without the `_` behind it.

annotation name @0xd1f0a7a31c2b9e02 (*) :Text;
# What it is called in C, in place of its own name: below its scope, in snake_case.

annotation readonly @0xd1f0a7a31c2b9e03 (method) :Void;
# The method changes nothing that another one of the object sees.

annotation reentrant @0xd1f0a7a31c2b9e04 (interface, method) :Void;
# It may be called while another call of the object waits.

annotation stream @0xd1f0a7a31c2b9e05 (method) :Void;
# Its calls are made one after the other without a wait for each, with flow control, as those of
# `-> stream` are. It has no results.

annotation deadline @0xd1f0a7a31c2b9e06 (interface, method) :Int64;
# Nanoseconds after which a call is cancelled, where the caller has none that is earlier.

annotation program @0xd1f0a7a31c2b9e07 (struct) :Void;
# It says what a program has: references that it needs and exports, and settings (mori/system.h).

annotation export @0xd1f0a7a31c2b9e08 (field) :Void;
# A reference that the program gives to others; those without it are needed.

annotation required @0xd1f0a7a31c2b9e09 (field) :Void;
# A setting of a program that has to be given: its default is not taken.

annotation least @0xd1f0a7a31c2b9e0a (field) :Int64;
# The least that a setting may be: of an integer, or of the bytes of a Text.

annotation most @0xd1f0a7a31c2b9e0b (field) :Int64;
# The most.
