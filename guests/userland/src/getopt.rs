//! Options as GNU's getopt_long() reads them: clusters, `--long=value`, unambiguous abbreviations, operands in between, `--`,
//! and its wording of what is wrong.

use std::collections::VecDeque;

use crate::Bytes;
use crate::bytes::text;

/// Whether an option takes an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// Never.
    Nothing,
    /// Always, joined or as the next argument.
    Value,
    /// Only joined to it.
    Optional,
    /// Only joined to its long form.
    OptionalLong,
}

/// An option. It is known to the program by its long name, or its letter where it has none.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    short: Option<&'static str>,
    long: Option<&'static str>,
    takes: Takes,
}

impl Opt {
    /// `-a`, `--all`.
    #[must_use]
    pub const fn flag(short: &'static str, long: &'static str) -> Opt {
        Opt { short: Some(short), long: Some(long), takes: Takes::Nothing }
    }

    /// `-a`.
    #[must_use]
    pub const fn letter(short: &'static str) -> Opt {
        Opt { short: Some(short), long: None, takes: Takes::Nothing }
    }

    /// `--all`.
    #[must_use]
    pub const fn long(long: &'static str) -> Opt {
        Opt { short: None, long: Some(long), takes: Takes::Nothing }
    }

    /// The same option with an argument.
    #[must_use]
    pub const fn value(self) -> Opt {
        Opt { takes: Takes::Value, ..self }
    }

    /// The same option with an argument that may be left out.
    #[must_use]
    pub const fn optional(self) -> Opt {
        Opt { takes: Takes::Optional, ..self }
    }

    /// The same option, whose long form has an argument that may be left out.
    #[must_use]
    pub const fn optional_long(self) -> Opt {
        Opt { takes: Takes::OptionalLong, ..self }
    }

    fn key(&self) -> &'static str {
        self.long.or(self.short).unwrap_or_default()
    }
}

/// What a program says of itself.
#[derive(Debug)]
pub struct Program {
    /// Its name in messages.
    pub name: &'static str,
    /// What `--help` prints.
    pub help: &'static str,
    /// Exit status of wrong usage.
    pub usage_status: i32,
    /// Its options, without `--help` and `--version`.
    pub options: &'static [Opt],
    /// Whether options end at the first operand.
    pub operands_end_options: bool,
}

/// What comes next on the command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// An option by its key, and its argument.
    Option(&'static str, Option<Bytes>),
    /// Something else.
    Operand(Bytes),
}

impl Item {
    /// The argument of an option that always has one.
    #[must_use]
    pub fn unwrap_value(value: Option<Bytes>) -> Bytes {
        value.unwrap_or_default()
    }
}

/// Reads a command line.
#[derive(Debug)]
pub struct Parser {
    program: &'static Program,
    arguments: VecDeque<Bytes>,
    /// Rest of a cluster of letters.
    cluster: Bytes,
    ended: bool,
}

impl Parser {
    /// Of `arguments`, the program's name first.
    #[must_use]
    pub fn new(program: &'static Program, arguments: Vec<Bytes>) -> Parser {
        let mut arguments = VecDeque::from(arguments);
        arguments.pop_front();
        Parser { program, arguments, cluster: Bytes::new(), ended: false }
    }

    /// The next option or operand. Wrong usage is an error in getopt's words, without the program's name.
    ///
    /// # Errors
    /// The message.
    pub fn try_next(&mut self) -> Result<Option<Item>, String> {
        if !self.cluster.is_empty() {
            return self.letter().map(Some);
        }
        let Some(argument) = self.arguments.pop_front() else { return Ok(None) };
        if self.ended || argument.len() < 2 || argument[0] != b'-' {
            self.ended |= self.program.operands_end_options;
            return Ok(Some(Item::Operand(argument)));
        }
        if argument == b"--" {
            self.ended = true;
            return self.try_next();
        }
        if argument.starts_with(b"--") {
            return self.long(&argument[2..]).map(Some);
        }
        self.cluster = argument[1..].to_vec();
        self.letter().map(Some)
    }

