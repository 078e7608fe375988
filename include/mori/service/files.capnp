# SPDX-License-Identifier: MIT
@0x9d3b51c1f6a04e04;

using Mori = import "/mori/mori.capnp";
$Mori.prefix("service");

interface Directory {
  # A directory and what is beneath it, by paths that are relative to it. Nothing else can be reached: an absolute path, a
  # ".." too many, or a symbolic link that leads out is -EXDEV. Who has a reference of readonly() looks and changes nothing.
  # Calls are served in their order, those that open or look beside one another.

  open @0 (path :Text, how :How = read) -> (file :File) $Mori.readonly;
  # Only regular files: -EISDIR, and -EOPNOTSUPP for what is neither. -EMFILE where the service has as much open as it may.

  enter @1 (path :Text) -> (directory :Directory) $Mori.readonly;
  # One beneath it: who has that one cannot come back up. As readonly as this one.

  readonly @2 () -> (directory :Directory) $Mori.readonly;
  # The same, for who may look and change nothing: -EACCES.

  list @3 () -> (listing :Listing) $Mori.readonly;
  # What is in it.

  status @4 (path :Text) -> (kind :Kind, bytes :UInt64, changed :Int64) $Mori.readonly;
  # Of what the path leads to; "" for the directory itself. `changed`: its contents, in ns since 1970.

  make @5 (path :Text) -> ();
  # A directory. -EEXIST where there is something.

  remove @6 (path :Text) -> ();
  # A file, a link, or an empty directory (else -ENOTEMPTY). Who has it open goes on.

  rename @7 (path :Text, to :Text) -> ();
  # In one step, in place of what had that name.

  enum How {
    read @0;    # to read
    write @1;   # to read and write; it must be there
    create @2;  # the same; it is made where it is not there
    new @3;     # the same; it must not be there: -EEXIST
    replace @4; # the same; what was in it is gone
  }

  enum Kind { other @0; file @1; directory @2; link @3; }
}

interface Listing {
  # The entries of a directory, a piece at a time. What comes or goes meanwhile is listed once or not at all.

  next @0 (count :UInt32) -> (entries :List(Entry));
  # So many, 64 at most; none: there are no more.

  struct Entry {
    name @0 :Text;
    kind @1 :Directory.Kind; # `other` also where the file system does not say
  }
}

interface File {
  # A regular file, which is closed when nobody has a reference any more. Calls are served in their order, those that
  # read beside one another.

  read @0 (offset :UInt64, bytes :UInt32) -> (data :Data) $Mori.readonly;
  # So many, 65536 at most; fewer where the file ends before, none at its end.

  write @1 (offset :UInt64, data :Data) -> ();
  # All of it. -EBADF where the file is open to be read only.

  size @2 () -> (bytes :UInt64) $Mori.readonly;

  resize @3 (bytes :UInt64) -> ();
  # Cuts it, or makes it longer with zeros.

  sync @4 () -> ();
  # Answers when what was written is on the disk.
}
