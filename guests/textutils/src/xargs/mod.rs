//! `xargs` (POSIX xargs, with GNU's options).

mod read;

use std::io::Write;

use vivarium_sys::process::{Child, Command, Stdio};
use vivarium_sys::wait::{Status, WaitFor, wait};
use vivarium_sys::{Errno, fs};
use vivarium_userland::bytes::{self, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

use read::{Reader, Separator, Word};

static PROGRAM: Program = Program {
    name: "xargs",
    help: "\
Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...
Run COMMAND with arguments INITIAL-ARGS and more arguments read from input.

  -0, --null                   items are separated by a null, not whitespace;
                                 disables quote and backslash processing and
                                 logical EOF processing
  -a, --arg-file=FILE          read arguments from FILE, not standard input
  -d, --delimiter=CHARACTER    items in input stream are separated by CHARACTER,
                                 not by whitespace; disables quote and backslash
                                 processing and logical EOF processing
  -E END                       set logical EOF string; if END occurs as a line
                                 of input, the rest of the input is ignored
  -e, --eof[=END]              equivalent to -E END if END is specified;
                                 otherwise, there is no end-of-file string
  -I R                         same as --replace=R
  -i, --replace[=R]            replace R in INITIAL-ARGS with names read
                                 from standard input, split at newlines;
                                 if R is unspecified, assume {}
  -L, --max-lines=MAX-LINES    use at most MAX-LINES non-blank input lines per
                                 command line
  -l[MAX-LINES]                similar to -L but defaults to at most one non-
                                 blank input line if MAX-LINES is not specified
  -n, --max-args=MAX-ARGS      use at most MAX-ARGS arguments per command line
  -o, --open-tty               Reopen stdin as /dev/tty in the child process
  -P, --max-procs=MAX-PROCS    run at most MAX-PROCS processes at a time
  -p, --interactive            prompt before running commands
      --process-slot-var=VAR   set environment variable VAR in child processes
  -r, --no-run-if-empty        if there are no arguments, then do not run COMMAND
  -s, --max-chars=MAX-CHARS    limit length of command line to MAX-CHARS
      --show-limits            show limits on command-line length
  -t, --verbose                print commands before executing them
  -x, --exit                   exit if the size (see -s) is exceeded
      --help                   display this help and exit
      --version                output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("0", "null"),
        Opt::flag("a", "arg-file").value(),
        Opt::flag("d", "delimiter").value(),
        Opt::letter("E").value(),
        Opt::flag("e", "eof").optional(),
        Opt::letter("I").value(),
        Opt::flag("i", "replace").optional(),
        Opt::flag("L", "max-lines").value(),
        Opt::letter("l").optional(),
        Opt::flag("n", "max-args").value(),
        Opt::flag("o", "open-tty"),
        Opt::flag("P", "max-procs").value(),
        Opt::flag("p", "interactive"),
        Opt::long("process-slot-var").value(),
        Opt::flag("r", "no-run-if-empty"),
        Opt::flag("s", "max-chars").value(),
        Opt::long("show-limits"),
        Opt::flag("t", "verbose"),
        Opt::flag("x", "exit"),
    ],
    operands_end_options: true,
};

/// GNU's default of `-s`: what every system takes.
const MAX_CHARS: usize = 128 << 10;

struct Settings {
    file: Option<Bytes>,
    separator: Separator,
    end: Option<Bytes>,
    replace: Option<Bytes>,
    max_lines: usize,
    max_arguments: usize,
    max_chars: usize,
    max_processes: usize,
    slot_variable: Option<Bytes>,
    interactive: bool,
    open_tty: bool,
    run_if_empty: bool,
    verbose: bool,
    exit_if_exceeded: bool,
    show_limits: bool,
}

impl Settings {
    fn drop_lines(&mut self, by: &str) {
        if std::mem::take(&mut self.max_lines) > 0 {
            warn_exclusive("--max-lines", by);
        }
    }

    fn drop_arguments(&mut self, by: &str) {
        if std::mem::take(&mut self.max_arguments) > 0 {
            warn_exclusive("--max-args", by);
        }
    }

    fn drop_replace(&mut self, by: &str) {
        if self.replace.take().is_some() {
            warn_exclusive("--replace", by);
        }
    }
}

fn warn_exclusive(former: &str, latter: &str) {
    eprintln!("xargs: warning: options {former} and {latter} are mutually exclusive, ignoring previous {former} value");
}

/// Runs `xargs`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let (settings, mut command) = parse(arguments);
    if command.is_empty() {
        command.push(b"echo".to_vec());
    }
    if settings.show_limits {
        eprintln!("Size of command buffer we are actually using: {}", settings.max_chars);
    }
    let input: Box<dyn std::io::Read> = match &settings.file {
        None => Box::new(vivarium_userland::output::Standard::input()),
        Some(name) => match std::fs::File::open(bytes::path(name)) {
            Ok(file) => Box::new(file),
            Err(error) => {
                let reason = vivarium_userland::output::reason(&error);
                eprintln!("xargs: Cannot open input file {}: {reason}", quote::message(name));
                return 1;
            }
        },
    };
    let reader = Reader::new(input, settings.separator, settings.end.clone());
    let mut run = Run { slots: Vec::new(), settings, status: 0 };
    if let Err(stop) = run.all(reader, &command) {
        run.status = stop;
    }
    run.wait_for_all();
    run.status
}

