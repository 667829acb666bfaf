//! The words of a line, as history expansion counts them: much as the shell does.

/// Operators of more than one character, the longest first.
const OPERATORS: [&[u8]; 19] = [
    b"<<<", b"<<-", b"&>>", b";;&", b"<<", b">>", b"<&", b">&", b"&>", b"<>", b">|", b"&&", b"||", b";;", b";&", b"|&",
    b"$(", b"<(", b">(",
];

/// The words with the place where each begins.
pub(super) fn words(line: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < line.len() {
        if line[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let end = word_end(line, at);
        words.push((at, line[at..end].to_vec()));
        at = end;
    }
    words
}

fn word_end(line: &[u8], start: usize) -> usize {
    let rest = &line[start..];
    let operator = OPERATORS.iter().find(|operator| rest.starts_with(operator));
    let nests = operator.is_some_and(|operator| operator.ends_with(b"("));
    if let Some(operator) = operator.filter(|_| !nests) {
        return start + operator.len();
    }
    if !nests && is_delimiter(rest[0]) {
        return start + 1;
    }
    // A number before a redirection is part of it.
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits > 0 && matches!(rest.get(digits), Some(b'<' | b'>')) {
        return word_end(line, start + digits);
    }
    let (mut at, mut quote, mut depth) = (start, None, 0_u32);
    while at < line.len() {
        let byte = line[at];
        match quote {
            Some(open) => {
                if byte == b'\\' && open != b'\'' {
                    at += 1;
                } else if byte == open {
                    quote = None;
                }
            }
            None => match byte {
                b'\\' => at += 1,
                b'\'' | b'"' | b'`' => quote = Some(byte),
                b'(' if depth > 0
                    || (at > start
                        && matches!(line[at - 1], b'$' | b'<' | b'>' | b'!' | b'@' | b'?' | b'*' | b'+' | b'=')) =>
                {
                    depth += 1;
                }
                b'<' | b'>' if depth == 0 && line.get(at + 1) == Some(&b'(') => {}
                b')' if depth > 0 => {
                    depth -= 1;
                }
                _ if depth == 0 && (byte.is_ascii_whitespace() || is_delimiter(byte)) => return at,
                _ => {}
            },
        }
        at += 1;
    }
    line.len()
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b';' | b'&' | b'(' | b')' | b'|' | b'<' | b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line.as_bytes()).into_iter().map(|(_, word)| String::from_utf8(word).unwrap()).collect()
    }

    #[test]
    fn quotes_and_substitutions_keep_words_together() {
        assert_eq!(texts("echo 'a b' \"c d\" $(e f)|g"), ["echo", "'a b'", "\"c d\"", "$(e f)", "|", "g"]);
        assert_eq!(texts("cat <(ls -l) 2>/dev/null"), ["cat", "<(ls -l)", "2>", "/dev/null"]);
        assert_eq!(texts("a=(1 2);b&&c"), ["a=(1 2)", ";", "b", "&&", "c"]);
    }
}
