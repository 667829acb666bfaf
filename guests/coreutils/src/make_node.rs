//! `mkfifo` and `mknod` (POSIX mkfifo).

use vivarium_sys::fs::{self, AT_FDCWD, FileKind};
use vivarium_userland::bytes::{base_name, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::mode::Change;
use vivarium_userland::{Bytes, quote};

static MKFIFO: Program = Program {
    name: "mkfifo",
    help: "\
Usage: mkfifo [OPTION]... NAME...
Create named pipes (FIFOs) with the given NAMEs.

  -m, --mode=MODE    set file permission bits to MODE, not a=rw - umask
      --help         display this help and exit
      --version      output version information and exit
",
    usage_status: 1,
    options: &[Opt::flag("m", "mode").value()],
    operands_end_options: false,
};

static MKNOD: Program = Program {
    name: "mknod",
    help: "\
Usage: mknod [OPTION]... NAME TYPE [MAJOR MINOR]
Create the special file NAME of the given TYPE.

  -m, --mode=MODE    set file permission bits to MODE, not a=rw - umask
      --help         display this help and exit
      --version      output version information and exit

TYPE may be: b (block device), c or u (character device), p (FIFO).
",
    ..MKFIFO
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let is_fifo = base_name(arguments.first().map_or(&b""[..], |a| a)) == b"mkfifo";
    let program = if is_fifo { &MKFIFO } else { &MKNOD };
    let (mut mode, mut operands) = (None, Vec::new());
    let mut parser = Parser::new(program, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option(_, value) => {
                let Some(change) = Change::parse(&text(&value.unwrap_or_default())) else {
                    parser.usage("invalid mode")
                };
                mode = Some(change.apply(0o666, false, 0));
            }
        }
    }
    if operands.is_empty() {
        parser.usage("missing operand");
    }
    let mut kind = FileKind::Fifo;
    if !is_fifo {
        if operands.len() < 2 {
            parser.usage(&format!("missing operand after {}", quote::message(&operands[0])));
        }
        kind = match &*operands[1] {
            b"p" => FileKind::Fifo,
            b"b" => FileKind::BlockDevice,
            b"c" | b"u" => FileKind::CharacterDevice,
            other => parser.usage(&format!("invalid device type {}", quote::message(other))),
        };
        operands.truncate(1);
    }
    let mut status = 0;
    for name in &operands {
        let made = fs::mknod(AT_FDCWD, name, kind, mode.unwrap_or(0o666));
        let made = made.and_then(|()| mode.map_or(Ok(()), |mode| fs::chmod(AT_FDCWD, name, true, mode)));
        if let Err(errno) = made {
            if is_fifo {
                eprintln!("mkfifo: cannot create fifo {}: {errno}", quote::message(name));
            } else {
                eprintln!("mknod: {}: {errno}", quote::maybe(name));
            }
            status = 1;
        }
    }
    status
}
