//! The command line.

use std::time::Duration;

use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote, size};

static PROGRAM: Program = Program {
    name: "tail",
    help: "\
Usage: tail [OPTION]... [FILE]...
Print the last 10 lines of each FILE to standard output.
With more than one FILE, precede each with a header giving the file name.

With no FILE, or when FILE is -, read standard input.

  -c, --bytes=[+]NUM       output the last NUM bytes; or use -c +NUM to
                             output starting with byte NUM of each file
  -f, --follow[={name|descriptor}]
                           output appended data as the file grows;
                             an absent option argument means 'descriptor'
  -F                       same as --follow=name --retry
  -n, --lines=[+]NUM       output the last NUM lines, instead of the last 10;
                             or use -n +NUM to skip NUM-1 lines at the start
      --max-unchanged-stats=N
                           accepted; names are looked up at every look
      --pid=PID            with -f, terminate after process ID, PID dies;
                             can be repeated to watch multiple processes
  -q, --quiet, --silent    never output headers giving file names
      --retry              keep trying to open a file if it is inaccessible
  -s, --sleep-interval=N   with -f, sleep for approximately N seconds
                             (default 1.0) between looks; changes that the
                             system tells of are seen at once
  -v, --verbose            always output headers giving file names
  -z, --zero-terminated    line delimiter is NUL, not newline
      --help               display this help and exit
      --version            output version information and exit

NUM may have a multiplier suffix:
b 512, kB 1000, K 1024, MB 1000*1000, M 1024*1024,
GB 1000*1000*1000, G 1024*1024*1024, and so on for T, P, E.
Binary prefixes can be used, too: KiB=K, MiB=M, and so on.
",
    usage_status: 1,
    options: &[
        Opt::flag("c", "bytes").value(),
        Opt::letter("f"),
        Opt::long("follow").optional(),
        Opt::letter("F"),
        Opt::flag("n", "lines").value(),
        Opt::long("max-unchanged-stats").value(),
        Opt::long("pid").value(),
        Opt::flag("q", "quiet"),
        Opt::long("silent"),
        Opt::long("retry"),
        Opt::flag("s", "sleep-interval").value(),
        Opt::flag("v", "verbose"),
        Opt::flag("z", "zero-terminated"),
        // What scripts for GNU's say to try it out.
        Opt::long("-disable-inotify"),
        Opt::long("-presume-input-pipe"),
    ],
    operands_end_options: false,
};

/// How a file is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Follow {
    Descriptor,
    Name,
}

/// What is printed of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Amount {
    pub(super) lines: bool,
    /// From the beginning, counted from 1, and not the last ones.
    pub(super) from_start: bool,
    pub(super) count: u64,
}

impl Amount {
    /// Whether nothing can come of it.
    pub(super) fn is_nothing(self) -> bool {
        self.count == 0 && !self.from_start
    }
}

#[derive(Debug)]
pub(super) struct Options {
    pub(super) amount: Amount,
    pub(super) follow: Option<Follow>,
    pub(super) retry: bool,
    pub(super) pids: Vec<u32>,
    pub(super) interval: Duration,
    pub(super) delimiter: u8,
    verbose: Option<bool>,
    /// Whether changes that the system tells of are listened to.
    pub(super) notified: bool,
}

impl Options {
    /// Whether `names` files get headers.
    pub(super) fn headers(&self, names: usize) -> bool {
        self.verbose.unwrap_or(names > 1)
    }
}

