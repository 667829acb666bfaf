//! Patches as they are written: unified, context and normal differences, ed scripts, git's headers; anything may stand between.

use vivarium_userland::Bytes;

use super::hunk::{FilePatch, Format, Git, Hunk, Kind, Name};

/// Reads one file's differences after the other.
pub(super) struct Patches {
    lines: Vec<Bytes>,
    at: usize,
    only: Option<Format>,
    /// Whether any differences were found.
    pub(super) found: bool,
}

impl Patches {
    /// Of a whole patch; `only`: what format it is said to be in.
    pub(super) fn new(data: &[u8], only: Option<Format>) -> Patches {
        let lines = data.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        Patches { lines, at: 0, only, found: false }
    }

    /// Whether there is no input at all, which asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes the carriage returns off line ends, where the headers have them. Whether there were any.
    pub(super) fn strip_returns(&mut self) -> bool {
        let header = |line: &Bytes| {
            (line.starts_with(b"--- ")
                || line.starts_with(b"+++ ")
                || line.starts_with(b"*** ")
                || line.starts_with(b"@@ "))
                && line.ends_with(b"\r\n")
        };
        if !self.lines.iter().any(header) {
            return false;
        }
        for line in &mut self.lines {
            if line.ends_with(b"\r\n") {
                line.truncate(line.len() - 2);
                line.push(b'\n');
            }
        }
        true
    }

    fn line(&self, at: usize) -> &[u8] {
        self.lines.get(at).map_or(&[], |line| line)
    }

    fn wants(&self, format: Format) -> bool {
        self.only.is_none_or(|only| only == format)
    }

    /// The differences of the next file.
    pub(super) fn next(&mut self) -> Result<Option<FilePatch>, String> {
        let begin = self.at;
        let mut patch = FilePatch {
            format: Format::Unified,
            old: None,
            new: None,
            index: None,
            git: None,
            hunks: Vec::new(),
            script: Vec::new(),
            leading: Vec::new(),
            line: 0,
        };
        while self.at < self.lines.len() {
            let line = self.line(self.at).to_vec();
            let indented = line.trim_ascii_start();
            let text = if line.starts_with(b"\\") { &line[..] } else { indented };
            if patch.git.is_some() && text.starts_with(b"diff --git ") {
                // A file of which there is nothing but what git said.
                return Ok(Some(self.finish(patch, begin)));
            }
            if let Some(names) = text.strip_prefix(b"diff --git ") {
                patch.git = git_names(names.trim_ascii_end()).map(|(old, new)| Git { old, new, ..Git::default() });
            } else if let Some(git) = &mut patch.git
                && git_line(git, text)
            {
            } else if let Some(name) = text.strip_prefix(b"Index:") {
                patch.index = Some(header_name(name).name).filter(|name| !name.is_empty());
            } else if text.starts_with(b"--- ")
                && self.line(self.at + 1).trim_ascii_start().starts_with(b"+++ ")
                && self.line(self.at + 2).trim_ascii_start().starts_with(b"@@ -")
                && self.wants(Format::Unified)
            {
                patch.old = Some(header_name(&text[4..]));
                patch.new = Some(header_name(&self.line(self.at + 1).trim_ascii_start()[4..]));
                self.at += 2;
                return self.unified(patch, begin).map(Some);
            } else if text.starts_with(b"@@ -") && self.wants(Format::Unified) {
                return self.unified(patch, begin).map(Some);
            } else if text.starts_with(b"*** ")
                && self.line(self.at + 1).starts_with(b"--- ")
                && self.line(self.at + 2).starts_with(b"***************")
                && self.wants(Format::Context)
            {
                patch.old = Some(header_name(&text[4..]));
                patch.new = Some(header_name(&self.line(self.at + 1)[4..]));
                self.at += 2;
                return self.context(patch, begin).map(Some);
            } else if self.wants(Format::Normal) && normal_command(text).is_some_and(|c| self.is_normal(&c)) {
                return self.normal(patch, begin).map(Some);
            } else if self.wants(Format::Ed) && is_ed_command(text) && (self.only.is_some() || !self.found) {
                return Ok(Some(self.ed(patch, begin)));
            }
            self.at += 1;
        }
        Ok(patch.git.is_some().then(|| self.finish(patch, begin)))
    }

