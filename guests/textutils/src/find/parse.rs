//! Reading the command line.

use std::cell::RefCell;
use std::collections::VecDeque;

use vivarium_sys::fs::{self, FileKind};
use vivarium_userland::bytes::{self, text};
use vivarium_userland::posix_regex::{Dialect, Regex, Syntax};
use vivarium_userland::{Bytes, clock, glob, mode, passwd, quote};

use super::action::{Action, Exec};
use super::expression::Expression;
use super::printf::Format;
use super::test::{Count, Matching, Permission, Test, Time};
use super::{Follow, HELP, Options};

/// What the command line says.
pub(crate) struct Parsed {
    pub(crate) options: Options,
    pub(crate) paths: Vec<Bytes>,
    pub(crate) expression: Expression,
}

/// Reads the arguments, the name first. An error is the message.
pub(crate) fn parse(arguments: Vec<Bytes>) -> Result<Parsed, String> {
    let mut parser = Parser {
        arguments: arguments.into_iter().skip(1).collect(),
        options: Options {
            follow: Follow::Never,
            depth_first: false,
            min_depth: 0,
            max_depth: usize::MAX,
            one_file_system: false,
            ignore_races: false,
        },
        paths: Vec::new(),
        dialect: Dialect::Basic,
        day_start: false,
        acts: false,
        now: clock::now(),
    };
    parser.leading_options()?;
    while parser.arguments.front().is_some_and(|a| !begins_expression(a)) {
        parser.paths.extend(parser.arguments.pop_front());
    }
    let mut expression = if parser.arguments.is_empty() { Expression::And(Vec::new()) } else { parser.list()? };
    if let Some(left) = parser.arguments.front() {
        return Err(match &**left {
            b")" => "invalid expression; you have used a ')' too many".into(),
            _ => format!("paths must precede expression: `{}'", text(left)),
        });
    }
    if !parser.acts {
        let print = Expression::Action(Action::Print { end: b'\n', file: None });
        expression = Expression::And(vec![expression, print]);
    }
    if parser.paths.is_empty() {
        parser.paths.push(b".".to_vec());
    }
    Ok(Parsed { options: parser.options, paths: parser.paths, expression })
}

/// Whether an argument before the expression begins it; `)` and `,` cannot, so they are names of files there.
fn begins_expression(argument: &[u8]) -> bool {
    matches!(argument, b"(" | b"!") || (argument.len() > 1 && argument[0] == b'-')
}

struct Parser {
    arguments: VecDeque<Bytes>,
    options: Options,
    paths: Vec<Bytes>,
    dialect: Dialect,
    day_start: bool,
    /// Whether there is an action other than `-prune` and `-quit`.
    acts: bool,
    now: (i64, u32),
}

impl Parser {
    fn leading_options(&mut self) -> Result<(), String> {
        while let Some(argument) = self.arguments.front() {
            match &**argument {
                b"-P" => self.options.follow = Follow::Never,
                b"-H" => self.options.follow = Follow::Arguments,
                b"-L" => self.options.follow = Follow::Always,
                b"-D" => {
                    self.arguments.pop_front();
                    if self.arguments.is_empty() {
                        return Err("Missing argument after the -D option.".into());
                    }
                }
                b"--" => {
                    self.arguments.pop_front();
                    return Ok(());
                }
                level if level.starts_with(b"-O") => {}
                _ => return Ok(()),
            }
            self.arguments.pop_front();
        }
        Ok(())
    }

    fn at(&self, words: &[&[u8]]) -> bool {
        self.arguments.front().is_some_and(|a| words.contains(&&**a))
    }

