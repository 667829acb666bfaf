//! `cat`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;

use vivarium_sys::fs::fstat;
use vivarium_userland::bytes::path;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{Standard, reason, write_failed};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "cat",
    help: "\
Usage: cat [OPTION]... [FILE]...
Concatenate FILE(s) to standard output.

With no FILE, or when FILE is -, read standard input.

  -A, --show-all           equivalent to -vET
  -b, --number-nonblank    number nonempty output lines, overrides -n
  -e                       equivalent to -vE
  -E, --show-ends          display $ or ^M$ at end of each line
  -n, --number             number all output lines
  -s, --squeeze-blank      suppress repeated empty output lines
  -t                       equivalent to -vT
  -T, --show-tabs          display TAB characters as ^I
  -u                       (ignored)
  -v, --show-nonprinting   use ^ and M- notation, except for LFD and TAB
      --help               display this help and exit
      --version            output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("A", "show-all"),
        Opt::flag("b", "number-nonblank"),
        Opt::letter("e"),
        Opt::flag("E", "show-ends"),
        Opt::flag("n", "number"),
        Opt::flag("s", "squeeze-blank"),
        Opt::letter("t"),
        Opt::flag("T", "show-tabs"),
        Opt::letter("u"),
        Opt::flag("v", "show-nonprinting"),
    ],
    operands_end_options: false,
};

/// Bytes read at once: what a pipe holds.
const BUFFER: usize = 64 << 10;

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut show, mut operands) = (Show::default(), Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option(name, _) => show.set(name),
        }
    }
    if operands.is_empty() {
        operands.push(b"-".to_vec());
    }
    let (mut out, mut status) = (Standard::output(), 0);
    let mut lines = show.any().then(|| Lines::new(show));
    let mut buffer = vec![0; BUFFER];
    for name in &operands {
        match copy(name, &mut out, lines.as_mut(), &mut buffer) {
            Ok(()) => {}
            Err(Failure::Input(error)) => {
                eprintln!("cat: {}: {error}", quote::maybe(name));
                status = 1;
            }
            Err(Failure::Output(error)) => return write_failed("cat", &error),
        }
    }
    if let Some(lines) = &mut lines
        && let Err(error) = lines.finish(&mut out)
    {
        return write_failed("cat", &error);
    }
    status
}

enum Failure {
    Input(String),
    Output(io::Error),
}

fn copy(name: &[u8], out: &mut Standard, mut lines: Option<&mut Lines>, buffer: &mut [u8]) -> Result<(), Failure> {
    let input_failed = |error: &io::Error| Failure::Input(reason(error));
    let standard = Standard::input();
    let opened;
    let mut input = if name == b"-" {
        standard.file()
    } else {
        opened = File::open(path(name)).map_err(|error| input_failed(&error))?;
        &opened
    };
    if is_own_output(input, out.file()) {
        return Err(Failure::Input("input file is output file".to_owned()));
    }
    loop {
        let count = match input.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(input_failed(&error)),
        };
        match &mut lines {
            Some(lines) => lines.write(&buffer[..count], out),
            None => out.write_all(&buffer[..count]),
        }
        .map_err(Failure::Output)?;
    }
}

/// Whether to copy would be to read without end what was just written.
fn is_own_output(mut input: &File, output: &File) -> bool {
    let (Ok(from), Ok(to)) = (fstat(input.as_raw_fd()), fstat(output.as_raw_fd())) else { return false };
    let same = from.is_file() && (from.device, from.inode) == (to.device, to.inode);
    same && io::Seek::stream_position(&mut input).is_ok_and(|position| position < to.size)
}

/// What is shown other than as it is.
#[derive(Clone, Copy, Default)]
struct Show {
    number: bool,
    number_nonblank: bool,
    squeeze: bool,
    ends: bool,
    tabs: bool,
    nonprinting: bool,
}

impl Show {
    fn set(&mut self, option: &str) {
        match option {
            "show-all" => (self.nonprinting, self.ends, self.tabs) = (true, true, true),
            "e" => (self.nonprinting, self.ends) = (true, true),
            "t" => (self.nonprinting, self.tabs) = (true, true),
            "number-nonblank" => self.number_nonblank = true,
            "number" => self.number = true,
            "show-ends" => self.ends = true,
            "squeeze-blank" => self.squeeze = true,
            "show-tabs" => self.tabs = true,
            "show-nonprinting" => self.nonprinting = true,
            _ => {}
        }
    }