    fn finish(&mut self, mut patch: FilePatch, begin: usize) -> FilePatch {
        self.found = true;
        patch.leading = self.lines[begin..self.at].to_vec();
        patch.line = self.at + 1;
        patch
    }

    /// A line without its newline, where the one after says that it has none; gives how many lines to go on by.
    fn content(&self, at: usize, skip: usize) -> (Bytes, usize) {
        let line = self.line(at);
        let mut content = line.get(skip..).unwrap_or(b"\n").to_vec();
        if self.line(at + 1).starts_with(b"\\ ") {
            if content.last() == Some(&b'\n') {
                content.pop();
            }
            return (content, 2);
        }
        if content.last() != Some(&b'\n') && at + 1 == self.lines.len() {
            content.push(b'\n');
        }
        (content, 1)
    }

    fn malformed<T>(&self, at: usize) -> Result<T, String> {
        let line = String::from_utf8_lossy(self.line(at)).into_owned();
        let line = if line.ends_with('\n') { line } else { line + "\n" };
        Err(format!("malformed patch at line {}: {line}", at + 1))
    }

    fn unified(&mut self, patch: FilePatch, begin: usize) -> Result<FilePatch, String> {
        let mut patch = self.finish(patch, begin);
        while let Some((old, new, function)) = unified_header(self.line(self.at).trim_ascii_start()) {
            let indent = self.line(self.at).len() - self.line(self.at).trim_ascii_start().len();
            let start = |(start, count): (usize, usize)| if count == 0 { start + 1 } else { start };
            let mut hunk = Hunk { old_start: start(old), new_start: start(new), lines: Vec::new(), function };
            let (mut old_left, mut new_left) = (old.1, new.1);
            self.at += 1;
            while old_left > 0 || new_left > 0 {
                if self.at >= self.lines.len() {
                    // What was cut off at the end can only have been blank lines of context.
                    if old_left == new_left && old_left < 3 {
                        for _ in 0..old_left {
                            hunk.lines.push((Kind::Context, b"\n".to_vec()));
                        }
                        break;
                    }
                    return Err("unexpected end of file in patch".into());
                }
                let kind = match self.line(self.at).get(indent) {
                    Some(b' ' | b'\t' | b'\n') | None => Kind::Context,
                    Some(b'-') => Kind::Old,
                    Some(b'+') => Kind::New,
                    _ => return self.malformed(self.at),
                };
                let bare = matches!(self.line(self.at).get(indent), Some(b'\t' | b'\n') | None);
                let (content, by) = self.content(self.at, indent + usize::from(!bare));
                let left = (usize::from(kind != Kind::New), usize::from(kind != Kind::Old));
                if old_left < left.0 || new_left < left.1 {
                    return self.malformed(self.at);
                }
                (old_left, new_left) = (old_left - left.0, new_left - left.1);
                hunk.lines.push((kind, content));
                self.at += by;
            }
            patch.hunks.push(hunk);
        }
        Ok(patch)
    }

    fn context(&mut self, patch: FilePatch, begin: usize) -> Result<FilePatch, String> {
        let mut patch = self.finish(patch, begin);
        patch.format = Format::Context;
        while self.line(self.at).starts_with(b"***************") {
            let function = self.line(self.at)[15..].trim_ascii().to_vec();
            let Some(old) = context_range(self.line(self.at + 1), b"*** ", b" ****") else {
                return self.malformed(self.at + 1);
            };
            self.at += 2;
            let old_lines = self.context_side(b"--- ")?;
            let Some(new) = context_range(self.line(self.at), b"--- ", b" ----") else {
                return self.malformed(self.at);
            };
            self.at += 1;
            let new_lines = self.context_side(b"***************")?;
            let start = |(from, count): (usize, usize)| if count == 0 { from + 1 } else { from };
            let lines = merge_context(old_lines, new_lines);
            patch.hunks.push(Hunk { old_start: start(old), new_start: start(new), lines, function });
        }
        Ok(patch)
    }

