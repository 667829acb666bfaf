//! Colours: `LS_COLORS`, in dircolors' syntax.

use std::cell::Cell;

use vivarium_sys::fs::{FileKind, Stat};
use vivarium_userland::mode::{SET_GID, SET_UID, STICKY};
use vivarium_userland::{Bytes, glob};

use super::entry::Entry;

/// SGR parameters by kind of file and by ending of name.
pub(super) struct Colors {
    kinds: Vec<(String, String)>,
    endings: Vec<(String, String)>,
    /// Whether anything was coloured yet: what was set before is reset then.
    used: Cell<bool>,
}

/// What GNU's ls uses without `LS_COLORS`.
const DEFAULT: &str = "di=01;34:ln=01;36:pi=33:so=01;35:do=01;35:bd=01;33:cd=01;33:su=37;41:sg=30;43:tw=30;42:ow=34;42:\
                       st=37;44:ex=01;32";

/// Terminals that know colours, as dircolors has them.
const TERMINALS: &[&str] = &[
    "Eterm",
    "ansi",
    "*color*",
    "con[0-9]*x[0-9]*",
    "cons25",
    "console",
    "cygwin",
    "*direct*",
    "dtterm",
    "gnome",
    "hurd",
    "jfbterm",
    "konsole",
    "kterm",
    "linux",
    "linux-c",
    "mlterm",
    "putty",
    "rxvt*",
    "screen*",
    "st",
    "terminator",
    "tmux*",
    "vt100",
    "vt220",
    "xterm*",
];

impl Colors {
    /// None where neither `LS_COLORS` nor the terminal's name asks for colours.
    pub(super) fn from_environment() -> Option<Colors> {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let wanted = variable("LS_COLORS");
        let term = variable("TERM");
        let known = |pattern: &str| glob::matches(pattern.as_bytes(), term.as_bytes(), glob::Flags::default());
        if wanted.is_empty() && variable("COLORTERM").is_empty() && !TERMINALS.iter().any(|pattern| known(pattern)) {
            return None;
        }
        let mut colors = Colors { kinds: Vec::new(), endings: Vec::new(), used: Cell::new(false) };
        colors.read(DEFAULT);
        colors.read(&wanted);
        Some(colors)
    }

    fn read(&mut self, text: &str) {
        for (name, sgr) in text.split(':').filter_map(|part| part.split_once('=')) {
            match name.strip_prefix('*') {
                Some(ending) => self.endings.push((ending.to_ascii_lowercase(), sgr.into())),
                None => self.kinds.push((name.into(), sgr.into())),
            }
        }
    }

    /// What is said of a kind, be it nothing.
    fn said(&self, name: &str) -> Option<&str> {
        self.kinds.iter().rev().find(|(known, _)| known == name).map(|(_, sgr)| &**sgr)
    }

    /// A colour that is one.
    fn kind(&self, name: &str) -> Option<&str> {
        self.said(name).filter(|sgr| !matches!(*sgr, "" | "0" | "00"))
    }

    /// Begins a line or cell: sets the colour of what is no name.
    pub(super) fn normal(&self, text: &mut Bytes) {
        if let Some(sgr) = self.kind("no") {
            self.first(text);
            text.extend_from_slice(format!("\x1b[{sgr}m").as_bytes());
        }
    }

    /// Begins a name. Whether [`Colors::end`] is due after it.
    pub(super) fn begin(&self, sgr: Option<&str>, text: &mut Bytes) -> bool {
        let normal = self.kind("no").is_some();
        let Some(sgr) = sgr else { return normal };
        self.first(text);
        if normal {
            text.extend_from_slice(b"\x1b[m");
        }
        text.extend_from_slice(format!("\x1b[{sgr}m").as_bytes());
        true
    }

    /// Ends a name. `wrapped`: it went on in another line of the terminal, the rest of which is not to keep the colour.
    pub(super) fn end(text: &mut Bytes, wrapped: bool) {
        text.extend_from_slice(if wrapped { b"\x1b[0m\x1b[K" } else { b"\x1b[0m" });
    }

    fn first(&self, text: &mut Bytes) {
        if !self.used.replace(true) {
            text.extend_from_slice(b"\x1b[0m");
        }
    }

    /// Of a file.
    pub(super) fn of(&self, entry: &Entry) -> Option<&str> {
        match entry.kind() {
            FileKind::Symlink => match entry.target() {
                Some((target, Some(stat))) if self.said("ln") == Some("target") => self.of_stat(stat, target),
                Some((_, Some(_))) => self.kind("ln"),
                _ => self.kind("or").or_else(|| self.kind("ln")),
            },
            kind => self.of_kind(kind, entry.stat().ok(), &entry.name),
        }
    }

    /// Of a file with this status and name.
    pub(super) fn of_stat(&self, stat: &Stat, name: &[u8]) -> Option<&str> {
        self.of_kind(stat.file_kind(), Some(stat), name)
    }

    /// Of what a link points to in vain.
    pub(super) fn missing(&self) -> Option<&str> {
        self.kind("mi").or_else(|| self.kind("or"))
    }

    fn of_kind(&self, kind: FileKind, stat: Option<&Stat>, name: &[u8]) -> Option<&str> {
        let mode = stat.map_or(0, |stat| stat.mode);
        match kind {
            FileKind::Directory => {
                let special = match (mode & STICKY != 0, mode & 0o002 != 0) {
                    (true, true) => self.kind("tw"),
                    (false, true) => self.kind("ow"),
                    (true, false) => self.kind("st"),
                    (false, false) => None,
                };
                special.or_else(|| self.kind("di"))
            }
            FileKind::Fifo => self.kind("pi"),
            FileKind::Socket => self.kind("so"),
            FileKind::BlockDevice => self.kind("bd"),
            FileKind::CharacterDevice => self.kind("cd"),
            FileKind::Symlink => self.kind("ln"),
            FileKind::Regular | FileKind::Unknown => {
                let set = |bit: u32, name| if mode & bit != 0 { self.kind(name) } else { None };
                let links = if stat.is_some_and(|stat| stat.links > 1) { self.kind("mh") } else { None };
                let by_name = || {
                    let name = name.to_ascii_lowercase();
                    let fits = |ending: &&(String, String)| name.ends_with(ending.0.as_bytes());
                    self.endings.iter().rev().find(fits).map(|(_, sgr)| &**sgr)
                };
                let special = set(SET_UID, "su").or_else(|| set(SET_GID, "sg")).or_else(|| set(0o111, "ex"));
                special.or(links).or_else(by_name).or_else(|| self.said("fi"))
            }
        }
    }
}