    /// `EXPR , EXPR`.
    fn list(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.or()?];
        while self.at(&[b","]) {
            self.arguments.pop_front();
            parts.push(self.or()?);
        }
        Ok(one_or(parts, Expression::List))
    }

    fn or(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.and()?];
        while self.at(&[b"-o", b"-or"]) {
            let operator = self.arguments.pop_front().unwrap_or_default();
            if self.arguments.is_empty() {
                return Err(format!("expected an expression after '{}'", text(&operator)));
            }
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, String> {
        if self.at(&[b"-o", b"-or", b"-a", b"-and", b","]) {
            let operator = text(&self.arguments[0]).into_owned();
            return Err(format!(
                "invalid expression; you have used a binary operator '{operator}' with nothing before it."
            ));
        }
        let mut parts = vec![self.not()?];
        while !self.arguments.is_empty() && !self.at(&[b"-o", b"-or", b",", b")"]) {
            if self.at(&[b"-a", b"-and"]) {
                let operator = self.arguments.pop_front().unwrap_or_default();
                if self.arguments.is_empty() {
                    return Err(format!("expected an expression after '{}'", text(&operator)));
                }
            }
            parts.push(self.not()?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn not(&mut self) -> Result<Expression, String> {
        let Some(word) = self.arguments.pop_front() else { return Err("expected an expression".into()) };
        match &*word {
            b"!" | b"-not" => {
                if self.arguments.is_empty() {
                    return Err(format!("expected an expression after '{}'", text(&word)));
                }
                Ok(Expression::Not(Box::new(self.not()?)))
            }
            b"(" => {
                if self.at(&[b")"]) {
                    return Err("invalid expression; empty parentheses are not allowed.".into());
                }
                let inner = self.list()?;
                match self.arguments.pop_front().as_deref() {
                    Some(b")") => Ok(inner),
                    _ => Err("invalid expression; I was expecting to find a ')' somewhere but did not see one.".into()),
                }
            }
            b")" => Err("invalid expression; you have used a ')' too many".into()),
            _ if word[0] != b'-' => Err(format!("paths must precede expression: `{}'", text(&word))),
            _ => self.primary(&text(&word)),
        }
    }

    fn value(&mut self, word: &str) -> Result<Bytes, String> {
        self.arguments.pop_front().ok_or_else(|| format!("missing argument to `{word}'"))
    }

    fn string(&mut self, word: &str) -> Result<String, String> {
        Ok(text(&self.value(word)?).into_owned())
    }

    fn primary(&mut self, word: &str) -> Result<Expression, String> {
        if let Some(test) = self.test(word)? {
            return Ok(Expression::Test(test));
        }
        let action = match word {
            "-print" => Action::Print { end: b'\n', file: None },
            "-print0" => Action::Print { end: 0, file: None },
            "-fprint" => Action::Print { end: b'\n', file: Some(self.value(word)?) },
            "-fprint0" => Action::Print { end: 0, file: Some(self.value(word)?) },
            "-printf" => Action::Printf { format: Format::parse(&self.value(word)?)?, file: None },
            "-fprintf" => {
                let file = self.value(word)?;
                Action::Printf { format: Format::parse(&self.value(word)?)?, file: Some(file) }
            }
            "-ls" => Action::Ls { file: None },
            "-fls" => Action::Ls { file: Some(self.value(word)?) },
            "-delete" => {
                self.options.depth_first = true;
                Action::Delete
            }
            "-exec" | "-ok" | "-execdir" | "-okdir" => Action::Exec(self.exec(word)?),
            "-prune" => return Ok(Expression::Action(Action::Prune)),
            "-quit" => return Ok(Expression::Action(Action::Quit)),
            "-help" | "--help" => {
                print!("{HELP}");
                std::process::exit(0);
            }
            "-version" | "--version" => {
                println!("find (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                std::process::exit(0);
            }
            _ => return Err(format!("unknown predicate `{word}'")),
        };
        self.acts = true;
        Ok(Expression::Action(action))
    }

    /// Options and tests.
    fn test(&mut self, word: &str) -> Result<Option<Test>, String> {
        const DAY: i128 = 86_400_000_000_000;
        const MINUTE: i128 = 60_000_000_000;
        let fold = |ignore_case| glob::Flags { ignore_case, pathname: false };
        let test = match word {
            "-depth" | "-d" => {
                self.options.depth_first = true;
                Test::Constant(true)
            }
            "-maxdepth" => {
                self.options.max_depth = self.level(word)?;
                Test::Constant(true)
            }
            "-mindepth" => {
                self.options.min_depth = self.level(word)?;
                Test::Constant(true)
            }
            "-mount" | "-xdev" => {
                self.options.one_file_system = true;
                Test::Constant(true)
            }
            "-follow" => {
                self.options.follow = Follow::Always;
                Test::Constant(true)
            }
            "-ignore_readdir_race" | "-noignore_readdir_race" => {
                self.options.ignore_races = word.starts_with("-i");
                Test::Constant(true)
            }
            "-daystart" => {
                self.day_start = true;
                Test::Constant(true)
            }
            "-noleaf" | "-warn" | "-nowarn" | "-true" => Test::Constant(true),
            "-false" => Test::Constant(false),
            "-regextype" => {
                self.dialect = match &*self.string(word)? {
                    "awk"
                    | "gnu-awk"
                    | "posix-awk"
                    | "egrep"
                    | "posix-egrep"
                    | "posix-extended"
                    | "posix-minimal-basic" => Dialect::Extended,
                    "grep" | "posix-basic" | "ed" | "sed" | "findutils-default" | "emacs" => Dialect::Basic,
                    other => return Err(format!("Unknown regular expression type '{other}'")),
                };
                Test::Constant(true)
            }
            "-files0-from" => {
                let file = self.value(word)?;
                let list = if file == b"-" {
                    let mut list = Vec::new();
                    std::io::Read::read_to_end(&mut std::io::stdin(), &mut list).map(|_| list)
                } else {
                    std::fs::read(bytes::path(&file))
                };
                let list =
                    list.map_err(|e| format!("{}: {}", quote::message(&file), vivarium_userland::output::reason(&e)))?;
                self.paths.extend(list.split(|&b| b == 0).filter(|p| !p.is_empty()).map(<[u8]>::to_vec));
                Test::Constant(true)
            }
            "-name" => Test::Name { pattern: self.value(word)?, flags: fold(false) },
            "-iname" => Test::Name { pattern: self.value(word)?, flags: fold(true) },
            "-path" | "-wholename" => Test::Path { pattern: self.value(word)?, flags: fold(false) },
            "-ipath" | "-iwholename" => Test::Path { pattern: self.value(word)?, flags: fold(true) },
            "-lname" => Test::LinkName { pattern: self.value(word)?, flags: fold(false) },
            "-ilname" => Test::LinkName { pattern: self.value(word)?, flags: fold(true) },
            "-regex" | "-iregex" => {
                let pattern = self.value(word)?;
                let syntax = Syntax { ignore_case: word == "-iregex", whole: true, ..Syntax::new(self.dialect) };
                Test::Regex(Regex::new(&pattern, &syntax)?)
            }
            "-type" => Test::Kind(self.kinds(word)?),
            "-xtype" => Test::OtherKind(self.kinds(word)?),
            "-size" => self.size(word)?,
            "-empty" => Test::Empty,
            "-amin" => self.age(word, Time::Access, MINUTE)?,
            "-cmin" => self.age(word, Time::Change, MINUTE)?,
            "-mmin" => self.age(word, Time::Modification, MINUTE)?,
            "-atime" => self.age(word, Time::Access, DAY)?,
            "-ctime" => self.age(word, Time::Change, DAY)?,
            "-mtime" => self.age(word, Time::Modification, DAY)?,
            "-newer" => self.newer(word, Time::Modification, 'm')?,
            "-anewer" => self.newer(word, Time::Access, 'm')?,
            "-cnewer" => self.newer(word, Time::Change, 'm')?,
            "-used" => Test::Used(self.count(word)?),
            "-perm" => Test::Permission(self.permission(word)?),
            "-user" => {
                let name = self.string(word)?;
                let uid = passwd::uid(&name)
                    .ok_or_else(|| format!("{} is not the name of a known user", quote::message(name.as_bytes())))?;
                Test::User(Count::Exactly(uid.into()))
            }
            "-group" => {
                let name = self.string(word)?;
                let gid = passwd::gid(&name).ok_or_else(|| {
                    format!("{} is not the name of an existing group", quote::message(name.as_bytes()))
                })?;
                Test::Group(Count::Exactly(gid.into()))
            }
            "-uid" => Test::User(self.count(word)?),
            "-gid" => Test::Group(self.count(word)?),
            "-nouser" => Test::NoUser,
            "-nogroup" => Test::NoGroup,
            "-links" => Test::Links(self.count(word)?),
            "-inum" => Test::Inode(self.count(word)?),
            "-samefile" => {
                let stat = self.reference(word)?;
                Test::Same { device: stat.device, inode: stat.inode }
            }
            "-readable" => Test::Access(1),
            "-writable" => Test::Access(2),
            "-executable" => Test::Access(4),
            "-fstype" => Test::FileSystem(self.value(word)?),
            _ => match word.strip_prefix("-newer").map(str::as_bytes) {
                Some([x, y]) => {
                    let time = time_of(*x).ok_or_else(|| format!("unknown predicate `{word}'"))?;
                    self.newer(word, time, char::from(*y))?
                }
                _ => return Ok(None),
            },
        };
        Ok(Some(test))
    }

    fn level(&mut self, word: &str) -> Result<usize, String> {
        let value = self.string(word)?;
        value.parse().map_err(|_| format!("Expected a positive decimal integer argument to {word}, but got '{value}'"))
    }

    fn count(&mut self, word: &str) -> Result<Count, String> {
        let value = self.string(word)?;
        count(&value).ok_or_else(|| format!("invalid argument `{value}' to `{word}'"))
    }

    fn kinds(&mut self, word: &str) -> Result<Vec<FileKind>, String> {
        let value = self.string(word)?;
        let kind = |part: &str| match part {
            "f" => Ok(FileKind::Regular),
            "d" => Ok(FileKind::Directory),
            "l" => Ok(FileKind::Symlink),
            "c" => Ok(FileKind::CharacterDevice),
            "b" => Ok(FileKind::BlockDevice),
            "p" => Ok(FileKind::Fifo),
            "s" => Ok(FileKind::Socket),
            "" if value.is_empty() => Err(format!("Arguments to {word} should contain at least one letter")),
            "" if value.ends_with(',') => {
                Err(format!("Last file type in list argument to {word} is missing, i.e., list is ending on: ','"))
            }
            _ if part.len() > 1 && "fdlcbpsD".contains(&part[..1]) => {
                Err(format!("Must separate multiple arguments to {word} using: ','"))
            }
            _ => Err(format!("Unknown argument to {word}: {}", part.chars().next().unwrap_or_default())),
        };
        let mut kinds = Vec::new();
        for part in value.split(',') {
            let next = kind(part)?;
            if kinds.contains(&next) {
                return Err(format!("Duplicate file type '{part}' in the argument list to {word}."));
            }
            kinds.push(next);
        }
        Ok(kinds)
    }

    fn size(&mut self, word: &str) -> Result<Test, String> {
        let value = self.string(word)?;
        let invalid = || format!("invalid argument `{value}' to `{word}'");
        let (number, unit) = match value.as_bytes().last() {
            Some(b'c') => (&value[..value.len() - 1], 1),
            Some(b'w') => (&value[..value.len() - 1], 2),
            Some(b'b') => (&value[..value.len() - 1], 512),
            Some(b'k') => (&value[..value.len() - 1], 1 << 10),
            Some(b'M') => (&value[..value.len() - 1], 1 << 20),
            Some(b'G') => (&value[..value.len() - 1], 1 << 30),
            _ => (&*value, 512),
        };
        Ok(Test::Size { count: count(number).ok_or_else(invalid)?, unit })
    }

    fn age(&mut self, word: &str, time: Time, unit: i128) -> Result<Test, String> {
        let value = self.string(word)?;
        let invalid = || format!("invalid argument `{value}' to `{word}'");
        let mut now = i128::from(self.now.0) * 1_000_000_000 + i128::from(self.now.1);
        if self.day_start {
            let midnight = clock::local(self.now.0, 0).start_of_day().ok().and_then(|d| d.tomorrow().ok());
            now = midnight.map_or(now, |m| i128::from(m.timestamp().as_second()) * 1_000_000_000);
        }
        if let Some(count) = count(&value) {
            return Ok(Test::Age { time, count, unit, now });
        }
        // A fraction, in thousandths of the unit.
        let (sign, digits) = match value.as_bytes().first() {
            Some(b'+' | b'-') => (value.as_bytes()[0], &value[1..]),
            _ => (0, &*value),
        };
        let number: f64 = digits.parse().map_err(|_| invalid())?;
        let limit = (number * unit as f64) as u64;
        let count = match sign {
            b'+' => Count::More(limit),
            b'-' => Count::Less(limit),
            _ => Count::Exactly(limit),
        };
        Ok(Test::Age { time, count, unit: 1, now })
    }

    fn reference(&mut self, word: &str) -> Result<fs::Stat, String> {
        let file = self.value(word)?;
        let stat = if self.options.follow == Follow::Never { fs::lstat(&file) } else { fs::stat(&file) };
        stat.map_err(|errno| format!("{}: {errno}", quote::message(&file)))
    }

    fn newer(&mut self, word: &str, time: Time, than: char) -> Result<Test, String> {
        if than == 't' {
            let value = self.string(word)?;
            let than = parse_time(&value)
                .ok_or_else(|| format!("I cannot figure out how to interpret '{value}' as a date or time"))?;
            return Ok(Test::Newer { time, than });
        }
        let other = time_of(than as u8).ok_or_else(|| format!("unknown predicate `{word}'"))?;
        let stat = self.reference(word)?;
        Ok(Test::Newer { time, than: other.of(&stat) })
    }

    fn permission(&mut self, word: &str) -> Result<Permission, String> {
        let value = self.string(word)?;
        let invalid = || format!("invalid mode '{value}'");
        let (matching, mode) = match value.as_bytes().first() {
            Some(b'-') => (Matching::All, &value[1..]),
            Some(b'/') => (Matching::Any, &value[1..]),
            _ => (Matching::Exactly, &*value),
        };
        let change = mode::Change::parse(mode).ok_or_else(invalid)?;
        Ok(Permission { matching, file: change.apply(0, false, 0), directory: change.apply(0, true, 0) })
    }

    fn exec(&mut self, word: &str) -> Result<Exec, String> {
        let mut words: Vec<Bytes> = Vec::new();
        let (ask, in_directory) = (word.starts_with("-ok"), word.ends_with("dir"));
        loop {
            let Some(next) = self.arguments.pop_front() else { return Err(format!("missing argument to `{word}'")) };
            let batched = next == b"+" && !ask && words.last().is_some_and(|w| w == b"{}");
            if next != b";" && !batched {
                words.push(next);
                continue;
            }
            if batched {
                words.pop();
            }
            if words.is_empty() {
                return Err(format!("invalid argument `{}' to `{word}'", text(&next)));
            }
            if batched && words.iter().any(|w| memchr::memmem::find(w, b"{}").is_some()) {
                return Err(format!("Only one instance of {{}} is supported with {word} ... +"));
            }
            let batch = batched.then(RefCell::default);
            return Ok(Exec { words, ask, in_directory, batch });
        }
    }
}

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

fn count(value: &str) -> Option<Count> {
    let (kind, digits): (fn(u64) -> Count, &str) = match value.as_bytes().first()? {
        b'+' => (Count::More, &value[1..]),
        b'-' => (Count::Less, &value[1..]),
        _ => (Count::Exactly, value),
    };
    digits.parse().ok().map(kind)
}

fn time_of(letter: u8) -> Option<Time> {
    Some(match letter {
        b'a' => Time::Access,
        b'm' => Time::Modification,
        b'c' => Time::Change,
        b'B' => Time::Birth,
        _ => return None,
    })
}

/// `@SECONDS`, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS]`, in nanoseconds since the epoch.
fn parse_time(value: &str) -> Option<i128> {
    if let Some(seconds) = value.strip_prefix('@') {
        return seconds.parse::<f64>().ok().map(|s| (s * 1e9) as i128);
    }
    clock::parse(value).map(|seconds| i128::from(seconds) * 1_000_000_000)
}
