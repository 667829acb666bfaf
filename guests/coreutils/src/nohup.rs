//! `nohup` (POSIX nohup).

use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::pipe::dup2;
use vivarium_sys::process::Command;
use vivarium_sys::signal::{Disposition, Signal, action};
use vivarium_sys::{Errno, tty};
use vivarium_userland::getopt::{Item, Parser, Program};
use vivarium_userland::{Bytes, bytes, quote};

static PROGRAM: Program = Program {
    name: "nohup",
    help: "\
Usage: nohup COMMAND [ARG]...
  or:  nohup OPTION
Run COMMAND, ignoring hangup signals.

      --help     display this help and exit
      --version  output version information and exit

If standard input is a terminal, redirect it from an unreadable file.
If standard output is a terminal, append output to 'nohup.out' if possible,
'$HOME/nohup.out' otherwise.
If standard error is a terminal, redirect it to standard output.
",
    usage_status: 125,
    options: &[],
    operands_end_options: true,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut words = Vec::new();
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        if let Item::Operand(word) = item {
            words.push(word);
        }
    }
    if words.is_empty() {
        parser.usage("missing operand");
    }
    if let Err(message) = redirect() {
        eprintln!("nohup: {message}");
        return 125;
    }
    let _ = action(Signal::HUP, Disposition::Ignore);
    let errno = Command::new(&words[0]).args(&words[1..]).exec();
    eprintln!("nohup: failed to run command {}: {errno}", quote::message(&words[0]));
    if errno == Errno::NOENT { 127 } else { 126 }
}

fn redirect() -> Result<(), String> {
    let (input, output, error) = (tty::isatty(0), tty::isatty(1), tty::isatty(2));
    if input {
        let null = fs::open(fs::AT_FDCWD, "/dev/null", OpenFlags::WRITE, 0).map_err(|errno| errno.to_string())?;
        dup2(null, 0, false).map_err(|errno| errno.to_string())?;
    }
    if output {
        let home = bytes::variable("HOME").map(|home| bytes::join(&home, b"nohup.out"));
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::APPEND;
        let here = fs::open(fs::AT_FDCWD, "nohup.out", flags, 0o600).map(|fd| (fd, b"nohup.out".to_vec()));
        let (file, name) = here
            .or_else(|errno| match home {
                Some(home) => fs::open(fs::AT_FDCWD, &home, flags, 0o600).map(|fd| (fd, home)),
                None => Err(errno),
            })
            .map_err(|errno| format!("failed to open 'nohup.out': {errno}"))?;
        let ignoring = if input { "ignoring input and " } else { "" };
        eprintln!("nohup: {ignoring}appending output to {}", quote::message(&name));
        dup2(file, 1, false).map_err(|errno| errno.to_string())?;
    } else if input {
        eprintln!("nohup: ignoring input");
    }
    if error {
        dup2(1, 2, false).map_err(|errno| errno.to_string())?;
    }
    Ok(())
}
