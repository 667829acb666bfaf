//! The command line of `tree`.

use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

pub(super) const USAGE: &str = "\
usage: tree [-acdfghilnpqrstuvxACDFJNQSUX] [-L level] [-o filename]
	[-P pattern] [-I pattern] [--matchdirs] [--metafirst] [--ignore-case]
	[--inodes] [--device] [--sort[=]<name>] [--dirsfirst] [--filesfirst]
	[--filelimit #] [--si] [--du] [--prune] [--charset[=]X]
	[--timefmt[=]format] [--noreport] [--version] [--help] [--]
	[directory ...]
";

pub(super) const HELP: &str = include_str!("help.txt");

/// What entries of a directory are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Name,
    Version,
    Size,
    Modified,
    Changed,
    None,
}

/// What is drawn between a directory and its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    None,
    Ascii,
    Unicode,
    Ansi,
    Cp437,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Xml,
}

/// How sizes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Bytes,
    /// In units of powers of this.
    Units(u64),
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Options {
    pub(super) all: bool,
    pub(super) directories_only: bool,
    pub(super) follow: bool,
    pub(super) full_path: bool,
    pub(super) one_file_system: bool,
    pub(super) level: Option<usize>,
    pub(super) patterns: Vec<Bytes>,
    pub(super) ignored: Vec<Bytes>,
    pub(super) ignore_case: bool,
    pub(super) match_directories: bool,
    pub(super) meta_first: bool,
    pub(super) prune: bool,
    pub(super) report: bool,
    pub(super) file_limit: Option<usize>,
    pub(super) output: Option<Bytes>,
    pub(super) hide_control: bool,
    pub(super) raw_names: bool,
    pub(super) quote: bool,
    pub(super) protection: bool,
    pub(super) user: bool,
    pub(super) group: bool,
    pub(super) size: Option<Size>,
    pub(super) disk_usage: bool,
    pub(super) date: bool,
    pub(super) changed: bool,
    pub(super) time_format: Option<String>,
    pub(super) classify: bool,
    pub(super) inodes: bool,
    pub(super) device: bool,
    pub(super) sort: Sort,
    pub(super) reverse: bool,
    pub(super) directories_first: bool,
    pub(super) files_first: bool,
    pub(super) lines: Option<Lines>,
    pub(super) color: Option<bool>,
    pub(super) form: Form,
    pub(super) roots: Vec<Bytes>,
}

/// Why there is nothing to list.
pub(super) enum Stop {
    Help,
    Version,
    Message(String),
    Usage(String),
}

pub(super) fn read(arguments: &[Bytes]) -> Result<Options, Stop> {
    let mut options = Options {
        all: false,
        directories_only: false,
        follow: false,
        full_path: false,
        one_file_system: false,
        level: None,
        patterns: Vec::new(),
        ignored: Vec::new(),
        ignore_case: false,
        match_directories: false,
        meta_first: false,
        prune: false,
        report: true,
        file_limit: None,
        output: None,
        hide_control: false,
        raw_names: false,
        quote: false,
        protection: false,
        user: false,
        group: false,
        size: None,
        disk_usage: false,
        date: false,
        changed: false,
        time_format: None,
        classify: false,
        inodes: false,
        device: false,
        sort: Sort::Name,
        reverse: false,
        directories_first: false,
        files_first: false,
        lines: None,
        color: None,
        form: Form::Text,
        roots: Vec::new(),
    };
    let mut rest = arguments.iter().cloned();
    while let Some(argument) = rest.next() {
        if argument == b"--" {
            options.roots.extend(rest.by_ref());
        } else if let Some(long) = argument.strip_prefix(b"--") {
            options.long(&text(long), &mut rest)?;
        } else if argument.len() > 1 && argument[0] == b'-' {
            for letter in &argument[1..] {
                options.letter(*letter, &mut rest)?;
            }
        } else {
            options.roots.push(argument);
        }
    }
    if options.roots.is_empty() {
        options.roots.push(b".".to_vec());
    }
    Ok(options)
}

