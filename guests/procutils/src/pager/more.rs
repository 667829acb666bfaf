//! `more` (POSIX more): a file a screenful at a time, ended by its end.

use std::io::Write;

use vivarium_sys::tty;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{self, reason};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};

use super::layout::{Escapes, cells, rows};
use super::source::Source;
use super::terminal::{Key, Terminal, write};

static PROGRAM: Program = Program {
    name: "more",
    help: "\
Usage: more [options] <file>...
Display the contents of a file in a terminal, a screenful at a time.

 -d, --silent          display help instead of ringing bell
 -f, --logical         count logical rather than screen lines
 -c, --print-over      display text by clearing the screen first
 -p, --clean-print     the same
 -e, --exit-on-eof     exit on end-of-file
 -s, --squeeze         squeeze multiple blank lines into one
 -u, --plain           suppress underlining and bold
 -n, --lines <number>  the number of lines per screenful
 -<number>             same as --lines
 +<number>             display file beginning from line number
 +/<pattern>           display file beginning from pattern match

 -h, --help            display this help
 -V, --version         display version

Keys: SPACE next screen, RETURN next line, d half a screen, b back a screen,
s skip a line, f skip a screen, /pattern, n, = line number, :n :p files, q quit.
",
    usage_status: 1,
    options: &[
        Opt::flag("d", "silent"),
        Opt::flag("f", "logical"),
        Opt::flag("l", "no-pause"),
        Opt::flag("c", "print-over"),
        Opt::flag("p", "clean-print"),
        Opt::flag("e", "exit-on-eof"),
        Opt::flag("s", "squeeze"),
        Opt::flag("u", "plain"),
        Opt::flag("n", "lines").value(),
        Opt::flag("h", "help"),
        Opt::flag("V", "version"),
    ],
    operands_end_options: false,
};

struct More {
    files: Vec<Bytes>,
    screen: Option<usize>,
    logical: bool,
    clear: bool,
    squeeze: bool,
    pattern: Option<Regex>,
}

/// What is to be shown next.
enum Next {
    Lines(usize),
    File(isize),
    Quit,
}

pub(crate) fn main(mut arguments: Vec<Bytes>) -> i32 {
    let mut more =
        More { files: Vec::new(), screen: None, logical: false, clear: false, squeeze: false, pattern: None };
    let (mut first, mut pattern) = (0, None);
    // `+5`, `+/pattern`, `-20` are no options of getopt's.
    arguments.retain(|argument| {
        let number = argument.get(1..).and_then(|rest| text(rest).parse::<usize>().ok());
        match (argument.first(), number) {
            (Some(b'+'), Some(number)) => first = number.saturating_sub(1),
            (Some(b'+'), None) if argument.get(1) == Some(&b'/') => pattern = Some(argument[2..].to_vec()),
            (Some(b'-'), Some(number)) => more.screen = Some(number),
            _ => return true,
        }
        false
    });
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(file) => more.files.push(file),
            Item::Option("logical", _) => more.logical = true,
            Item::Option("print-over" | "clean-print", _) => more.clear = true,
            Item::Option("squeeze", _) => more.squeeze = true,
            Item::Option("lines", value) => {
                let value = Item::unwrap_value(value);
                let wrong = || parser.usage(&format!("failed to parse number: '{}'", text(&value)));
                more.screen = Some(text(&value).parse().unwrap_or_else(|_| wrong()));
            }
            Item::Option(_, _) => {}
        }
    }
    if more.files.is_empty() {
        if tty::isatty(0) {
            eprintln!("more: bad usage\nTry 'more --help' for more information.");
            return 1;
        }
        more.files.push(b"-".to_vec());
    }
    if let Some(pattern) = pattern {
        match Regex::new(&pattern, &Syntax::new(Dialect::Basic)) {
            Ok(regex) => more.pattern = Some(regex),
            Err(message) => {
                eprintln!("more: {message}");
                return 1;
            }
        }
    }
    more.run(first)
}

impl More {
    fn run(&mut self, first: usize) -> i32 {
        let mut terminal = if tty::isatty(1) { Terminal::enter(false) } else { None };
        let (mut file, mut status) = (0, 0);
        while let Some(name) = self.files.get(file).cloned() {
            let mut source = match Source::open(&name) {
                Ok(source) => source,
                Err(error) => {
                    eprintln!("more: cannot open {}: {}", text(&name), reason(&error));
                    (status, file) = (1, file + 1);
                    continue;
                }
            };
            if self.files.len() > 1 {
                write(&[b"::::::::::::::\n", &*name, b"\n::::::::::::::\n"].concat());
            }
            let next = match &mut terminal {
                Some(terminal) => self.page(&mut source, first, terminal, file + 1 == self.files.len()),
                None => match self.plain(&mut source, first) {
                    Ok(()) => Next::File(1),
                    Err(error) => return output::write_failed("more", &error),
                },
            };
            match next {
                Next::File(by) => file = file.saturating_add_signed(by),
                _ => break,
            }
        }
        status
    }

