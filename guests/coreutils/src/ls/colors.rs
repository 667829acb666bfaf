//! Colours: `LS_COLORS`, in dircolors' syntax.

use vivarium_sys::fs::FileKind;
use vivarium_userland::mode::{SET_GID, SET_UID, STICKY};

use super::entry::Entry;

/// SGR parameters by kind of file and by ending of name.
pub(super) struct Colors {
    kinds: Vec<(String, String)>,
    endings: Vec<(String, String)>,
}

/// What GNU's ls uses without `LS_COLORS`.
const DEFAULT: &str = "rs=0:di=01;34:ln=01;36:mh=00:pi=33:so=01;35:do=01;35:bd=01;33:cd=01;33:or=00:mi=00:su=37;41:\
                       sg=30;43:ca=00:tw=30;42:ow=34;42:st=37;44:ex=01;32";

impl Colors {
    pub(super) fn from_environment() -> Colors {
        let mut colors = Colors { kinds: Vec::new(), endings: Vec::new() };
        colors.read(DEFAULT);
        colors.read(&std::env::var("LS_COLORS").unwrap_or_default());
        colors
    }

    fn read(&mut self, text: &str) {
        for (name, sgr) in text.split(':').filter_map(|part| part.split_once('=')) {
            match name.strip_prefix('*') {
                Some(ending) => self.endings.push((ending.into(), sgr.into())),
                None => self.kinds.push((name.into(), sgr.into())),
            }
        }
    }

    fn kind(&self, name: &str) -> Option<&str> {
        let sgr = self.kinds.iter().rev().find(|(known, _)| known == name).map(|(_, sgr)| &**sgr);
        sgr.filter(|sgr| !matches!(*sgr, "" | "0" | "00"))
    }

    /// Of a file.
    pub(super) fn of(&self, entry: &Entry) -> Option<&str> {
        let mode = || entry.stat().map_or(0, |stat| stat.mode);
        match entry.kind() {
            FileKind::Symlink => {
                let missing = entry.target().is_none_or(|(_, stat)| stat.is_none());
                if missing { self.kind("or").or_else(|| self.kind("ln")) } else { self.kind("ln") }
            }
            kind => self.of_kind(kind, mode(), &entry.name),
        }
    }

    /// Of a file of this kind, mode and name.
    pub(super) fn of_kind(&self, kind: FileKind, mode: u32, name: &[u8]) -> Option<&str> {
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
                let special = if mode & SET_UID != 0 {
                    self.kind("su")
                } else if mode & SET_GID != 0 {
                    self.kind("sg")
                } else if mode & 0o111 != 0 {
                    self.kind("ex")
                } else {
                    None
                };
                let by_name = || {
                    let fits = |ending: &&(String, String)| name.ends_with(ending.0.as_bytes());
                    self.endings.iter().rev().find(fits).map(|(_, sgr)| &**sgr)
                };
                special.or_else(by_name).or_else(|| self.kind("fi"))
            }
        }
    }
}
