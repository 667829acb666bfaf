//! `du` (POSIX du, with GNU's options).

use std::collections::HashSet;
use std::io::Write;

use vivarium_sys::fs::{self, Stat};
use vivarium_userland::bytes::{base_name, join, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{self, Output};
use vivarium_userland::{Bytes, clock, glob, quote, size};

static PROGRAM: Program = Program {
    name: "du",
    help: "\
Usage: du [OPTION]... [FILE]...
Summarize device usage of the set of FILEs, recursively for directories.

  -0, --null            end each output line with NUL, not newline
  -a, --all             write counts for all files, not just directories
      --apparent-size   print apparent sizes rather than device usage
  -B, --block-size=SIZE  scale sizes by SIZE before printing them
  -b, --bytes           equivalent to '--apparent-size --block-size=1'
  -c, --total           produce a grand total
  -D, -H, --dereference-args  dereference only symlinks that are listed
                          on the command line
  -d, --max-depth=N     print the total for a directory only if it is N or
                          fewer levels below the command line argument
  -h, --human-readable  print sizes in human readable format (e.g., 1K 234M 2G)
      --inodes          list inode usage information instead of block usage
  -k                    like --block-size=1K
  -L, --dereference     dereference all symbolic links
  -l, --count-links     count sizes many times if hard linked
  -m                    like --block-size=1M
  -P, --no-dereference  don't follow any symbolic links (this is the default)
  -S, --separate-dirs   for directories do not include size of subdirectories
      --si              like -h, but use powers of 1000 not 1024
  -s, --summarize       display only a total for each argument
  -t, --threshold=SIZE  exclude entries smaller than SIZE if positive,
                          or entries greater than SIZE if negative
      --time[=WORD]     show time of the last modification of any file
      --time-style=STYLE  show times using STYLE
  -X, --exclude-from=FILE  exclude files that match any pattern in FILE
      --exclude=PATTERN    exclude files that match PATTERN
  -x, --one-file-system    skip directories on different file systems
      --help            display this help and exit
      --version         output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("0", "null"),
        Opt::flag("a", "all"),
        Opt::long("apparent-size"),
        Opt::flag("B", "block-size").value(),
        Opt::flag("b", "bytes"),
        Opt::flag("c", "total"),
        Opt::flag("D", "dereference-args"),
        Opt::letter("H"),
        Opt::flag("d", "max-depth").value(),
        Opt::flag("h", "human-readable"),
        Opt::long("inodes"),
        Opt::letter("k"),
        Opt::flag("L", "dereference"),
        Opt::flag("l", "count-links"),
        Opt::letter("m"),
        Opt::flag("P", "no-dereference"),
        Opt::flag("S", "separate-dirs"),
        Opt::long("si"),
        Opt::flag("s", "summarize"),
        Opt::flag("t", "threshold").value(),
        Opt::long("time").optional(),
        Opt::long("time-style").value(),
        Opt::flag("X", "exclude-from").value(),
        Opt::long("exclude").value(),
        Opt::flag("x", "one-file-system"),
    ],
    operands_end_options: false,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    Never,
    Arguments,
    Always,
}

#[allow(clippy::struct_excessive_bools)]
struct Run {
    all: bool,
    apparent: bool,
    inodes: bool,
    unit: u64,
    human: Option<u64>,
    follow: Follow,
    count_links: bool,
    separate: bool,
    max_depth: usize,
    threshold: i128,
    time: Option<Bytes>,
    time_format: &'static str,
    excluded: Vec<Bytes>,
    one_file_system: bool,
    end: u8,
    seen: HashSet<(u64, u64)>,
    out: Output,
    status: i32,
}

