//! History expansion: `!!`, `!-2:3`, `!?text?:s/a/b/`, `^a^b^` (bash, HISTORY EXPANSION).

use super::History;
use super::words::words;

/// A line after expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    pub(crate) text: Vec<u8>,
    pub(crate) changed: bool,
    /// `:p`: it is shown and recorded, but not run.
    pub(crate) only_shown: bool,
}

/// Why a line cannot be expanded: the words concerned, and what is wrong with them.
type Expansion<T> = Result<T, Vec<u8>>;

fn failure(text: &[u8], message: &str) -> Vec<u8> {
    [text, b": ", message.as_bytes()].concat()
}

/// A line being expanded.
struct Line<'a> {
    text: &'a [u8],
    at: usize,
    out: Vec<u8>,
    only_shown: bool,
    /// The quote that the place is in, and those around each `$(`.
    quote: Option<u8>,
    outer: Vec<Option<u8>>,
}

impl Line<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn take_number(&mut self) -> Option<usize> {
        let digits = self.text[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let number = std::str::from_utf8(&self.text[self.at..self.at + digits]).ok()?.parse().ok();
        self.at += digits;
        number
    }
}

impl History {
    /// Expands a line. `quote`: what it begins in, of a command that goes on.
    pub(crate) fn expand(&mut self, text: &[u8], quote: Option<u8>) -> Expansion<Expanded> {
        let character = |at: usize, usual: u8| match &self.settings.characters[..] {
            [] => usual,
            given => given.get(at).copied().unwrap_or(0),
        };
        let (bang, quick, comment) = (character(0, b'!'), character(1, b'^'), character(2, b'#'));
        let unchanged = Expanded { text: text.to_vec(), changed: false, only_shown: false };
        let mut line = Line { text, at: 0, out: Vec::new(), only_shown: false, quote, outer: Vec::new() };
        let mut changed = false;
        if quick != 0 && text.first() == Some(&quick) && quote.is_none() {
            self.quick_substitution(&mut line, quick)?;
            changed = true;
        } else if bang == 0 || !text.contains(&bang) {
            return Ok(unchanged);
        }
        while let Some(byte) = line.peek(0) {
            match (byte, line.quote) {
                (b'\\', quote) if quote != Some(b'\'') => {
                    line.out.push(byte);
                    line.at += 1;
                    line.out.extend(line.peek(0));
                    line.at += 1;
                    continue;
                }
                (b'(', quote)
                    if quote != Some(b'\'') && line.at > 0 && matches!(text[line.at - 1], b'$' | b'<' | b'>') =>
                {
                    line.outer.push(line.quote.take());
                }
                (b')', None) if !line.outer.is_empty() => line.quote = line.outer.pop().flatten(),
                (b'\'' | b'"', None) => line.quote = Some(byte),
                (b'\'', Some(b'\'')) | (b'"', Some(b'"')) => line.quote = None,
                (byte, None) if byte == comment && comment != 0 && begins_word(text, line.at) => {
                    line.out.extend_from_slice(&text[line.at..]);
                    break;
                }
                (byte, quote) if byte == bang && quote != Some(b'\'') && !self.inhibited(&line) => {
                    self.event(&mut line, bang)?;
                    changed = true;
                    continue;
                }
                _ => {}
            }
            line.out.push(byte);
            line.at += 1;
        }
        Ok(Expanded { text: line.out, changed, only_shown: line.only_shown })
    }

    /// Whether the character is the shell's own here.
    fn inhibited(&self, line: &Line<'_>) -> bool {
        let before = |back: usize| line.at.checked_sub(back).map(|at| line.text[at]);
        let rest = &line.text[line.at + 1..];
        match rest.first() {
            None | Some(b' ' | b'\t' | b'\n' | b'=') => return true,
            Some(b'"' | b'\'' | b')') if line.quote.or(rest.first().copied()) == rest.first().copied() => return true,
            _ if self.settings.posix && line.quote == Some(b'"') => return true,
            Some(b'(') if self.settings.extglob && rest.contains(&b')') => return true,
            _ => {}
        }
        (before(1) == Some(b'[') && rest.contains(&b']'))
            || (before(1) == Some(b'{') && before(2) == Some(b'$') && rest.contains(&b'}'))
            || before(1) == Some(b'$')
    }

