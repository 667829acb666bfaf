//! `sync`.

use vivarium_userland::bytes::path;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::reason;
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "sync",
    help: "\
Usage: sync [OPTION] [FILE]...
Synchronize cached writes to persistent storage

If one or more files are specified, sync only them,
or their containing file systems.

  -d, --data             sync only file data, no unneeded metadata
  -f, --file-system      sync the file systems that contain the files
      --help             display this help and exit
      --version          output version information and exit
",
    usage_status: 1,
    options: &[Opt::flag("d", "data"), Opt::flag("f", "file-system")],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut data, mut status) = (false, 0);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option(option, _) => data = option == "data",
            Item::Operand(name) => {
                let file = std::fs::File::open(path(&name));
                let synced = file.and_then(|file| if data { file.sync_data() } else { file.sync_all() });
                if let Err(error) = synced {
                    eprintln!("sync: error syncing {}: {}", quote::message(&name), reason(&error));
                    status = 1;
                }
            }
        }
    }
    // Without files there is nothing to do: no write is held back on the way to a file system.
    status
}
