//! Backups of files that are overwritten (`--backup`).

use vivarium_sys::Result;
use vivarium_sys::fs::{self, AT_FDCWD};
use vivarium_userland::{Bytes, bytes};

/// How an existing file is kept under another name.
#[derive(Clone, Debug)]
pub(crate) struct Backup {
    pub(crate) style: Style,
    pub(crate) suffix: Bytes,
}

/// `--backup`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    Simple,
    Numbered,
    /// Numbered where there are numbered ones.
    Existing,
}

impl Backup {
    /// Of the argument of `--backup` or the environment; `None` where it says none. An error is the message.
    pub(crate) fn of(control: Option<&[u8]>, suffix: Option<Bytes>) -> std::result::Result<Option<Backup>, String> {
        let variable = bytes::variable("VERSION_CONTROL");
        let control = control.filter(|c| !c.is_empty()).or(variable.as_deref()).unwrap_or(b"existing");
        let style = match control {
            b"none" | b"off" => return Ok(None),
            b"simple" | b"never" => Style::Simple,
            b"numbered" | b"t" => Style::Numbered,
            b"existing" | b"nil" => Style::Existing,
            other => return Err(format!("invalid argument ‘{}’ for ‘backup type’", bytes::text(other))),
        };
        let suffix = suffix.or_else(|| bytes::variable("SIMPLE_BACKUP_SUFFIX")).unwrap_or_else(|| b"~".to_vec());
        Ok(Some(Backup { style, suffix }))
    }

    /// The name that `target` is kept under.
    pub(crate) fn name(&self, target: &[u8]) -> Bytes {
        let target = bytes::without_trailing_slashes(target);
        let base = bytes::base_name(target);
        let highest = || {
            let entries = fs::read_directory(bytes::dir_name(target)).unwrap_or_default();
            let number = |name: &[u8]| {
                let rest = name.strip_prefix(base)?.strip_prefix(b".~")?.strip_suffix(b"~")?;
                std::str::from_utf8(rest).ok()?.parse::<u64>().ok()
            };
            entries.iter().filter_map(|entry| number(&entry.name)).max()
        };
        let number = match self.style {
            Style::Simple => None,
            Style::Numbered => Some(highest().unwrap_or(0) + 1),
            Style::Existing => highest().map(|n| n + 1),
        };
        match number {
            Some(number) => [target, format!(".~{number}~").as_bytes()].concat(),
            None => [target, &self.suffix].concat(),
        }
    }

    /// Renames `target` out of the way; gives its new name.
    pub(crate) fn make(&self, target: &[u8]) -> Result<Bytes> {
        let name = self.name(target);
        fs::rename(AT_FDCWD, bytes::without_trailing_slashes(target), AT_FDCWD, &name, fs::Rename::Replace)?;
        Ok(name)
    }
}
