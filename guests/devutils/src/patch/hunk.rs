//! What a patch is made of.

use vivarium_userland::Bytes;

/// How differences are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Unified,
    Context,
    Normal,
    Ed,
}

/// A line's part in a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Context,
    Old,
    New,
}

/// A place where a file differs.
#[derive(Clone, Debug, Default)]
pub(super) struct Hunk {
    /// Its first line in the old and in the new file; where it has none there, the line that it follows, plus one.
    pub(super) old_start: usize,
    pub(super) new_start: usize,
    /// Lines in the order of a unified difference, each with its newline where it has one.
    pub(super) lines: Vec<(Kind, Bytes)>,
    /// What stands behind the line numbers: the function.
    pub(super) function: Bytes,
}

impl Hunk {
    pub(super) fn old_lines(&self) -> Vec<&[u8]> {
        self.side(Kind::New)
    }

    pub(super) fn new_lines(&self) -> Vec<&[u8]> {
        self.side(Kind::Old)
    }

    fn side(&self, without: Kind) -> Vec<&[u8]> {
        self.lines.iter().filter(|(kind, _)| *kind != without).map(|(_, line)| &**line).collect()
    }

    pub(super) fn prefix_context(&self) -> usize {
        self.lines.iter().take_while(|(kind, _)| *kind == Kind::Context).count()
    }

    pub(super) fn suffix_context(&self) -> usize {
        self.lines.iter().rev().take_while(|(kind, _)| *kind == Kind::Context).count()
    }

    /// The hunk of the way back.
    pub(super) fn reversed(&self) -> Hunk {
        let mut lines: Vec<(Kind, Bytes)> = Vec::with_capacity(self.lines.len());
        // Of a change the old lines come first.
        let mut added = Vec::new();
        for (kind, line) in &self.lines {
            match kind {
                Kind::Context => {
                    lines.append(&mut added);
                    lines.push((Kind::Context, line.clone()));
                }
                Kind::Old => added.push((Kind::New, line.clone())),
                Kind::New => lines.push((Kind::Old, line.clone())),
            }
        }
        lines.append(&mut added);
        Hunk { old_start: self.new_start, new_start: self.old_start, lines, function: self.function.clone() }
    }
}

/// A name in a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// As the patch has it.
    pub(super) name: Bytes,
    /// The time behind it.
    pub(super) time: Bytes,
}

impl Name {
    /// Whether it stands for a file that is not there.
    pub(super) fn is_none(&self) -> bool {
        self.name == b"/dev/null" || self.is_epoch()
    }

    /// Whether its time is the epoch, by which `diff -N` marks a file that is not there.
    fn is_epoch(&self) -> bool {
        self.seconds() == Some(0)
    }

    /// Its time in seconds since the epoch: `2026-01-02 03:04:05.678 +0100`.
    pub(super) fn seconds(&self) -> Option<i64> {
        let text = String::from_utf8_lossy(&self.time);
        let mut words = text.split_ascii_whitespace();
        let (date, time) = (words.next()?, words.next()?);
        // ISO 8601 wants no space before the offset, and a colon in it.
        let offset = words.next().and_then(|offset| Some(format!("{}:{}", offset.get(..3)?, offset.get(3..)?)));
        vivarium_userland::clock::parse(&format!("{date}T{time}{}", offset.unwrap_or_default()))
    }
}

/// What git says of a file beside its lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Git {
    pub(super) old: Bytes,
    pub(super) new: Bytes,
    pub(super) created: bool,
    pub(super) deleted: bool,
    pub(super) renamed: bool,
    pub(super) copied: bool,
    pub(super) old_mode: Option<u32>,
    pub(super) new_mode: Option<u32>,
}

/// The differences of one file.
#[derive(Clone, Debug)]
pub(super) struct FilePatch {
    pub(super) format: Format,
    pub(super) old: Option<Name>,
    pub(super) new: Option<Name>,
    pub(super) index: Option<Bytes>,
    pub(super) git: Option<Git>,
    pub(super) hunks: Vec<Hunk>,
    /// Commands of an ed script.
    pub(super) script: Vec<Bytes>,
    /// What stands before the differences, and the number of the first line of these.
    pub(super) leading: Vec<Bytes>,
    pub(super) line: usize,
}

impl FilePatch {
    /// The patch of the way back.
    pub(super) fn reversed(mut self) -> FilePatch {
        std::mem::swap(&mut self.old, &mut self.new);
        if let Some(git) = &mut self.git {
            std::mem::swap(&mut git.old, &mut git.new);
            std::mem::swap(&mut git.created, &mut git.deleted);
            std::mem::swap(&mut git.old_mode, &mut git.new_mode);
        }
        self.hunks = self.hunks.iter().map(Hunk::reversed).collect();
        self
    }

    /// Whether the file is not there before.
    pub(super) fn creates(&self) -> bool {
        self.git.as_ref().is_some_and(|git| git.created)
            || self.old.as_ref().is_some_and(Name::is_none)
            || self.format != Format::Normal
                && self.hunks.len() == 1
                && self.hunks[0].old_lines().is_empty()
                && self.hunks[0].old_start <= 1
    }

    /// Whether the file is said not to be there afterwards.
    pub(super) fn deletes(&self) -> bool {
        self.git.as_ref().is_some_and(|git| git.deleted) || self.new.as_ref().is_some_and(Name::is_none)
    }
}