    /// Everything, where nobody looks.
    fn plain(&self, source: &mut Source, first: usize) -> std::io::Result<()> {
        let mut out = output::output();
        if first == 0 && !self.squeeze && self.pattern.is_none() {
            out.write_all(source.all())?;
            return out.flush();
        }
        let mut line = self.start(source, first);
        while let Some(content) = source.line(line) {
            let (content, blank) = (content.to_vec(), content.is_empty());
            if !(self.squeeze && blank && line > 0 && source.line(line - 1).is_some_and(<[u8]>::is_empty)) {
                out.write_all(&content)?;
                out.write_all(b"\n")?;
            }
            line += 1;
        }
        out.flush()
    }

    fn start(&self, source: &mut Source, first: usize) -> usize {
        let Some(pattern) = &self.pattern else { return first };
        let mut line = first;
        while let Some(content) = source.line(line) {
            if pattern.is_match(content) {
                // Two lines before what was found give it its place.
                return line.saturating_sub(2);
            }
            line += 1;
        }
        write(b"\nPattern not found\n");
        first
    }

    fn page(&mut self, source: &mut Source, first: usize, terminal: &mut Terminal, last: bool) -> Next {
        let mut line = self.start(source, first);
        let (height, _) = Terminal::size();
        let mut screen = self.screen.unwrap_or(height.saturating_sub(1)).max(1);
        let mut left = screen;
        if self.clear {
            write(b"\x1b[H\x1b[2J");
        }
        loop {
            let (_, width) = Terminal::size();
            let Some(content) = source.line(line).map(<[u8]>::to_vec) else { return Next::File(1) };
            let squeezed =
                self.squeeze && content.is_empty() && line > 0 && source.line(line - 1).is_some_and(<[u8]>::is_empty);
            line += 1;
            if !squeezed {
                write(&[&*content, b"\n"].concat());
                let taken = if self.logical { 1 } else { rows(cells(&content, 8, Escapes::Colors), width).len() };
                left = left.saturating_sub(taken);
            }
            if left > 0 || source.line(line).is_none() && last {
                continue;
            }
            match self.ask(source, &mut line, &mut screen, terminal) {
                Next::Lines(count) => left = count,
                other => return other,
            }
        }
    }

    /// Shows the prompt and takes a command.
    fn ask(&mut self, source: &mut Source, line: &mut usize, screen: &mut usize, terminal: &mut Terminal) -> Next {
        let percent = match source.size {
            Some(size) if size > 0 => format!("({}%)", source.offset(*line) * 100 / size),
            _ => String::new(),
        };
        let mut count = None::<usize>;
        loop {
            write(format!("\r\x1b[7m--More--{percent}\x1b[m\x1b[K").as_bytes());
            let key = terminal.key();
            if let Key::Byte(digit @ b'0'..=b'9') = key {
                count = Some(count.unwrap_or(0).saturating_mul(10).saturating_add(usize::from(digit - b'0')));
                continue;
            }
            write(b"\r\x1b[K");
            match key {
                Key::Byte(b' ' | b'z') | Key::PageDown => return Next::Lines(count.unwrap_or(*screen)),
                Key::Byte(b'\r' | b'\n' | b'j') | Key::Down => return Next::Lines(count.unwrap_or(1)),
                Key::Byte(b'd' | 4) => return Next::Lines(count.unwrap_or(11)),
                Key::Byte(b'q' | b'Q') | Key::Interrupt | Key::Gone => return Next::Quit,
                Key::Byte(b's') => {
                    *line += count.unwrap_or(1);
                    return Next::Lines(*screen);
                }
                Key::Byte(b'f' | 6) => {
                    *line += *screen * count.unwrap_or(1);
                    return Next::Lines(*screen);
                }
                Key::Byte(b'b' | 2) | Key::PageUp => {
                    *line = line.saturating_sub(*screen * (count.unwrap_or(1) + 1));
                    write(b"...back 1 page\n");
                    return Next::Lines(*screen);
                }
                Key::Byte(b'=') => write(format!("{line}\n").as_bytes()),
                Key::Byte(b'/' | b'n') => {
                    if key == Key::Byte(b'/') {
                        let pattern = read_line("/", terminal);
                        match Regex::new(&pattern, &Syntax::new(Dialect::Basic)) {
                            Ok(regex) => self.pattern = Some(regex),
                            Err(message) => {
                                write(format!("{message}\n").as_bytes());
                                continue;
                            }
                        }
                    }
                    write(b"...skipping\n");
                    *line = self.start(source, *line);
                    return Next::Lines(*screen);
                }
                Key::Byte(b':') => match terminal.key() {
                    Key::Byte(b'n') => return Next::File(1),
                    Key::Byte(b'p') => return Next::File(-1),
                    Key::Byte(b'q') => return Next::Quit,
                    _ => {}
                },
                Key::Byte(b'h' | b'?') => write(PROGRAM.help.as_bytes()),
                _ => {}
            }
            count = None;
        }
    }
}

fn read_line(prompt: &str, terminal: &mut Terminal) -> Bytes {
    let mut line = Bytes::new();
    loop {
        write(format!("\r{prompt}{}\x1b[K", text(&line)).as_bytes());
        match terminal.key() {
            Key::Byte(8 | 127) => drop(line.pop()),
            Key::Byte(byte) if byte >= b' ' => line.push(byte),
            Key::Resize => {}
            _ => {
                write(b"\r\x1b[K");
                return line;
            }
        }
    }
}
