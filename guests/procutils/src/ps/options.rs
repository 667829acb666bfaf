//! The command line of `ps` in its three manners: `-ef` (POSIX), `aux` (BSD) and `--sort=…` (GNU).

use super::column::Column;
use super::select::{List, Selection};

/// A column to show under a heading.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) column: &'static Column,
    pub(super) heading: String,
}

/// What to show of which processes.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) selection: Selection,
    pub(super) columns: Vec<Shown>,
    /// Columns to order by, the first the foremost; `true`: downwards.
    pub(super) sort: Vec<(&'static Column, bool)>,
    pub(super) forest: Forest,
    pub(super) no_heading: bool,
    /// Width of lines, if said; 0: without end.
    pub(super) width: Option<usize>,
    pub(super) short_commands: bool,
    pub(super) environments: bool,
}

/// How parents and children are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Forest {
    #[default]
    None,
    /// By depth alone (`-H`).
    Indent,
    /// With lines (`f`).
    Lines,
}

/// What a command line asks for.
#[derive(Debug)]
pub(super) enum Request {
    Show(Box<Options>),
    ListColumns,
    Help(Option<String>),
    Version,
}

#[derive(Default)]
struct Reader {
    arguments: std::collections::VecDeque<String>,
    options: Options,
    format: Vec<Shown>,
    /// Letters of fixed formats: POSIX `f`, `F`, `l`, `j`, `y`; BSD `u`, `l`, `j`, `s`, `v`, `X`.
    posix: String,
    bsd: Option<char>,
    /// Columns put between others by `-O`.
    inserted: Option<Vec<Shown>>,
    wide: usize,
    bsd_used: bool,
    list: bool,
    psr: bool,
}

/// Reads the arguments after the name. Options that make no sense in POSIX' manner are tried in BSD's, as `-aux` has always been read.
pub(super) fn read(arguments: &[String]) -> Result<Request, String> {
    let posix = Reader::default().read(arguments, false);
    posix.or_else(|message| Reader::default().read(arguments, true).map_err(|_| message))
}

impl Reader {
    fn read(mut self, arguments: &[String], all_bsd: bool) -> Result<Request, String> {
        self.arguments = arguments.iter().cloned().collect();
        while let Some(argument) = self.arguments.pop_front() {
            match argument.strip_prefix('-') {
                Some(rest) => match rest.strip_prefix('-') {
                    Some("version") => return Ok(Request::Version),
                    Some("help") => return Ok(Request::Help(self.arguments.pop_front())),
                    Some(long) => self.long(long)?,
                    None if all_bsd => self.bsd(rest)?,
                    None if rest == "V" => return Ok(Request::Version),
                    None => self.posix(rest)?,
                },
                None if argument.starts_with(|c: char| c.is_ascii_digit()) => {
                    self.options.selection.pids.add(&argument)?;
                    self.bsd_used = true;
                }
                None if argument == "V" => return Ok(Request::Version),
                None => self.bsd(&argument)?,
            }
        }
        if self.list {
            return Ok(Request::ListColumns);
        }
        self.finish().map(Box::new).map(Request::Show)
    }

    /// The rest of a cluster as an option's value, or else the next argument.
    fn value(&mut self, rest: &str, what: &str) -> Result<String, String> {
        if !rest.is_empty() {
            return Ok(rest.into());
        }
        self.arguments.pop_front().ok_or_else(|| what.into())
    }