fn parse(arguments: Vec<Bytes>) -> (Settings, Vec<Bytes>) {
    let mut settings = Settings {
        file: None,
        separator: Separator::Blanks,
        end: None,
        replace: None,
        max_lines: 0,
        max_arguments: 0,
        max_chars: MAX_CHARS,
        max_processes: 1,
        slot_variable: None,
        interactive: false,
        open_tty: false,
        run_if_empty: true,
        verbose: false,
        exit_if_exceeded: false,
        show_limits: false,
    };
    let mut parser = Parser::new(&PROGRAM, arguments);
    let mut command = Vec::new();
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Option(option, value) => (option, value),
            Item::Operand(word) => {
                command.push(word);
                continue;
            }
        };
        let given = value.clone().unwrap_or_default();
        let number = |least: usize| -> usize {
            let invalid = |kind: &str| -> ! {
                eprintln!("xargs: {kind} \"{}\" for -{} option", text(&given), letter(option));
                eprintln!("Try 'xargs --help' for more information.");
                std::process::exit(1);
            };
            let number: i64 = text(&given).parse().unwrap_or_else(|_| invalid("invalid number"));
            if number < least as i64 {
                eprintln!("xargs: value {} for -{} option should be >= {least}", text(&given), letter(option));
                std::process::exit(1);
            }
            number as usize
        };
        match option {
            "null" => settings.separator = Separator::Byte(0),
            "arg-file" => settings.file = value,
            "delimiter" => match read::delimiter(&given) {
                Some(byte) => settings.separator = Separator::Byte(byte),
                None => parser.usage(&format!(
                    "Invalid input delimiter specification {}: the delimiter must be either a single character or an escape sequence starting with \\.",
                    text(&given)
                )),
            },
            "E" | "eof" => settings.end = value.filter(|v| !v.is_empty()),
            "I" | "replace" => {
                settings.replace = Some(value.unwrap_or_else(|| b"{}".to_vec()));
                settings.drop_lines("--replace/-I/-i");
                settings.drop_arguments("--replace/-I/-i");
                settings.exit_if_exceeded = true;
            }
            "max-lines" => {
                settings.max_lines = number(1);
                settings.drop_arguments("--max-lines/-l");
                settings.drop_replace("--max-lines/-l");
            }
            "l" => {
                settings.max_lines = if value.is_some() { number(1) } else { 1 };
                settings.drop_arguments("--max-lines/-l");
                settings.drop_replace("--max-lines/-l");
            }
            "max-args" => {
                settings.max_arguments = number(1);
                settings.drop_lines("--max-args/-n");
                // `-n 1` beside `-I` changes nothing.
                if settings.max_arguments != 1 {
                    settings.drop_replace("--max-args/-n");
                } else if settings.replace.is_some() {
                    settings.max_arguments = 0;
                }
            }
            "open-tty" => settings.open_tty = true,
            "max-procs" => settings.max_processes = number(0),
            "interactive" => (settings.interactive, settings.verbose) = (true, true),
            "process-slot-var" => settings.slot_variable = value,
            "no-run-if-empty" => settings.run_if_empty = false,
            "max-chars" => settings.max_chars = number(1).min(2 << 20),
            "show-limits" => settings.show_limits = true,
            "verbose" => settings.verbose = true,
            _ => settings.exit_if_exceeded = true,
        }
    }
    (settings, command)
}

fn letter(option: &str) -> &str {
    match option {
        "max-lines" | "l" => "L",
        "max-args" => "n",
        "max-procs" => "P",
        "max-chars" => "s",
        other => other,
    }
}

struct Run {
    settings: Settings,
    /// Running commands.
    slots: Vec<Option<Child>>,
    status: i32,
}