impl Options {
    fn letter(&mut self, letter: u8, rest: &mut impl Iterator<Item = Bytes>) -> Result<(), Stop> {
        match letter {
            b'a' => self.all = true,
            b'd' => self.directories_only = true,
            b'l' => self.follow = true,
            b'f' => self.full_path = true,
            b'x' => self.one_file_system = true,
            b'L' => {
                let level = rest.next().ok_or_else(|| Stop::Message("Missing argument to -L option.".into()))?;
                let level = text(&level).parse().ok().filter(|level| *level > 0);
                self.level = Some(level.ok_or_else(|| Stop::Message("Invalid level, must be greater than 0.".into()))?);
            }
            b'P' => {
                let missing = || Stop::Message("Missing argument to -P option.".into());
                self.patterns.push(rest.next().ok_or_else(missing)?);
            }
            b'I' => {
                let missing = || Stop::Message("Missing argument to -I option.".into());
                self.ignored.push(rest.next().ok_or_else(missing)?);
            }
            b'o' => {
                let missing = || Stop::Message("Missing argument to -o option.".into());
                self.output = Some(rest.next().ok_or_else(missing)?);
            }
            b'q' => self.hide_control = true,
            b'N' => self.raw_names = true,
            b'Q' => self.quote = true,
            b'p' => self.protection = true,
            b'u' => self.user = true,
            b'g' => self.group = true,
            b's' => self.size = self.size.or(Some(Size::Bytes)),
            b'h' if matches!(self.size, Some(Size::Units(_))) => {}
            b'h' => self.size = Some(Size::Units(1024)),
            b'D' => self.date = true,
            b'F' => self.classify = true,
            b'v' => self.sort = Sort::Version,
            b't' => self.sort = Sort::Modified,
            b'c' => (self.sort, self.changed) = (Sort::Changed, true),
            b'U' => self.sort = Sort::None,
            b'r' => self.reverse = true,
            b'i' => self.lines = Some(Lines::None),
            b'A' => self.lines = Some(Lines::Ansi),
            b'S' => self.lines = Some(Lines::Cp437),
            b'n' => self.color = self.color.or(Some(false)),
            b'C' => self.color = Some(true),
            b'X' => self.form = Form::Xml,
            b'J' => self.form = Form::Json,
            _ => return Err(Stop::Usage(format!("Invalid argument -`{}'.", char::from(letter)))),
        }
        Ok(())
    }

    fn long(&mut self, option: &str, rest: &mut impl Iterator<Item = Bytes>) -> Result<(), Stop> {
        let (name, joined) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.as_bytes().to_vec())),
            None => (option, None),
        };
        let mut value = |what: &str| {
            let missing = || Stop::Message(format!("Missing argument to --{what}"));
            joined.clone().or_else(|| rest.next()).ok_or_else(missing).map(|value| text(&value).into_owned())
        };
        match name {
            "help" => return Err(Stop::Help),
            "version" => return Err(Stop::Version),
            "ignore-case" => self.ignore_case = true,
            "matchdirs" => self.match_directories = true,
            "metafirst" => self.meta_first = true,
            "prune" => self.prune = true,
            "noreport" => self.report = false,
            "inodes" => self.inodes = true,
            "device" => self.device = true,
            "dirsfirst" => self.directories_first = true,
            "filesfirst" => self.files_first = true,
            "si" => self.size = Some(Size::Units(1000)),
            "du" => (self.disk_usage, self.size) = (true, self.size.or(Some(Size::Bytes))),
            "timefmt" => (self.time_format, self.date) = (Some(value("timefmt")?), true),
            "filelimit" => {
                let limit = value("filelimit")?;
                let wrong = || Stop::Message(format!("Invalid filelimit `{limit}'"));
                self.file_limit = Some(limit.parse().map_err(|_| wrong())?);
            }
            "charset" => {
                let charset = value("charset")?.to_ascii_lowercase();
                self.lines = Some(match &*charset {
                    "utf-8" | "utf8" => Lines::Unicode,
                    "ibm437" | "cp437" => Lines::Cp437,
                    _ => Lines::Ascii,
                });
            }
            "sort" => {
                self.sort = match &*value("sort")? {
                    "name" => Sort::Name,
                    "version" => Sort::Version,
                    "size" => Sort::Size,
                    "mtime" => Sort::Modified,
                    "ctime" => Sort::Changed,
                    other => {
                        let valid = "should be one of: name,version,size,mtime,ctime";
                        return Err(Stop::Message(format!("Sort type '{other}' not valid, {valid}")));
                    }
                }
            }
            _ => return Err(Stop::Usage(format!("Invalid argument `--{option}'."))),
        }
        Ok(())
    }
}