    /// Lines of one side of a context difference: their mark and their text.
    fn context_side(&mut self, end: &[u8]) -> Result<Vec<(u8, Bytes)>, String> {
        let mut lines = Vec::new();
        while self.at < self.lines.len() {
            let line = self.line(self.at);
            if line.starts_with(end) && (end[0] == b'*' || line.trim_ascii_end().ends_with(b" ----")) {
                break;
            }
            match line {
                [mark @ (b' ' | b'-' | b'+' | b'!'), b' ' | b'\t', ..] => {
                    let mark = *mark;
                    let (content, by) = self.content(self.at, 2);
                    lines.push((mark, content));
                    self.at += by;
                }
                _ => break,
            }
        }
        Ok(lines)
    }

    /// Whether a command of a normal difference is followed by its lines.
    fn is_normal(&self, command: &Command) -> bool {
        let next = self.line(self.at + 1);
        match command.letter {
            b'a' => next.starts_with(b"> "),
            _ => next.starts_with(b"< "),
        }
    }

    fn normal(&mut self, patch: FilePatch, begin: usize) -> Result<FilePatch, String> {
        let mut patch = self.finish(patch, begin);
        patch.format = Format::Normal;
        while let Some(command) = normal_command(self.line(self.at)) {
            self.at += 1;
            let mut hunk = Hunk { old_start: command.old.0, new_start: command.new.0, ..Hunk::default() };
            hunk.old_start += usize::from(command.letter == b'a');
            hunk.new_start += usize::from(command.letter == b'd');
            let (old, new) = (command.old.1 - command.old.0 + 1, command.new.1 - command.new.0 + 1);
            let sides: &[(usize, &[u8], Kind)] = match command.letter {
                b'a' => &[(new, b"> ", Kind::New)],
                b'd' => &[(old, b"< ", Kind::Old)],
                _ => &[(old, b"< ", Kind::Old), (new, b"> ", Kind::New)],
            };
            for (at, (count, mark, kind)) in sides.iter().enumerate() {
                if at == 1 {
                    if !self.line(self.at).starts_with(b"---") {
                        return self.malformed(self.at);
                    }
                    self.at += 1;
                }
                for _ in 0..*count {
                    if !self.line(self.at).starts_with(mark) {
                        return self.malformed(self.at);
                    }
                    let (content, by) = self.content(self.at, 2);
                    hunk.lines.push((*kind, content));
                    self.at += by;
                }
            }
            patch.hunks.push(hunk);
        }
        Ok(patch)
    }

    fn ed(&mut self, patch: FilePatch, begin: usize) -> FilePatch {
        let mut patch = self.finish(patch, begin);
        patch.format = Format::Ed;
        while self.at < self.lines.len() && is_ed_command(self.line(self.at)) {
            let inserts = matches!(self.line(self.at).trim_ascii_end().last(), Some(b'a' | b'c' | b'i'));
            patch.script.push(self.lines[self.at].clone());
            self.at += 1;
            while inserts && self.at < self.lines.len() {
                let line = self.lines[self.at].clone();
                self.at += 1;
                let end = line == b".\n";
                patch.script.push(line);
                if end {
                    break;
                }
            }
        }
        patch
    }
}

/// `NAME`, `NAME<tab>TIME`, `"quoted NAME"`.
fn header_name(text: &[u8]) -> Name {
    let text = text.trim_ascii_start();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.first() == Some(&b'"')
        && let Some((name, rest)) = unquote(text)
    {
        return Name { name, time: rest.to_vec() };
    }
    let end = text.iter().position(|&b| b == b'\t').unwrap_or_else(|| {
        // A time may stand behind spaces too; a name with spaces is followed by a tab.
        let date = text.windows(6).position(|w| w[0] == b' ' && w[1..5].iter().all(u8::is_ascii_digit) && w[5] == b'-');
        date.unwrap_or(text.len())
    });
    Name { name: text[..end].trim_ascii_end().to_vec(), time: text[end..].to_vec() }
}

