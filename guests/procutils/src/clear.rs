//! `clear` and `reset`: for terminals of the VT100's family, as all are that a machine meets.

use std::io::Write;

use vivarium_sys::tty::{self, When};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, output};

static CLEAR: Program = Program {
    name: "clear",
    help: "\
Usage: clear [OPTION]...
Clear the terminal's screen.

  -T TERM     use this instead of $TERM
  -V          print version
  -x          do not try to clear scrollback
      --help  display this help and exit
",
    usage_status: 1,
    options: &[Opt::letter("T").value(), Opt::letter("V"), Opt::letter("x")],
    operands_end_options: false,
};

static RESET: Program = Program {
    name: "reset",
    help: "\
Usage: reset [OPTION]... [TERMINAL]
Set the terminal's modes to what they are by default, and initialize it.

  -c          set control characters and modes alone
  -I          do not send the terminal strings that initialize it
  -Q, -q      accepted for compatibility: nothing is said of the keys
  -V          print version
      --help  display this help and exit
",
    usage_status: 1,
    options: &[Opt::letter("c"), Opt::letter("I"), Opt::letter("Q"), Opt::letter("q"), Opt::letter("V")],
    operands_end_options: false,
};

pub(crate) fn clear(arguments: Vec<Bytes>) -> i32 {
    let mut scrollback = true;
    let mut parser = Parser::new(&CLEAR, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option("x", _) => scrollback = false,
            Item::Option("V", _) => return version("clear"),
            Item::Option(_, _) => {}
            Item::Operand(_) => parser.usage("extra operand"),
        }
    }
    send("clear", if scrollback { "\x1b[H\x1b[2J\x1b[3J" } else { "\x1b[H\x1b[2J" })
}

pub(crate) fn reset(arguments: Vec<Bytes>) -> i32 {
    let (mut modes_only, mut strings) = (false, true);
    let mut parser = Parser::new(&RESET, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Option("c", _) => modes_only = true,
            Item::Option("I", _) => strings = false,
            Item::Option("V", _) => return version("reset"),
            Item::Option(_, _) | Item::Operand(_) => {}
        }
    }
    let terminal = [2, 1, 0].into_iter().find(|fd| tty::isatty(*fd));
    let Some(fd) = terminal else {
        eprintln!("reset: standard error: Not a tty");
        return 1;
    };
    let set = tty::tcgetattr(fd).and_then(|mut termios| {
        crate::stty::make_sane(&mut termios);
        tty::tcsetattr(fd, When::Drain, &termios)
    });
    if let Err(errno) = set {
        eprintln!("reset: {errno}");
        return 1;
    }
    // Full reset, soft reset, alternate screen and bracketed paste off, cursor shown.
    if strings && !modes_only {
        send("reset", "\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>\x1b[?69l\x1b[?1049l\x1b[?2004l\x1b[?25h\r")
    } else {
        0
    }
}

fn version(name: &str) -> i32 {
    println!("{name} (Vivarium) {}", env!("CARGO_PKG_VERSION"));
    0
}

fn send(name: &str, text: &str) -> i32 {
    let mut out = output::output();
    match out.write_all(text.as_bytes()) {
        Ok(()) => output::finish(name, &mut out, 0),
        Err(error) => output::write_failed(name, &error),
    }
}