    /// `!` and what belongs to it.
    fn event(&mut self, line: &mut Line<'_>, bang: u8) -> Expansion<()> {
        let start = line.at;
        line.at += 1;
        let event = match line.peek(0) {
            Some(b':' | b'$' | b'*' | b'%' | b'^') => self.entries.last().map(|entry| entry.text.clone()),
            Some(b'#') => {
                line.at += 1;
                Some(line.out.clone())
            }
            Some(byte) if byte == bang => {
                line.at += 1;
                self.entries.last().map(|entry| entry.text.clone())
            }
            _ => self.named_event(line),
        };
        let Some(event) = event else {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || line.quote == Some(*byte);
            let end = line.text[line.at..].iter().position(ends);
            let end = end.map_or(line.text.len(), |at| line.at + at);
            return Err(failure(&line.text[start..end.max(line.at)], "event not found"));
        };
        let chosen = self.designated(line, &event)?;
        let text = self.modified(line, chosen)?;
        line.out.extend_from_slice(&text);
        Ok(())
    }

    /// `n`, `-n`, `?text?`, `text`
    fn named_event(&mut self, line: &mut Line<'_>) -> Option<Vec<u8>> {
        let negative = line.peek(0) == Some(b'-') && line.peek(1).is_some_and(|b| b.is_ascii_digit());
        if negative || line.peek(0).is_some_and(|b| b.is_ascii_digit()) {
            line.at += usize::from(negative);
            let number = i64::try_from(line.take_number()?).ok()?;
            return self.index(if negative { -number } else { number }).map(|index| self.text(index).to_vec());
        }
        let anywhere = line.peek(0) == Some(b'?');
        line.at += usize::from(anywhere);
        let start = line.at;
        while let Some(byte) = line.peek(0) {
            let ends = if anywhere {
                matches!(byte, b'?' | b'\n')
            } else {
                byte.is_ascii_whitespace() || b":^$*%-;&()|<>".contains(&byte) || Some(byte) == line.quote
            };
            if ends {
                break;
            }
            line.at += 1;
        }
        let mut wanted = line.text[start..line.at].to_vec();
        if anywhere {
            line.at += usize::from(line.peek(0) == Some(b'?'));
            if wanted.is_empty() {
                wanted.clone_from(&self.searched);
            }
            self.searched.clone_from(&wanted);
        }
        if wanted.is_empty() {
            return None;
        }
        let found = self.entries.iter().rev().find_map(|entry| {
            let at = entry.text.windows(wanted.len()).rposition(|window| window == wanted)?;
            (anywhere || entry.text.starts_with(&wanted)).then(|| (entry.text.clone(), at))
        });
        let (text, at) = found?;
        if anywhere {
            let word = words(&text).into_iter().rev().find(|(begin, _)| *begin <= at);
            self.matched = word.map(|(_, word)| word).unwrap_or_default();
        }
        Some(text)
    }

    /// The words of an event that a designator chooses: `:n`, `^`, `$`, `*`, `%`, `x-y`, `x*`, `x-`.
    fn designated(&self, line: &mut Line<'_>, event: &[u8]) -> Expansion<Vec<u8>> {
        let start = line.at;
        let colon = line.peek(0) == Some(b':');
        line.at += usize::from(colon);
        let list = words(event);
        let last = list.len().saturating_sub(1);
        let join = |from: usize, to: usize| {
            let chosen: Vec<&[u8]> = list[from..=to].iter().map(|(_, word)| &word[..]).collect();
            chosen.join(&b' ')
        };
        let first = match line.peek(0) {
            Some(b'%') => {
                line.at += 1;
                return Ok(self.matched.clone());
            }
            Some(b'*') => {
                line.at += 1;
                return Ok(if last == 0 { Vec::new() } else { join(1, last) });
            }
            Some(b'$') => {
                line.at += 1;
                return Ok(list.last().map(|(_, word)| word.clone()).unwrap_or_default());
            }
            Some(b'-') => 0,
            Some(b'^') => {
                line.at += 1;
                1
            }
            Some(byte) if colon && byte.is_ascii_digit() => line.take_number().unwrap_or(usize::MAX),
            _ => {
                line.at = start;
                return Ok(event.to_vec());
            }
        };
        let to = match line.peek(0) {
            Some(b'*') => {
                line.at += 1;
                if first == last + 1 {
                    return Ok(Vec::new());
                }
                last
            }
            Some(b'-') => {
                line.at += 1;
                match line.peek(0) {
                    Some(b'$') => {
                        line.at += 1;
                        last
                    }
                    Some(b'^') => {
                        line.at += 1;
                        1
                    }
                    Some(byte) if byte.is_ascii_digit() => line.take_number().unwrap_or(usize::MAX),
                    _ => last.saturating_sub(1),
                }
            }
            _ => first,
        };
        if list.is_empty() || first > to || to > last {
            return Err(failure(&line.text[start..line.at], "bad word specifier"));
        }
        Ok(join(first, to))
    }