/// Sum of a tree: its size or its files, and its newest time.
#[derive(Clone, Copy, Default)]
struct Sum {
    size: u64,
    time: i64,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut run = Run {
        all: false,
        apparent: false,
        inodes: false,
        unit: 1024,
        human: None,
        follow: Follow::Never,
        count_links: false,
        separate: false,
        max_depth: usize::MAX,
        threshold: 0,
        time: None,
        time_format: "%Y-%m-%d %H:%M",
        excluded: Vec::new(),
        one_file_system: false,
        end: b'\n',
        seen: HashSet::new(),
        out: output::output(),
        status: 0,
    };
    let (mut total, mut operands) = (false, Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        let word = text(value.as_deref().unwrap_or_default()).into_owned();
        match option {
            "null" => run.end = 0,
            "all" => run.all = true,
            "apparent-size" => run.apparent = true,
            "block-size" => match size::parse(&word) {
                Some(unit) if unit > 0 => (run.unit, run.human) = (unit, None),
                _ => parser.usage(&format!("invalid --block-size argument '{word}'")),
            },
            "bytes" => (run.apparent, run.unit, run.human) = (true, 1, None),
            "total" => total = true,
            "dereference-args" | "H" => run.follow = Follow::Arguments,
            "max-depth" => match word.parse() {
                Ok(depth) => run.max_depth = depth,
                Err(_) => parser.usage(&format!("invalid maximum depth '{word}'")),
            },
            "human-readable" => run.human = Some(1024),
            "inodes" => run.inodes = true,
            "k" => (run.unit, run.human) = (1024, None),
            "dereference" => run.follow = Follow::Always,
            "count-links" => run.count_links = true,
            "m" => (run.unit, run.human) = (1 << 20, None),
            "no-dereference" => run.follow = Follow::Never,
            "separate-dirs" => run.separate = true,
            "si" => run.human = Some(1000),
            "summarize" => run.max_depth = 0,
            "threshold" => match size::parse(word.trim_start_matches('-')) {
                Some(limit) => {
                    run.threshold = if word.starts_with('-') { -i128::from(limit) } else { i128::from(limit) }
                }
                None => parser.usage(&format!("invalid --threshold argument '{word}'")),
            },
            "time" => run.time = Some(value.unwrap_or_default()),
            "time-style" => {
                run.time_format = match &*word {
                    "full-iso" => "%Y-%m-%d %H:%M:%S.%9f %z",
                    "iso" => "%Y-%m-%d",
                    _ => "%Y-%m-%d %H:%M",
                }
            }
            "exclude-from" => match std::fs::read(&word) {
                Ok(list) => {
                    run.excluded.extend(list.split(|&b| b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec))
                }
                Err(error) => parser.usage(&format!("{word}: {}", output::reason(&error))),
            },
            "exclude" => run.excluded.extend(value),
            _ => run.one_file_system = true,
        }
    }
    if operands.is_empty() {
        operands.push(b".".to_vec());
    }
    let mut grand = Sum::default();
    for name in &operands {
        if let Some(sum) = run.tree(name, 0, None) {
            grand.size += sum.size;
            grand.time = grand.time.max(sum.time);
        }
    }
    if total {
        run.print(&grand, b"total");
    }
    let status = run.status;
    output::finish("du", &mut run.out, status)
}

impl Run {
    fn fail(&mut self, message: &str) {
        let _ = self.out.flush();
        eprintln!("du: {message}");
        self.status = 1;
    }

    fn excludes(&self, name: &[u8]) -> bool {
        let fits = |pattern: &Bytes| {
            glob::matches(pattern, base_name(name), glob::Flags::default())
                || glob::matches(pattern, name, glob::Flags::default())
        };
        self.excluded.iter().any(fits)
    }

    /// Sums up a file and what is below it; `None` where it does not count.
    fn tree(&mut self, name: &[u8], depth: usize, device: Option<u64>) -> Option<Sum> {
        if self.excludes(name) {
            return None;
        }
        let follow = self.follow == Follow::Always || self.follow == Follow::Arguments && depth == 0;
        let stat = match if follow { fs::stat(name) } else { fs::lstat(name) } {
            Ok(stat) => stat,
            Err(errno) => {
                self.fail(&format!("cannot access {}: {errno}", quote::message(name)));
                return None;
            }
        };
        if self.one_file_system && device.is_some_and(|device| device != stat.device) {
            return None;
        }
        let shared = stat.links > 1 && !stat.is_directory() || self.follow == Follow::Always || depth == 0;
        if shared && !self.count_links && !self.seen.insert((stat.device, stat.inode)) {
            return None;
        }
        let own = self.own(&stat);
        let mut sum = own;
        let mut direct = own;
        if stat.is_directory() {
            match fs::read_directory(name) {
                Ok(entries) => {
                    for entry in entries {
                        let child = join(name, &entry.name);
                        let Some(below) = self.tree(&child, depth + 1, Some(stat.device)) else { continue };
                        sum.size += below.size;
                        sum.time = sum.time.max(below.time);
                        if entry.kind != fs::FileKind::Directory {
                            direct.size += below.size;
                        }
                    }
                }
                Err(errno) => self.fail(&format!("cannot read directory {}: {errno}", quote::message(name))),
            }
        }
        if depth <= self.max_depth && (stat.is_directory() || self.all || depth == 0) {
            let shown = if self.separate { Sum { size: direct.size, time: sum.time } } else { sum };
            let (value, limit) = (i128::from(shown.size), self.threshold);
            if limit >= 0 && value >= limit || limit < 0 && value <= -limit {
                self.print(&shown, name);
            }
        }
        Some(sum)
    }

    fn own(&self, stat: &Stat) -> Sum {
        let size = if self.inodes {
            1
        } else if self.apparent {
            if stat.is_directory() || stat.is_file() || stat.is_symlink() { stat.size } else { 0 }
        } else {
            stat.blocks * 512
        };
        let time = match self.time.as_deref() {
            Some(b"atime" | b"access" | b"use") => stat.accessed.seconds,
            Some(b"ctime" | b"status") => stat.changed.seconds,
            _ => stat.modified.seconds,
        };
        Sum { size, time }
    }

    fn print(&mut self, sum: &Sum, name: &[u8]) {
        let figure = match self.human {
            Some(base) => size::human(sum.size, base),
            None if self.inodes => sum.size.to_string(),
            None => sum.size.div_ceil(self.unit).to_string(),
        };
        let time = match self.time {
            Some(_) => format!("{}\t", clock::format(&clock::local(sum.time, 0), self.time_format)),
            None => String::new(),
        };
        let line = [figure.as_bytes(), b"\t", time.as_bytes(), name, &[self.end]].concat();
        if let Err(error) = self.out.write_all(&line) {
            std::process::exit(output::write_failed("du", &error));
        }
    }
}