/// A C string's text and what follows it.
fn unquote(text: &[u8]) -> Option<(Bytes, &[u8])> {
    let mut name = Bytes::new();
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some((name, &text[at + 1..])),
            b'\\' => {
                at += 1;
                let byte = *text.get(at)?;
                match byte {
                    b'0'..=b'7' => {
                        let digits = text[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(*b)).count();
                        let value =
                            text[at..at + digits].iter().fold(0_u32, |value, b| value * 8 + u32::from(b - b'0'));
                        name.push(u8::try_from(value).ok()?);
                        at += digits - 1;
                    }
                    b'n' => name.push(b'\n'),
                    b't' => name.push(b'\t'),
                    b'r' => name.push(b'\r'),
                    other => name.push(other),
                }
            }
            byte => name.push(byte),
        }
        at += 1;
    }
}

fn git_names(text: &[u8]) -> Option<(Bytes, Bytes)> {
    if text.first() == Some(&b'"') {
        let (old, rest) = unquote(text)?;
        let rest = rest.trim_ascii_start();
        let new = if rest.first() == Some(&b'"') { unquote(rest)?.0 } else { rest.to_vec() };
        return Some((old, new));
    }
    // Without quotes both are the same behind their first component, or have no spaces.
    let same = (1..text.len()).filter(|at| text[*at] == b' ').find(|at| {
        let (old, new) = (&text[..*at], &text[at + 1..]);
        let tail = |name: &[u8]| name.iter().position(|&b| b == b'/').map(|slash| name[slash..].to_vec());
        tail(old).is_some() && tail(old) == tail(new)
    });
    let at = same.or_else(|| text.iter().position(|&b| b == b' '))?;
    Some((text[..at].to_vec(), text[at + 1..].to_vec()))
}

/// Takes one of git's lines. Whether it is one.
fn git_line(git: &mut Git, line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let mode = |text: &[u8]| u32::from_str_radix(&String::from_utf8_lossy(text), 8).ok();
    if let Some(text) = line.strip_prefix(b"new file mode ") {
        (git.created, git.new_mode) = (true, mode(text));
    } else if let Some(text) = line.strip_prefix(b"deleted file mode ") {
        (git.deleted, git.old_mode) = (true, mode(text));
    } else if let Some(text) = line.strip_prefix(b"old mode ") {
        git.old_mode = mode(text);
    } else if let Some(text) = line.strip_prefix(b"new mode ") {
        git.new_mode = mode(text);
    } else if line.starts_with(b"rename from ") || line.starts_with(b"rename to ") {
        git.renamed = true;
    } else if line.starts_with(b"copy from ") || line.starts_with(b"copy to ") {
        git.copied = true;
    } else {
        return line.starts_with(b"index ")
            || line.starts_with(b"similarity index ")
            || line.starts_with(b"dissimilarity index ");
    }
    true
}

fn number(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    Some((value, &text[digits..]))
}

type Range = (usize, usize);

/// `@@ -1,2 +1,3 @@ function`: starts and counts.
fn unified_header(line: &[u8]) -> Option<(Range, Range, Bytes)> {
    let range = |text| -> Option<(Range, &[u8])> {
        let (start, rest) = number(text)?;
        match rest.strip_prefix(b",") {
            Some(rest) => number(rest).map(|(count, rest)| ((start, count), rest)),
            None => Some(((start, 1), rest)),
        }
    };
    let (old, rest) = range(line.strip_prefix(b"@@ -")?)?;
    let (new, rest) = range(rest.strip_prefix(b" +")?)?;
    let function = rest.strip_prefix(b" @@")?;
    Some((old, new, function.trim_ascii().to_vec()))
}