    /// What modifiers make of it: `:h :t :r :e :p :q :x :s/old/new/ :& :g`.
    fn modified(&mut self, line: &mut Line<'_>, mut text: Vec<u8>) -> Expansion<Vec<u8>> {
        let mut quoting = None;
        while line.peek(0) == Some(b':') {
            let (mut everywhere, mut by_word) = (false, false);
            let mut letter = line.peek(1);
            line.at += 2;
            while let Some(flag @ (b'g' | b'a' | b'G')) = letter {
                everywhere |= flag != b'G';
                by_word |= flag == b'G';
                letter = line.peek(0);
                line.at += 1;
            }
            let slash = |text: &[u8]| text.iter().rposition(|b| *b == b'/');
            match letter {
                Some(b'q' | b'x') => quoting = letter,
                Some(b'p') => line.only_shown = true,
                Some(b't') => text = slash(&text).map_or(text.clone(), |at| text[at + 1..].to_vec()),
                Some(b'h') => text = slash(&text).map_or(text.clone(), |at| text[..at].to_vec()),
                Some(b'r') => {
                    text = text.iter().rposition(|b| *b == b'.').map_or(text.clone(), |at| text[..at].to_vec())
                }
                Some(b'e') => {
                    text = text.iter().rposition(|b| *b == b'.').map_or(text.clone(), |at| text[at..].to_vec())
                }
                Some(b'&') => text = self.substitute(text, everywhere, by_word, b":&")?,
                Some(b's') => {
                    let start = line.at - 1;
                    let delimiter = line.peek(0).ok_or_else(|| failure(b"s", "no previous substitution"))?;
                    line.at += 1;
                    self.read_substitution(line, delimiter)?;
                    let told = line.text[start.saturating_sub(1)..line.at].to_vec();
                    text = self.substitute(text, everywhere, by_word, &told)?;
                }
                other => {
                    let told: Vec<u8> = other.into_iter().collect();
                    return Err(failure(&told, "unrecognized history modifier"));
                }
            }
        }
        Ok(match quoting {
            Some(b'q') => single_quoted(&text),
            Some(_) => text
                .split(u8::is_ascii_whitespace)
                .filter(|w| !w.is_empty())
                .map(single_quoted)
                .collect::<Vec<_>>()
                .join(&b' '),
            None => text,
        })
    }