/// Reads the arguments, the program's name first. What is wrong ends the program.
pub(super) fn read(mut arguments: Vec<Bytes>) -> (Options, Vec<Bytes>) {
    let mut options = Options {
        amount: Amount { lines: true, from_start: false, count: 10 },
        follow: None,
        retry: false,
        pids: Vec::new(),
        interval: Duration::from_secs(1),
        delimiter: b'\n',
        verbose: None,
        notified: true,
    };
    let mut names = Vec::new();
    if let Some((amount, follow)) = obsolete(&arguments) {
        arguments.remove(1);
        options.amount = amount;
        options.follow = follow.then_some(Follow::Descriptor);
    }
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                names.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value.unwrap_or_default()),
        };
        match option {
            "bytes" | "lines" => options.amount = amount(&value, option == "lines"),
            "f" => options.follow = Some(Follow::Descriptor),
            "follow" => options.follow = Some(follow(&value, &parser)),
            "F" => (options.follow, options.retry) = (Some(Follow::Name), true),
            "pid" => match text(&value).parse() {
                Ok(pid) => options.pids.push(pid),
                Err(_) => fail(&format!("invalid PID: {}", quote::message(&value))),
            },
            "quiet" | "silent" => options.verbose = Some(false),
            "retry" => options.retry = true,
            "sleep-interval" => match text(&value).parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok()) {
                Some(interval) => options.interval = interval,
                None => fail(&format!("invalid number of seconds: {}", quote::message(&value))),
            },
            "verbose" => options.verbose = Some(true),
            "zero-terminated" => options.delimiter = 0,
            "-disable-inotify" => options.notified = false,
            "max-unchanged-stats" if text(&value).parse::<u64>().is_err() => {
                fail(&format!("invalid maximum number of unchanged stats between opens: {}", quote::message(&value)))
            }
            _ => {}
        }
    }
    warn(&mut options);
    if names.is_empty() {
        names.push(b"-".to_vec());
    }
    if options.follow == Some(Follow::Name) && names.iter().any(|name| name == b"-") {
        fail(&format!("cannot follow {} by name", quote::message(b"-")));
    }
    (options, names)
}

/// Says which options are of no use together.
fn warn(options: &mut Options) {
    if options.retry {
        match options.follow {
            None => {
                options.retry = false;
                eprintln!("tail: warning: --retry ignored; --retry is useful only when following");
            }
            Some(Follow::Descriptor) => eprintln!("tail: warning: --retry only effective for the initial open"),
            Some(Follow::Name) => {}
        }
    }
    if !options.pids.is_empty() && options.follow.is_none() {
        eprintln!("tail: warning: PID ignored; --pid=PID is useful only when following");
    }
}

fn follow(value: &[u8], parser: &Parser) -> Follow {
    match value {
        b"name" => Follow::Name,
        word if b"descriptor".starts_with(word) => Follow::Descriptor,
        other => parser.usage(&format!(
            "invalid argument ‘{}’ for ‘--follow’\nValid arguments are:\n  - ‘descriptor’\n  - ‘name’",
            text(other)
        )),
    }
}

fn fail(message: &str) -> ! {
    eprintln!("tail: {message}");
    std::process::exit(1);
}

/// The argument of `-n` and `-c`.
fn amount(value: &[u8], lines: bool) -> Amount {
    let number = value.strip_prefix(b"+").or(value.strip_prefix(b"-")).unwrap_or(value);
    let digits = number.first().is_some_and(u8::is_ascii_digit);
    let count = if digits { count(number) } else { None };
    let Some(count) = count else {
        let what = if lines { "lines" } else { "bytes" };
        fail(&format!("invalid number of {what}: ‘{}’", text(value)));
    };
    Amount { lines, from_start: value.starts_with(b"+"), count }
}

/// A number with a suffix. One that is too great means all.
fn count(number: &[u8]) -> Option<u64> {
    let number = text(number);
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(number.parse().unwrap_or(u64::MAX));
    }
    if number.ends_with(['c', 'w']) { None } else { size::parse(&number) }
}

/// `-5`, `+5`, `-5cf` … as the first argument with at most one file, as POSIX had it once.
fn obsolete(arguments: &[Bytes]) -> Option<(Amount, bool)> {
    let word = arguments.get(1)?;
    let from_start = word.first() == Some(&b'+');
    if !(from_start || word.first() == Some(&b'-')) {
        return None;
    }
    let alone = match arguments.len() {
        2 => true,
        3 => arguments[2].first() != Some(&b'-') || arguments[2] == b"-",
        4 => arguments[2] == b"--",
        _ => false,
    };
    // `+5` may be a file's name where POSIX of 2001 rules; an option cannot be.
    let digits = word[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &word[1 + digits..];
    let (unit, rest) = match rest.first() {
        Some(&unit @ (b'b' | b'c' | b'l')) => (Some(unit), &rest[1..]),
        _ => (None, rest),
    };
    let follow = match rest {
        b"" => false,
        b"f" => true,
        _ => return None,
    };
    if !alone || digits == 0 && (!from_start || unit.is_none()) {
        return None;
    }
    let count = if digits == 0 { 10 } else { count(&word[1..=digits])? };
    let count = if unit == Some(b'b') { count.saturating_mul(512) } else { count };
    Some((Amount { lines: !matches!(unit, Some(b'b' | b'c')), from_start, count }, follow))
}