impl Run {
    /// Runs everything. An error is the exit status to stop with.
    fn all(&mut self, mut reader: Reader, command: &[Bytes]) -> Result<(), i32> {
        if let Some(pattern) = self.settings.replace.clone() {
            while let Some(line) = reader.line().map_err(complain)? {
                let words: Vec<Bytes> = command.iter().map(|word| replaced(word, &pattern, &line)).collect();
                if length(&words) > self.settings.max_chars {
                    return Err(complain("argument list too long".into()));
                }
                self.start(words)?;
            }
            return Ok(());
        }
        let fixed = length(command);
        let mut words = command.to_vec();
        let (mut size, mut lines, mut started) = (fixed, 0, false);
        loop {
            let next = reader.word().and_then(|word| match word {
                Some(word) if fixed + word.bytes.len() + 1 > self.settings.max_chars => {
                    Err("argument line too long".into())
                }
                word => Ok(word),
            });
            let Word { bytes, ends_line } = match next {
                Ok(Some(word)) => word,
                Ok(None) => break,
                Err(message) => {
                    // What was read before is not lost, unless it is all or nothing.
                    let status = complain(message);
                    if words.len() > command.len() && !self.settings.exit_if_exceeded {
                        self.start(words)?;
                    }
                    return Err(status);
                }
            };
            let more = bytes.len() + 1;
            let exceeded = size + more > self.settings.max_chars;
            if exceeded
                && self.settings.exit_if_exceeded
                && (self.settings.max_arguments > 0 || self.settings.max_lines > 0)
            {
                return Err(complain("argument list too long".into()));
            }
            if exceeded {
                self.start(std::mem::replace(&mut words, command.to_vec()))?;
                (size, lines, started) = (fixed, 0, true);
            }
            words.push(bytes);
            size += more;
            lines += usize::from(ends_line);
            let full = self.settings.max_arguments > 0 && words.len() - command.len() == self.settings.max_arguments;
            if full || (self.settings.max_lines > 0 && lines == self.settings.max_lines) {
                self.start(std::mem::replace(&mut words, command.to_vec()))?;
                (size, lines, started) = (fixed, 0, true);
            }
        }
        if words.len() > command.len() || (!started && self.settings.run_if_empty) {
            self.start(words)?;
        }
        Ok(())
    }

    fn start(&mut self, words: Vec<Bytes>) -> Result<(), i32> {
        if self.settings.verbose && !self.confirmed(&words) {
            return Ok(());
        }
        let slot = self.free_slot()?;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        if self.settings.open_tty {
            let tty = fs::open(fs::AT_FDCWD, "/dev/tty", fs::OpenFlags::READ, 0);
            command.stdin(tty.map_or(Stdio::Null, Stdio::Fd));
        } else if self.settings.file.is_none() {
            command.stdin(Stdio::Null);
        }
        if let Some(name) = &self.settings.slot_variable {
            command.env(name, slot.to_string());
        }
        match command.spawn() {
            Ok(child) => {
                self.slots[slot] = Some(child);
                if self.settings.max_processes == 1 { self.reap() } else { Ok(()) }
            }
            Err(errno) => {
                eprintln!("xargs: {}: {errno}", text(&words[0]));
                Err(if errno == Errno::NOENT { 127 } else { 126 })
            }
        }
    }

    /// Shows the command; where asked to, asks.
    fn confirmed(&self, words: &[Bytes]) -> bool {
        let shown: Vec<Bytes> = words.iter().map(|word| quote::shell_escape(word)).collect();
        let mut line = shown.join(&b' ');
        if !self.settings.interactive {
            line.push(b'\n');
            let _ = std::io::stderr().write_all(&line);
            return true;
        }
        line.extend_from_slice(b"?...");
        let _ = std::io::stderr().write_all(&line);
        let mut answer = String::new();
        if let Ok(file) = std::fs::File::open("/dev/tty") {
            let _ = std::io::BufRead::read_line(&mut std::io::BufReader::new(file), &mut answer);
        }
        answer.starts_with(['y', 'Y'])
    }

    fn free_slot(&mut self) -> Result<usize, i32> {
        let most = self.settings.max_processes;
        while most != 0 && self.slots.iter().flatten().count() >= most {
            self.reap()?;
        }
        let slot = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        Ok(slot)
    }

    /// Waits for one command to end.
    fn reap(&mut self) -> Result<(), i32> {
        let change = match wait(WaitFor::Any, 0) {
            Ok(Some(change)) => change,
            Ok(None) | Err(Errno::INTR) => return Ok(()),
            Err(_) => {
                self.slots.clear();
                return Ok(());
            }
        };
        let Some(slot) = self.slots.iter_mut().find(|s| s.as_ref().is_some_and(|c| c.id() == change.pid)) else {
            return Ok(());
        };
        *slot = None;
        match change.status {
            Status::Exited(0) => Ok(()),
            Status::Exited(255) => {
                eprintln!("xargs: command exited with status 255; aborting");
                Err(124)
            }
            Status::Exited(status @ 126..=127) => Err(status.into()),
            Status::Exited(_) => {
                self.status = 123;
                Ok(())
            }
            Status::Signaled(signal) => {
                eprintln!("xargs: command terminated by signal {}", signal.0);
                Err(125)
            }
            Status::Stopped(_) | Status::Continued => Ok(()),
        }
    }

    fn wait_for_all(&mut self) {
        while self.slots.iter().any(Option::is_some) {
            if let Err(status) = self.reap() {
                self.status = status;
            }
        }
    }
}

fn complain(message: String) -> i32 {
    eprintln!("xargs: {message}");
    1
}

/// Bytes of a command line: each word and the NUL after it.
fn length(words: &[Bytes]) -> usize {
    words.iter().map(|word| word.len() + 1).sum()
}

fn replaced(word: &[u8], pattern: &[u8], by: &[u8]) -> Bytes {
    let mut result = Bytes::new();
    let mut rest = word;
    while let Some(at) = memchr::memmem::find(rest, pattern).filter(|_| !pattern.is_empty()) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(by);
        rest = &rest[at + pattern.len()..];
    }
    result.extend_from_slice(rest);
    result
}