    /// `old/new/` after `s/`; the last delimiter may be missing at the end of the line.
    fn read_substitution(&mut self, line: &mut Line<'_>, delimiter: u8) -> Expansion<()> {
        let mut parts = [Vec::new(), Vec::new()];
        for part in &mut parts {
            while let Some(byte) = line.peek(0) {
                if byte == delimiter || byte == b'\n' {
                    break;
                }
                if byte == b'\\' && line.peek(1) == Some(delimiter) {
                    line.at += 1;
                }
                part.extend(line.peek(0));
                line.at += 1;
            }
            line.at += usize::from(line.peek(0) == Some(delimiter));
        }
        let [mut old, new] = parts;
        if old.is_empty() {
            old = match &self.substitution {
                Some((old, _)) => old.clone(),
                None => self.searched.clone(),
            };
            if old.is_empty() {
                return Err(failure(b":s", "no previous substitution"));
            }
        }
        // `&` in the new text stands for the old.
        let mut expanded = Vec::new();
        let mut bytes = new.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'&' => expanded.extend_from_slice(&old),
                b'\\' if bytes.as_slice().first() == Some(&b'&') => expanded.extend(bytes.next()),
                byte => expanded.push(*byte),
            }
        }
        self.substitution = Some((old, expanded));
        Ok(())
    }

    fn substitute(&self, text: Vec<u8>, everywhere: bool, by_word: bool, told: &[u8]) -> Expansion<Vec<u8>> {
        let Some((old, new)) = &self.substitution else { return Err(failure(told, "no previous substitution")) };
        if by_word {
            let changed: Vec<Vec<u8>> =
                words(&text).into_iter().map(|(_, word)| replaced(&word, old, new, false).unwrap_or(word)).collect();
            return Ok(changed.join(&b' '));
        }
        replaced(&text, old, new, everywhere).ok_or_else(|| failure(told, "substitution failed"))
    }

    /// `^old^new^`, as `!!:s^old^new^`.
    fn quick_substitution(&mut self, line: &mut Line<'_>, quick: u8) -> Expansion<()> {
        line.at = 1;
        self.read_substitution(line, quick)?;
        let told = [b":s", &line.text[..line.at]].concat();
        let Some(entry) = self.entries.last() else { return Err(failure(&told, "event not found")) };
        let text = self.substitute(entry.text.clone(), false, false, &told)?;
        let text = self.modified(line, text)?;
        line.out.extend_from_slice(&text);
        Ok(())
    }
}

fn begins_word(text: &[u8], at: usize) -> bool {
    at == 0 || matches!(text[at - 1], b' ' | b'\t' | b'\n' | b';' | b'&' | b'(' | b')' | b'|' | b'<' | b'>')
}

fn replaced(text: &[u8], old: &[u8], new: &[u8], everywhere: bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with(old) && (everywhere || count == 0) {
            out.extend_from_slice(new);
            at += old.len();
            count += 1;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    (count > 0).then_some(out)
}

fn single_quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in text {
        if *byte == b'\'' {
            out.extend_from_slice(b"'\\''");
        } else {
            out.push(*byte);
        }
    }
    out.push(b'\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(lines: &[&str], line: &str) -> Result<String, String> {
        let mut history = History::default();
        for line in lines {
            history.add(line.as_bytes());
        }
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        history.expand(line.as_bytes(), None).map(|expanded| text(expanded.text)).map_err(text)
    }

    #[test]
    fn events() {
        let lines = ["echo one", "ls -l /tmp", "cat file"];
        for (line, expected) in [
            ("!!", "cat file"),
            ("!-2", "ls -l /tmp"),
            ("!1", "echo one"),
            ("!ec", "echo one"),
            ("!?tmp?", "ls -l /tmp"),
            ("a b !#", "a b a b "),
            ("sudo !!;x", "sudo cat file;x"),
            ("^file^other^", "cat other"),
            ("'!!' \\!! \"!\"", "'!!' \\!! \"!\""),
        ] {
            assert_eq!(expand(&lines, line).as_deref(), Ok(expected), "{line}");
        }
        assert_eq!(expand(&lines, "!nope x"), Err("!nope: event not found".into()));
    }

    #[test]
    fn words_and_modifiers() {
        let lines = ["cp /a/b.c 'x y' d"];
        for (line, expected) in [
            ("!:0", "cp"),
            ("!^", "/a/b.c"),
            ("!$", "d"),
            ("!*", "/a/b.c 'x y' d"),
            ("!:1-2", "/a/b.c 'x y'"),
            ("!:2*", "'x y' d"),
            ("!:1-", "/a/b.c 'x y'"),
            ("!:1:h", "/a"),
            ("!:1:t:r", "b"),
            ("!:1:e", ".c"),
            ("!!:s/cp/mv/", "mv /a/b.c 'x y' d"),
            ("!:1:q", "'/a/b.c'"),
        ] {
            assert_eq!(expand(&lines, line).as_deref(), Ok(expected), "{line}");
        }
        assert_eq!(expand(&lines, "!!:7"), Err(":7: bad word specifier".into()));
    }
}
