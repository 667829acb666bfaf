//! Shell patterns (POSIX fnmatch()).

/// How patterns are matched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    /// Upper and lower case are one.
    pub ignore_case: bool,
    /// Only a slash matches a slash.
    pub pathname: bool,
}

/// Whether `text` as a whole matches `pattern`.
#[must_use]
pub fn matches(pattern: &[u8], text: &[u8], flags: Flags) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last star, and how far the star reached then.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        if t == text.len() {
            if p == pattern.len() {
                return true;
            }
        } else if p < pattern.len()
            && let Some((p_len, t_len)) = one(&pattern[p..], &text[t..], flags)
        {
            p += p_len;
            t += t_len;
            continue;
        }
        let Some((after, reached)) = star else { return false };
        if reached == text.len() || (flags.pathname && text[reached] == b'/') {
            return false;
        }
        let next = reached + character(&text[reached..]).1;
        star = Some((after, next));
        (p, t) = (after, next);
    }
}

/// Matches one element of the pattern with one character; gives the lengths of both.
fn one(pattern: &[u8], text: &[u8], flags: Flags) -> Option<(usize, usize)> {
    let (found, length) = character(text);
    match pattern[0] {
        b'?' => (!(flags.pathname && text[0] == b'/')).then_some((1, length)),
        b'[' => match bracket(pattern, found, flags) {
            Some((p_len, matched)) => (matched && !(flags.pathname && text[0] == b'/')).then_some((p_len, length)),
            None => (text[0] == b'[').then_some((1, 1)),
        },
        b'\\' if pattern.len() > 1 => {
            let (wanted, p_len) = character(&pattern[1..]);
            same(wanted, found, flags).then_some((p_len + 1, length))
        }
        _ => {
            let (wanted, p_len) = character(pattern);
            same(wanted, found, flags).then_some((p_len, length))
        }
    }
}

/// First character, or a byte that belongs to none, as a number beyond all characters; and its length.
fn character(bytes: &[u8]) -> (u32, usize) {
    if bytes[0] < 0x80 {
        return (bytes[0].into(), 1);
    }
    let chunk = bytes[..bytes.len().min(4)].utf8_chunks().next();
    match chunk.and_then(|chunk| chunk.valid().chars().next()) {
        Some(c) => (c as u32, c.len_utf8()),
        None => (0x11_0000 + u32::from(bytes[0]), 1),
    }
}

fn lower(c: u32) -> u32 {
    char::from_u32(c).map_or(c, |c| c.to_lowercase().next().unwrap_or(c) as u32)
}

fn same(a: u32, b: u32, flags: Flags) -> bool {
    a == b || (flags.ignore_case && lower(a) == lower(b))
}

/// A bracket expression at the start of `pattern`: its length and whether `c` is in it. `None`: it has no end.
fn bracket(pattern: &[u8], c: u32, flags: Flags) -> Option<(usize, bool)> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    at += usize::from(negated);
    let (mut matched, mut first) = (false, true);
    loop {
        let byte = *pattern.get(at)?;
        if byte == b']' && !first {
            return Some((at + 1, matched != negated));
        }
        first = false;
        if byte == b'['
            && pattern.get(at + 1) == Some(&b':')
            && let Some(end) = pattern[at + 2..].windows(2).position(|w| w == b":]")
        {
            matched |= in_class(&pattern[at + 2..at + 2 + end], c, flags);
            at += end + 4;
            continue;
        }
        let (low, length) = element(pattern.get(at..)?)?;
        at += length;
        let mut high = low;
        if pattern.get(at) == Some(&b'-') && !matches!(pattern.get(at + 1), None | Some(b']')) {
            let (end, length) = element(&pattern[at + 1..])?;
            high = end;
            at += 1 + length;
        }
        let inside = |c: u32| low <= c && c <= high;
        matched |= inside(c);
        if flags.ignore_case {
            let upper = char::from_u32(c).map_or(c, |c| c.to_uppercase().next().unwrap_or(c) as u32);
            matched |= inside(lower(c)) || inside(upper);
        }
    }
}

fn element(pattern: &[u8]) -> Option<(u32, usize)> {
    match pattern {
        [] => None,
        [b'\\', rest @ ..] if !rest.is_empty() => {
            let (c, length) = character(rest);
            Some((c, length + 1))
        }
        _ => Some(character(pattern)),
    }
}

fn in_class(name: &[u8], c: u32, flags: Flags) -> bool {
    let Some(c) = char::from_u32(c) else { return false };
    match name {
        b"alpha" => c.is_alphabetic(),
        b"digit" => c.is_ascii_digit(),
        b"alnum" => c.is_alphanumeric(),
        b"upper" => c.is_uppercase() || (flags.ignore_case && c.is_lowercase()),
        b"lower" => c.is_lowercase() || (flags.ignore_case && c.is_uppercase()),
        b"space" => c.is_whitespace(),
        b"blank" => c == ' ' || c == '\t',
        b"punct" => c.is_ascii_punctuation(),
        b"cntrl" => c.is_control(),
        b"xdigit" => c.is_ascii_hexdigit(),
        b"print" => !c.is_control(),
        b"graph" => !c.is_control() && !c.is_whitespace(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn m(pattern: &str, text: &str) -> bool {
        matches(pattern.as_bytes(), text.as_bytes(), Flags::default())
    }

    #[test]
    fn patterns() {
        assert!(m("*.rs", "a.rs") && !m("*.rs", "a.rsx") && m("*", "") && m("a*b*c", "aXbYbc"));
        assert!(m("?", "é") && m("[!a]", "b") && !m("[!a]", "a") && m("[a-c]x", "bx") && m("[]]", "]"));
        assert!(m("[[:digit:]]", "5") && m("\\*", "*") && !m("\\*", "a") && m("[", "[") && m("[a", "[a"));
        assert!(matches(b"A*", b"abc", Flags { ignore_case: true, pathname: false }));
        assert!(!matches(b"a*c", b"a/c", Flags { ignore_case: false, pathname: true }));
    }
}