    fn any(self) -> bool {
        self.number || self.number_nonblank || self.squeeze || self.ends || self.tabs || self.nonprinting
    }
}

/// Lines as they are shown, over the borders of files.
struct Lines {
    show: Show,
    number: u64,
    at_start: bool,
    /// Empty lines in a row so far.
    empty: u32,
    /// A carriage return is held back until it is known what follows.
    carriage_return: bool,
    shown: Vec<u8>,
}

impl Lines {
    fn new(show: Show) -> Self {
        Self { show, number: 0, at_start: true, empty: 0, carriage_return: false, shown: Vec::new() }
    }

    fn write(&mut self, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        self.shown.clear();
        for &byte in bytes {
            if std::mem::take(&mut self.carriage_return) {
                self.shown.extend_from_slice(if byte == b'\n' { b"^M" } else { b"\r" });
            }
            if byte == b'\n' {
                self.end_line();
            } else {
                self.byte(byte);
            }
        }
        out.write_all(&self.shown)
    }

    fn end_line(&mut self) {
        if self.at_start {
            self.empty += 1;
            if self.show.squeeze && self.empty > 1 {
                return;
            }
            if self.show.number && !self.show.number_nonblank {
                self.put_number();
            }
        }
        if self.show.ends {
            self.shown.push(b'$');
        }
        self.shown.push(b'\n');
        self.at_start = true;
    }

    fn byte(&mut self, byte: u8) {
        if self.at_start {
            (self.at_start, self.empty) = (false, 0);
            if self.show.number || self.show.number_nonblank {
                self.put_number();
            }
        }
        match byte {
            b'\t' if self.show.tabs => self.shown.extend_from_slice(b"^I"),
            b'\t' => self.shown.push(b'\t'),
            b'\r' if self.show.ends && !self.show.nonprinting => self.carriage_return = true,
            _ if self.show.nonprinting => show_nonprinting(byte, &mut self.shown),
            _ => self.shown.push(byte),
        }
    }

    fn put_number(&mut self) {
        self.number += 1;
        self.shown.extend_from_slice(format!("{:6}\t", self.number).as_bytes());
    }

    fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if std::mem::take(&mut self.carriage_return) { out.write_all(b"\r") } else { Ok(()) }
    }
}

fn show_nonprinting(byte: u8, shown: &mut Vec<u8>) {
    let low = if byte >= 0x80 {
        shown.extend_from_slice(b"M-");
        byte & 0x7f
    } else {
        byte
    };
    match low {
        0..0x20 => shown.extend_from_slice(&[b'^', low + 0x40]),
        0x7f => shown.extend_from_slice(b"^?"),
        _ => shown.push(low),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Show};

    fn shown(options: &[&str], pieces: &[&[u8]]) -> String {
        let mut show = Show::default();
        options.iter().for_each(|option| show.set(option));
        let (mut lines, mut out) = (Lines::new(show), Vec::new());
        for piece in pieces {
            lines.write(piece, &mut out).unwrap();
        }
        lines.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_go_on_over_files_and_lines_without_an_end() {
        assert_eq!(shown(&["number"], &[b"a\n\nb", b"c\n"]), "     1\ta\n     2\t\n     3\tbc\n");
        assert_eq!(shown(&["number", "number-nonblank"], &[b"a\n\nb\n"]), "     1\ta\n\n     2\tb\n");
    }

    #[test]
    fn empty_lines_are_squeezed() {
        assert_eq!(shown(&["squeeze-blank"], &[b"\n\n\na\n\n", b"\nb\n"]), "\na\n\nb\n");
    }

    #[test]
    fn ends_and_bytes_that_do_not_print_are_shown() {
        assert_eq!(shown(&["show-ends"], &[b"a\r", b"\nb\rc\r"]), "a^M$\nb\rc\r");
        assert_eq!(shown(&["show-all"], &[b"\t\r\n\x7f\x80\xff\xe9 \n"]), "^I^M$\n^?M-^@M-^?M-i $\n");
    }
}
