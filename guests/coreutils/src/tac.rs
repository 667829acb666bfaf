//! `tac`.

use std::io::{Read, Write};

use vivarium_userland::bytes::path;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{self, Standard, reason};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};
use vivarium_userland::{Bytes, quote};

static PROGRAM: Program = Program {
    name: "tac",
    help: "\
Usage: tac [OPTION]... [FILE]...
Write each FILE to standard output, last line first.

With no FILE, or when FILE is -, read standard input.

  -b, --before             attach the separator before instead of after
  -r, --regex              interpret the separator as a regular expression
  -s, --separator=STRING   use STRING as the separator instead of newline
      --help               display this help and exit
      --version            output version information and exit
",
    usage_status: 1,
    options: &[Opt::flag("b", "before"), Opt::flag("r", "regex"), Opt::flag("s", "separator").value()],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (mut before, mut is_regex, mut separator, mut operands) = (false, false, b"\n".to_vec(), Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("before", _) => before = true,
            Item::Option("regex", _) => is_regex = true,
            Item::Option(_, value) => separator = value.unwrap_or_default(),
        }
    }
    if separator.is_empty() {
        if is_regex {
            eprintln!("tac: separator cannot be empty");
            return 1;
        }
        separator.push(0);
    }
    let dialect = if is_regex { Dialect::Basic } else { Dialect::Fixed };
    let regex = match Regex::new(&separator, &Syntax { lines: false, ..Syntax::new(dialect) }) {
        Ok(regex) => regex,
        Err(message) => {
            eprintln!("tac: {message}");
            return 1;
        }
    };
    if operands.is_empty() {
        operands.push(b"-".to_vec());
    }
    let (mut out, mut status) = (output::output(), 0);
    for name in &operands {
        let mut text = Bytes::new();
        let read = if name == b"-" {
            Standard::input().read_to_end(&mut text)
        } else {
            std::fs::File::open(path(name)).and_then(|mut file| file.read_to_end(&mut text))
        };
        if let Err(error) = read {
            eprintln!("tac: failed to open {} for reading: {}", quote::message(name), reason(&error));
            status = 1;
            continue;
        }
        for piece in pieces(&text, &regex, before).into_iter().rev() {
            if let Err(error) = out.write_all(piece) {
                return output::write_failed("tac", &error);
            }
        }
    }
    output::finish("tac", &mut out, status)
}

/// Cuts `text` behind each separator, or before it.
fn pieces<'a>(text: &'a [u8], regex: &Regex, before: bool) -> Vec<&'a [u8]> {
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    while at <= text.len()
        && let Some((from, to)) = regex.find_at(text, at)
    {
        let cut = if before { from } else { to };
        if cut > start {
            pieces.push(&text[start..cut]);
            start = cut;
        }
        at = to.max(at + 1);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}
