//! Fields under construction: text that knows which of its bytes were quoted.

use super::split::Ifs;

/// A field: its text, and the ranges of it that are quoted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) text: Vec<u8>,
    quoted: Vec<(u32, u32)>,
    /// Has unquoted bytes that a pattern may be made of.
    pub(crate) glob: bool,
}

impl Field {
    pub(crate) fn push(&mut self, text: &[u8], quoted: bool) {
        if quoted {
            let start = self.text.len() as u32;
            let end = start + text.len() as u32;
            match self.quoted.last_mut() {
                Some((_, last)) if *last == start => *last = end,
                _ => self.quoted.push((start, end)),
            }
        } else if !self.glob {
            self.glob = text.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'('));
        }
        self.text.extend_from_slice(text);
    }

    /// As a pattern: quoted bytes that would mean something are escaped.
    pub(crate) fn pattern(&self) -> Vec<u8> {
        self.escaped(|byte| {
            matches!(
                byte,
                b'*' | b'?' | b'[' | b']' | b'\\' | b'(' | b')' | b'|' | b'!' | b'-' | b'^' | b'+' | b'@' | b'/'
            )
        })
    }

    /// As an extended regular expression: quoted bytes stand for themselves, and are not what ends a bracket expression.
    pub(crate) fn regex(&self) -> Vec<u8> {
        let marked = self.marked();
        let mut out = Vec::with_capacity(self.text.len() + 8);
        let mut at = 0;
        while let Some((byte, quoted)) = marked.get(at) {
            if (*byte, *quoted) == (b'[', false)
                && let Some(end) = bracket_end(&marked, at)
            {
                // In brackets a backslash is a character as any other.
                out.extend(marked[at..end].iter().map(|(byte, _)| byte));
                at = end;
                continue;
            }
            if *quoted && b"*?[]\\()|^+.${}".contains(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
            at += 1;
        }
        out
    }

    /// Its bytes, each with whether it is quoted.
    pub(crate) fn marked(&self) -> Vec<(u8, bool)> {
        let quoted = |at: usize| self.quoted.iter().any(|(start, end)| (*start as usize..*end as usize).contains(&at));
        self.text.iter().enumerate().map(|(at, byte)| (*byte, quoted(at))).collect()
    }

    fn escaped(&self, special: impl Fn(u8) -> bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 8);
        let mut at = 0;
        for (start, end) in &self.quoted {
            out.extend_from_slice(&self.text[at..*start as usize]);
            for byte in &self.text[*start as usize..*end as usize] {
                if special(*byte) {
                    out.push(b'\\');
                }
                out.push(*byte);
            }
            at = *end as usize;
        }
        out.extend_from_slice(&self.text[at..]);
        out
    }
}

/// Where the bracket expression that begins at `start` ends; `None` where it does not.
fn bracket_end(marked: &[(u8, bool)], start: usize) -> Option<usize> {
    let mut at = start + 1;
    if marked.get(at) == Some(&(b'^', false)) {
        at += 1;
    }
    if marked.get(at) == Some(&(b']', false)) {
        at += 1;
    }
    loop {
        match *marked.get(at)? {
            (b']', false) => return Some(at + 1),
            (b'[', false) => match marked.get(at + 1)? {
                (kind @ (b':' | b'.' | b'='), _) => {
                    let rest = &marked[at + 2..];
                    let length = rest.windows(2).position(|pair| pair[0].0 == *kind && pair[1].0 == b']');
                    at += length.map_or(1, |length| length + 4);
                }
                _ => at += 1,
            },
            _ => at += 1,
        }
    }
}

/// The fields of a word.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) done: Vec<Field>,
    current: Option<Field>,
    /// White space of IFS has just ended a field.
    after_space: bool,
    /// One field is made, whatever it contains.
    pub(crate) single: bool,
    /// Unquoted text is split too: the word in `${x:-word}`.
    pub(crate) split_literals: bool,
}

impl Fields {
    pub(crate) fn single() -> Fields {
        Fields { single: true, ..Fields::default() }
    }

    pub(crate) fn push(&mut self, text: &[u8], quoted: bool) {
        self.after_space = false;
        self.current.get_or_insert_default().push(text, quoted);
    }

    /// A quoted empty string: there is a field even if nothing else is in it.
    pub(crate) fn touch(&mut self) {
        self.after_space = false;
        self.current.get_or_insert_default();
    }

    /// The present place: how many fields are done, and whether one is begun.
    pub(crate) fn mark(&self) -> (usize, bool) {
        (self.done.len(), self.is_begun())
    }

    /// Takes back a field that has been begun since a mark, where it is the only one and empty.
    pub(crate) fn forget_empty(&mut self, mark: (usize, bool)) {
        if mark == (self.done.len(), false) && self.current.as_ref().is_some_and(|field| field.text.is_empty()) {
            self.current = None;
        }
    }

    pub(crate) fn is_begun(&self) -> bool {
        self.current.is_some()
    }

    /// Ends the present field, if there is one.
    pub(crate) fn end(&mut self) {
        if let Some(field) = self.current.take() {
            self.done.push(field);
        }
    }

    /// The result of an unquoted expansion: split.
    pub(crate) fn push_split(&mut self, value: &[u8], ifs: &Ifs) {
        if self.single || ifs.bytes.is_empty() {
            if !value.is_empty() {
                self.push(value, false);
            }
            return;
        }
        let mut start = 0;
        let mut i = 0;
        while i < value.len() {
            let byte = value[i];
            if !ifs.contains(byte) {
                i += 1;
                continue;
            }
            if i > start {
                self.push(&value[start..i], false);
            }
            if ifs.is_space(byte) {
                if self.current.is_some() {
                    self.end();
                    self.after_space = true;
                }
            } else if std::mem::take(&mut self.after_space) {
                // The white space before belongs to this delimiter.
            } else {
                self.touch();
                self.end();
            }
            i += 1;
            start = i;
        }
        if i > start {
            self.push(&value[start..], false);
        }
    }

    /// All fields.
    pub(crate) fn finish(mut self) -> Vec<Field> {
        self.end();
        self.done
    }

    /// The one field of a context that does not split.
    pub(crate) fn finish_single(self) -> Field {
        self.current.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(ifs: &[u8], value: &[u8]) -> Vec<String> {
        let mut fields = Fields::default();
        fields.push_split(value, &Ifs::new(Some(ifs)));
        fields.finish().into_iter().map(|f| String::from_utf8_lossy(&f.text).into_owned()).collect()
    }

    #[test]
    fn white_space_and_others() {
        assert_eq!(split(b" \t\n", b"  a  b "), ["a", "b"]);
        assert_eq!(split(b":", b"a::b:"), ["a", "", "b"]);
        assert_eq!(split(b" :", b" a : b :: c"), ["a", "b", "", "c"]);
        assert_eq!(split(b":", b":a"), ["", "a"]);
    }

    #[test]
    fn quoted_bytes_are_escaped_in_patterns() {
        let mut field = Field::default();
        field.push(b"a*", false);
        field.push(b"b*", true);
        assert_eq!(field.pattern(), b"a*b\\*");
    }
}