    fn list(&mut self, rest: &str, which: fn(&mut Selection) -> &mut dyn List) -> Result<(), String> {
        let list = self.value(rest, "list of process IDs must follow -p")?;
        which(&mut self.options.selection).add(&list)?;
        // Lists go on over arguments that can be nothing else.
        while self.arguments.front().is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit())) {
            if let Some(next) = self.arguments.pop_front() {
                which(&mut self.options.selection).add(&next)?;
            }
        }
        Ok(())
    }

    fn posix(&mut self, cluster: &str) -> Result<(), String> {
        for (at, letter) in cluster.char_indices() {
            let rest = &cluster[at + letter.len_utf8()..];
            let selection = &mut self.options.selection;
            match letter {
                'A' | 'e' => selection.all = true,
                'a' => selection.with_terminal = true,
                'd' => selection.no_leaders = true,
                'N' => selection.negate = true,
                'c' | 'n' | 'm' => {}
                'w' => self.wide += 1,
                'f' | 'F' | 'l' | 'j' | 'y' => self.posix.push(letter),
                'P' => self.psr = true,
                'H' => self.options.forest = Forest::Indent,
                'C' => return self.list(rest, |s| &mut s.commands),
                'p' | 'q' => return self.list(rest, |s| &mut s.pids),
                's' => return self.list(rest, |s| &mut s.sessions),
                'g' => return self.list(rest, |s| &mut s.groups_or_sessions),
                'G' => return self.list(rest, |s| &mut s.real_groups),
                't' => return self.list(rest, |s| &mut s.terminals),
                'u' => return self.list(rest, |s| &mut s.users),
                'U' => return self.list(rest, |s| &mut s.real_users),
                'o' => {
                    let format = self.value(rest, "format specification must follow -o")?;
                    self.format.extend(parse_format(&format)?);
                    return Ok(());
                }
                'O' => {
                    let format = self.value(rest, "format or sort specification must follow -O")?;
                    self.inserted.get_or_insert_default().extend(parse_format(&format)?);
                    return Ok(());
                }
                _ => return Err("unsupported SysV option".into()),
            }
        }
        Ok(())
    }

    fn bsd(&mut self, cluster: &str) -> Result<(), String> {
        self.bsd_used = true;
        for (at, letter) in cluster.char_indices() {
            let rest = &cluster[at + letter.len_utf8()..];
            let selection = &mut self.options.selection;
            match letter {
                'a' => selection.any_user = true,
                'x' => selection.any_terminal = true,
                'g' => {}
                'r' => selection.running = true,
                'T' => selection.own_terminal = true,
                'c' => self.options.short_commands = true,
                'e' => self.options.environments = true,
                'f' => self.options.forest = Forest::Lines,
                'h' => self.options.no_heading = true,
                'n' | 'S' => {}
                'w' => self.wide += 1,
                'L' => self.list = true,
                'u' | 'l' | 'j' | 's' | 'v' | 'X' => self.bsd = Some(letter),
                'p' | 'q' => return self.list(rest, |s| &mut s.pids),
                't' if rest.is_empty() && self.arguments.is_empty() => selection.own_terminal = true,
                't' => return self.list(rest, |s| &mut s.terminals),
                'U' => return self.list(rest, |s| &mut s.users),
                'o' => {
                    let format = self.value(rest, "format specification must follow o")?;
                    self.format.extend(parse_format(&format)?);
                    return Ok(());
                }
                'O' => {
                    let format = self.value(rest, "format or sort specification must follow O")?;
                    self.inserted.get_or_insert_default().extend(parse_format(&format)?);
                    return Ok(());
                }
                'k' => {
                    let keys = self.value(rest, "sort specification must follow k")?;
                    return self.sort(&keys);
                }
                _ => return Err("unsupported option (BSD syntax)".into()),
            }
        }
        Ok(())
    }

    fn long(&mut self, option: &str) -> Result<(), String> {
        let (name, joined) = match option.split_once('=') {
            Some((name, value)) => (name, value),
            None => (option, ""),
        };
        match name {
            "deselect" => self.options.selection.negate = true,
            "forest" => self.options.forest = Forest::Lines,
            "no-headers" | "no-heading" | "noheaders" | "noheading" => self.options.no_heading = true,
            "headers" | "heading" | "cumulative" => {}
            "rows" | "lines" => drop(self.value(joined, "number of rows must follow --rows")?),
            "cols" | "columns" | "width" => {
                let width = self.value(joined, "number of columns must follow --cols, --width, or --columns")?;
                let width = width.parse().map_err(|_| "number of columns must follow --cols, --width, or --columns")?;
                self.options.width = Some(width);
            }
            "pid" | "quick-pid" => return self.list(joined, |s| &mut s.pids),
            "ppid" => return self.list(joined, |s| &mut s.parents),
            "sid" => return self.list(joined, |s| &mut s.sessions),
            "group" => return self.list(joined, |s| &mut s.effective_groups),
            "Group" => return self.list(joined, |s| &mut s.real_groups),
            "user" => return self.list(joined, |s| &mut s.users),
            "User" => return self.list(joined, |s| &mut s.real_users),
            "tty" => return self.list(joined, |s| &mut s.terminals),
            "format" => {
                let format = self.value(joined, "format specification must follow --format")?;
                self.format.extend(parse_format(&format)?);
            }
            "sort" => {
                let keys = self.value(joined, "long sort specification must follow '--sort'")?;
                return self.sort(&keys);
            }
            _ => return Err("unknown gnu long option".into()),
        }
        Ok(())
    }

    fn sort(&mut self, keys: &str) -> Result<(), String> {
        for key in keys.split([',', ' ']).filter(|key| !key.is_empty()) {
            let (name, down) = match key.strip_prefix('-') {
                Some(name) => (name, true),
                None => (key.strip_prefix('+').unwrap_or(key), false),
            };
            let column = Column::named(name).ok_or("unknown sort specifier")?;
            self.options.sort.push((column, down));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Options, String> {
        let has = |letter| self.posix.contains(letter);
        if !self.format.is_empty() && (self.bsd.is_some() || ['f', 'F', 'l', 'j'].into_iter().any(has)) {
            return Err("conflicting format options".into());
        }
        let fixed = match self.bsd {
            Some('u') => "user pid %cpu %mem vsz rss tname stat start_time bsdtime args".to_owned(),
            Some('l') => "f uid pid ppid priority ni vsz rss wchan stat tname bsdtime args".into(),
            Some('j') => "ppid pid pgid sid tname tpgid stat uid bsdtime args".into(),
            Some('s') => "uid pid pending blocked ignored caught stat tname bsdtime args".into(),
            Some('v') => "pid tname stat bsdtime maj_flt trs drs rss %mem args".into(),
            Some(_) => "pid stat tname bsdtime args".into(),
            None if !self.posix.is_empty() && self.posix.chars().any(|c| c != 'y') => self.posix_format(),
            None if self.bsd_used => "pid tname stat bsdtime args".into(),
            None => if self.psr { "pid psr tname time ucmd" } else { "pid tname time ucmd" }.into(),
        };
        let mut columns = if self.format.is_empty() { parse_format(&fixed)? } else { self.format };
        if let Some(inserted) = self.inserted {
            columns = parse_format("pid")?;
            columns.extend(inserted);
            columns.extend(parse_format("s tname time command")?);
        }
        self.options.columns = columns;
        if self.options.width.is_none() && self.wide > 0 {
            self.options.width = Some(if self.wide > 1 { 0 } else { 132 });
        }
        self.options.selection.bsd = self.bsd_used;
        Ok(self.options)
    }

    fn posix_format(&self) -> String {
        let has = |letter| self.posix.contains(letter);
        let (full, extra, long, jobs, no_flags) = (has('f') || has('F'), has('F'), has('l'), has('j'), has('y'));
        let mut words = Vec::new();
        if long {
            words.extend(if no_flags { &["s"][..] } else { &["f", "s"] });
        }
        match (full, long) {
            (true, _) => words.push("UID"),
            (_, true) => words.push("uid"),
            _ => {}
        }
        words.push("pid");
        if full || long {
            words.push("ppid");
        }
        if jobs {
            words.extend(["pgid", "sid"]);
        }
        if full || long {
            words.push("c");
        }
        if long {
            words.extend(["opri", "ni", if no_flags { "rss" } else { "addr" }, "sz", "wchan"]);
        } else if extra {
            words.extend(["sz", "rss"]);
        }
        if extra || self.psr {
            words.push("psr");
        }
        if full {
            words.push("stime");
        }
        words.extend(["tname", "time", if full { "cmd" } else { "ucmd" }]);
        words.join(" ")
    }
}

/// Of `pid,user=WHO` and the like; a heading runs to the next comma.
fn parse_format(format: &str) -> Result<Vec<Shown>, String> {
    let mut columns = Vec::new();
    let mut rest = format.trim_start_matches([',', ' ', '\t', '\n']);
    while !rest.is_empty() {
        let end = rest.find([',', ' ', '\t', '\n', '=']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (name, width) = match name.split_once(':') {
            Some((name, width)) => (name, Some(width.parse::<usize>().map_err(|_| "bad column width")?)),
            None => (name, None),
        };
        let column = Column::named(name).ok_or_else(|| format!("unknown user-defined format specifier \"{name}\""))?;
        let column = match width {
            // Lives as long as the program, as the table does.
            Some(width) => &*Box::leak(Box::new(column.with_width(width))),
            None => column,
        };
        if let Some(heading) = after.strip_prefix('=') {
            let (heading, after) = heading.split_once(',').unwrap_or((heading, ""));
            columns.push(Shown { column, heading: heading.into() });
            rest = after.trim_start_matches([',', ' ', '\t', '\n']);
            continue;
        }
        let heading = if name == "tt" { "TT" } else { column.heading };
        columns.push(Shown { column, heading: heading.into() });
        rest = after.trim_start_matches([',', ' ', '\t', '\n']);
    }
    Ok(columns)
}
