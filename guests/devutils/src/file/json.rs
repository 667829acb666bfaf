//! Whether text is JSON (RFC 8259).

/// Deeper values are not looked into, as they are not by others.
const DEEPEST: usize = 500;

/// Whether it is one object or array; where the text was `cut`, whether it begins like one.
pub(super) fn is_document(text: &[u8], cut: bool) -> bool {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    if !matches!(scanner.peek(), Some(b'{' | b'[')) {
        return false;
    }
    match scanner.value(0) {
        Some(()) => {
            scanner.space();
            scanner.at == text.len()
        }
        None => cut && scanner.at == text.len(),
    }
}

/// Whether each of its lines, of which there are several, is a document.
pub(super) fn is_lines(text: &[u8]) -> bool {
    let Some(text) = text.strip_suffix(b"\n") else { return false };
    text.contains(&b'\n') && text.split(|&byte| byte == b'\n').all(|line| is_document(line, false))
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.space();
        match self.peek()? {
            b'{' if depth < DEEPEST => self.list(b'}', |scanner| {
                scanner.string()?;
                scanner.space();
                scanner.take(b':')?;
                scanner.value(depth + 1)
            }),
            b'[' if depth < DEEPEST => self.list(b']', |scanner| scanner.value(depth + 1)),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => [&b"true"[..], b"false", b"null"]
                .iter()
                .find_map(|word| self.text[self.at..].starts_with(word).then(|| self.at += word.len())),
        }
    }

    fn list(&mut self, end: u8, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        if self.peek()? == end {
            self.at += 1;
            return Some(());
        }
        loop {
            self.space();
            element(self)?;
            self.space();
            if self.peek()? == end {
                self.at += 1;
                return Some(());
            }
            self.take(b',')?;
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at = (self.at + 2).min(self.text.len()),
                0..=31 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        self.digits()?;
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_objects_and_arrays() {
        for good in ["{}", " [1, -2.5e+3, \"a\\\"b\", {\"x\": [null, true, false]}]\n"] {
            assert!(is_document(good.as_bytes(), false), "{good}");
        }
        for bad in ["", "1", "\"x\"", "{", "[1,]", "{1: 2}", "[01x]", "{} {}", "[\"\n\"]", "[\"\\"] {
            assert!(!is_document(bad.as_bytes(), false), "{bad}");
        }
        assert!(is_document(b"[1, {\"x\": \"y", true));
        assert!(!is_document(b"[1} ", true));
        assert!(!is_document("[".repeat(100_000).as_bytes(), false));
    }

    #[test]
    fn lines_are_documents_each() {
        assert!(is_lines(b"{\"a\":1}\n[2]\n"));
        assert!(!is_lines(b"{\"a\":1}\n"));
        assert!(!is_lines(b"{\"a\":1}\nx\n"));
    }
}