/// `*** 1,5 ****`: start and count.
fn context_range(line: &[u8], begin: &[u8], end: &[u8]) -> Option<Range> {
    let text = line.trim_ascii_end().strip_prefix(begin)?.strip_suffix(end)?;
    let (from, rest) = number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => {
            let (to, _) = number(rest)?;
            Some((from, (to + 1).checked_sub(from)?))
        }
        None if from == 0 => Some((0, 0)),
        None => Some((from, 1)),
    }
}

/// Both sides of a context difference as one sequence. A side without changes may have been left out.
fn merge_context(old: Vec<(u8, Bytes)>, new: Vec<(u8, Bytes)>) -> Vec<(Kind, Bytes)> {
    let mut merged = Vec::new();
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    let (no_old, no_new) = (old.peek().is_none(), new.peek().is_none());
    loop {
        while let Some((_, line)) = old.next_if(|(mark, _)| matches!(mark, b'-' | b'!')) {
            merged.push((Kind::Old, line));
        }
        while let Some((_, line)) = new.next_if(|(mark, _)| matches!(mark, b'+' | b'!')) {
            merged.push((Kind::New, line));
        }
        match (old.next(), new.next()) {
            (None, None) => return merged,
            (Some((_, line)), Some(_)) => merged.push((Kind::Context, line)),
            (Some((_, line)), None) if no_new => merged.push((Kind::Context, line)),
            (None, Some((_, line))) if no_old => merged.push((Kind::Context, line)),
            (Some((_, line)), None) | (None, Some((_, line))) => merged.push((Kind::Context, line)),
        }
    }
}

/// `3,4c5`.
struct Command {
    letter: u8,
    old: Range,
    new: Range,
}

fn normal_command(line: &[u8]) -> Option<Command> {
    let line = line.trim_ascii_end();
    let range = |text| -> Option<(Range, &[u8])> {
        let (from, rest) = number(text)?;
        match rest.strip_prefix(b",") {
            Some(rest) => number(rest).filter(|(to, _)| *to >= from).map(|(to, rest)| ((from, to), rest)),
            None => Some(((from, from), rest)),
        }
    };
    let (old, rest) = range(line)?;
    let (&letter, rest) = rest.split_first().filter(|(letter, _)| b"acd".contains(letter))?;
    let (new, rest) = range(rest)?;
    rest.is_empty().then_some(Command { letter, old, new })
}

/// `3,4d`, `5a`, `s/.//`: what `diff -e` writes.
fn is_ed_command(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    if line == b"s/.//" {
        return true;
    }
    let Some((_, rest)) = number(line) else { return false };
    let rest = match rest.strip_prefix(b",") {
        Some(rest) => match number(rest) {
            Some((_, rest)) => rest,
            None => return false,
        },
        None => rest,
    };
    matches!(rest, b"a" | b"c" | b"d" | b"i" | b"s/.//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_times() {
        let name = header_name(b"a/f g\t2026-01-02 03:04:05.000 +0000\n");
        assert_eq!(name.name, b"a/f g");
        assert!(!name.is_none());
        assert!(header_name(b"f\t1970-01-01 00:00:00.000000000 +0000\n").is_none());
        assert_eq!(header_name(b"\"a\\tb\\303\\274\"\tx\n").name, b"a\tb\xc3\xbc");
        assert_eq!(git_names(b"a/x y b/x y"), Some((b"a/x y".to_vec(), b"b/x y".to_vec())));
    }

    #[test]
    fn merges_the_sides_of_context_differences() {
        let line = |mark: u8, text: &str| (mark, text.as_bytes().to_vec());
        let merged = merge_context(
            vec![line(b' ', "a"), line(b'!', "b"), line(b' ', "c")],
            vec![line(b' ', "a"), line(b'!', "B"), line(b' ', "c"), line(b'+', "d")],
        );
        let kinds: Vec<Kind> = merged.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [Kind::Context, Kind::Old, Kind::New, Kind::Context, Kind::New]);
    }
}