    /// As [`Parser::try_next`]; wrong usage, `--help` and `--version` end the program.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Item> {
        match self.try_next() {
            Ok(Some(Item::Option("help", _))) => {
                print!("{}", self.program.help);
                std::process::exit(0);
            }
            Ok(Some(Item::Option("version", _))) => {
                println!("{} (Vivarium) {}", self.program.name, env!("CARGO_PKG_VERSION"));
                std::process::exit(0);
            }
            Ok(item) => item,
            Err(message) => self.usage(&message),
        }
    }

    /// Says what is wrong and ends the program.
    pub fn usage(&self, message: &str) -> ! {
        let name = self.program.name;
        eprintln!("{name}: {message}\nTry '{name} --help' for more information.");
        std::process::exit(self.program.usage_status);
    }

    /// The argument that is next, unless that is the rest of a cluster.
    #[must_use]
    pub fn peek(&self) -> Option<&Bytes> {
        if self.cluster.is_empty() { self.arguments.front() } else { None }
    }

    /// The program's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.program.name
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(self) -> Vec<Bytes> {
        self.arguments.into()
    }

    /// The next argument as it stands, whatever it is.
    pub fn take(&mut self) -> Option<Bytes> {
        self.arguments.pop_front()
    }

    fn letter(&mut self) -> Result<Item, String> {
        let length = utf8_length(&self.cluster);
        let rest = self.cluster.split_off(length);
        let letter = std::mem::replace(&mut self.cluster, rest);
        let letter = text(&letter);
        let option = self.program.options.iter().find(|o| o.short == Some(&*letter));
        let Some(option) = option else { return Err(format!("invalid option -- '{letter}'")) };
        let value = match option.takes {
            Takes::Nothing | Takes::OptionalLong => None,
            Takes::Optional => Some(std::mem::take(&mut self.cluster)).filter(|v| !v.is_empty()),
            Takes::Value if !self.cluster.is_empty() => Some(std::mem::take(&mut self.cluster)),
            Takes::Value => {
                let missing = || format!("option requires an argument -- '{letter}'");
                Some(self.arguments.pop_front().ok_or_else(missing)?)
            }
        };
        Ok(Item::Option(option.key(), value))
    }

    fn long(&mut self, argument: &[u8]) -> Result<Item, String> {
        const COMMON: [Opt; 2] = [Opt::long("help"), Opt::long("version")];
        let (name, joined) = match argument.iter().position(|&b| b == b'=') {
            Some(at) => (&argument[..at], Some(argument[at + 1..].to_vec())),
            None => (argument, None),
        };
        let name = text(name);
        let options = self.program.options.iter().chain(&COMMON);
        let mut candidates: Vec<&Opt> =
            options.filter(|o| o.long.is_some_and(|long| long.starts_with(&*name))).collect();
        if let Some(exact) = candidates.iter().position(|o| o.long == Some(&*name)) {
            candidates = vec![candidates[exact]];
        }
        let option = match candidates[..] {
            [] => return Err(format!("unrecognized option '--{name}'")),
            [option] => option,
            _ => {
                let names: Vec<String> =
                    candidates.iter().map(|o| format!("'--{}'", o.long.unwrap_or_default())).collect();
                return Err(format!("option '--{name}' is ambiguous; possibilities: {}", names.join(" ")));
            }
        };
        let long = option.long.unwrap_or_default();
        let value = match (option.takes, joined) {
            (Takes::Nothing, Some(_)) => return Err(format!("option '--{long}' doesn't allow an argument")),
            (Takes::Value, None) => {
                let missing = || format!("option '--{long}' requires an argument");
                Some(self.arguments.pop_front().ok_or_else(missing)?)
            }
            (_, joined) => joined,
        };
        Ok(Item::Option(option.key(), value))
    }
}

/// Length of the first character, 1 where it is no UTF-8.
fn utf8_length(bytes: &[u8]) -> usize {
    let length = match bytes.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => 1,
    };
    if bytes.get(..length).is_some_and(|first| std::str::from_utf8(first).is_ok()) { length } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PROGRAM: Program = Program {
        name: "x",
        help: "",
        usage_status: 1,
        options: &[
            Opt::flag("a", "all"),
            Opt::letter("b"),
            Opt::flag("w", "width").value(),
            Opt::long("color").optional(),
            Opt::long("colour-mode"),
        ],
        operands_end_options: false,
    };

    fn read(arguments: &[&str]) -> Result<Vec<Item>, String> {
        let arguments = std::iter::once(&"x").chain(arguments).map(|a| a.as_bytes().to_vec()).collect();
        let mut parser = Parser::new(&PROGRAM, arguments);
        let mut items = Vec::new();
        while let Some(item) = parser.try_next()? {
            items.push(item);
        }
        Ok(items)
    }

    #[test]
    fn reads_clusters_values_and_operands() {
        let v = |s: &str| Some(s.as_bytes().to_vec());
        assert_eq!(
            read(&["-abw3", "f", "--width=4", "--wid", "5", "--color", "--color=x", "-", "--", "-a"]).unwrap(),
            [
                Item::Option("all", None),
                Item::Option("b", None),
                Item::Option("width", v("3")),
                Item::Operand(b"f".to_vec()),
                Item::Option("width", v("4")),
                Item::Option("width", v("5")),
                Item::Option("color", None),
                Item::Option("color", v("x")),
                Item::Operand(b"-".to_vec()),
                Item::Operand(b"-a".to_vec()),
            ]
        );
    }

    #[test]
    fn words_errors_as_getopt_does() {
        assert_eq!(read(&["-z"]).unwrap_err(), "invalid option -- 'z'");
        assert_eq!(read(&["-w"]).unwrap_err(), "option requires an argument -- 'w'");
        assert_eq!(read(&["--no"]).unwrap_err(), "unrecognized option '--no'");
        assert_eq!(read(&["--all=1"]).unwrap_err(), "option '--all' doesn't allow an argument");
        assert_eq!(
            read(&["--col"]).unwrap_err(),
            "option '--col' is ambiguous; possibilities: '--color' '--colour-mode'"
        );
    }
}
