//! The command that is being typed, taken apart as far as it goes.

/// A word of the command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// As it will be after quote removal.
    pub(super) text: Vec<u8>,
    /// The quote it is still in.
    pub(super) quote: Option<u8>,
}

/// The simple command that a place is in, with the word there, which may be empty, as the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) words: Vec<Word>,
    /// The last word is where a command stands.
    pub(super) at_command: bool,
    /// The last word is the target of a redirection.
    pub(super) redirected: bool,
}

/// Words after which a command comes.
const OPENING: [&[u8]; 14] = [
    b"if", b"then", b"else", b"elif", b"while", b"until", b"do", b"{", b"!", b"time", b"exec", b"command", b"builtin",
    b"nohup",
];

/// The command that the end of a text is in.
pub(super) fn command(text: &[u8]) -> Typed {
    let mut words: Vec<Word> = Vec::new();
    let (mut present, mut redirected): (Option<Word>, bool) = (None, false);
    let mut at = 0;
    // Commands within substitutions, to go back to.
    let mut outer: Vec<(Vec<Word>, Option<Word>, u8)> = Vec::new();
    while at < text.len() {
        let byte = text[at];
        let quote = present.as_ref().and_then(|word| word.quote);
        match (quote, byte) {
            (Some(open), byte) if byte == open => {
                if let Some(word) = &mut present {
                    word.quote = None;
                }
            }
            (quote, b'\\') if quote != Some(b'\'') => {
                let word = present.get_or_insert_with(|| Word { start: at, ..Word::default() });
                at += 1;
                word.text.extend(text.get(at));
            }
            (quote, b'$')
                if quote != Some(b'\'') && text.get(at + 1) == Some(&b'(') && text.get(at + 2) != Some(&b'(') =>
            {
                outer.push((std::mem::take(&mut words), present.take(), b')'));
                at += 1;
            }
            (quote, b'`') if quote != Some(b'\'') => match outer.last() {
                Some((_, _, b'`')) => (words, present) = outer.pop().map(|(w, p, _)| (w, p)).unwrap_or_default(),
                _ => outer.push((std::mem::take(&mut words), present.take(), b'`')),
            },
            (None, b')') if matches!(outer.last(), Some((_, _, b')'))) => {
                (words, present) = outer.pop().map(|(w, p, _)| (w, p)).unwrap_or_default();
            }
            (Some(_), byte) => {
                if let Some(word) = &mut present {
                    word.text.push(byte);
                }
            }
            (None, b'\'' | b'"') => {
                present.get_or_insert_with(|| Word { start: at, ..Word::default() }).quote = Some(byte);
            }
            (None, b' ' | b'\t') => {
                if let Some(word) = present.take() {
                    push(&mut words, word, at, &mut redirected);
                }
            }
            (None, b'<' | b'>') => {
                let number = present.take().filter(|word| !word.text.iter().all(u8::is_ascii_digit));
                if let Some(word) = number {
                    push(&mut words, word, at, &mut redirected);
                }
                redirected = true;
                if matches!(text.get(at + 1), Some(b'(')) {
                    redirected = false;
                    words.clear();
                    at += 1;
                }
                while matches!(text.get(at + 1), Some(b'<' | b'>' | b'&' | b'|')) {
                    at += 1;
                }
            }
            (None, b';' | b'|' | b'&' | b'(' | b')' | b'\n') => {
                present = None;
                redirected = false;
                words.clear();
            }
            (None, byte) => {
                present.get_or_insert_with(|| Word { start: at, ..Word::default() }).text.push(byte);
            }
        }
        at += 1;
    }
    let last = present.unwrap_or(Word { start: text.len(), ..Word::default() });
    let at_command =
        !redirected && words.iter().all(|word| OPENING.contains(&&word.text[..]) || is_assignment(&word.text));
    words.retain(|word| !is_assignment(&word.text) || at_command);
    while !at_command && words.first().is_some_and(|word| OPENING.contains(&&word.text[..])) {
        words.remove(0);
    }
    words.push(Word { end: text.len(), ..last });
    Typed { words, at_command, redirected }
}

fn push(words: &mut Vec<Word>, word: Word, end: usize, redirected: &mut bool) {
    if !std::mem::take(redirected) {
        words.push(Word { end, ..word });
    }
}

fn is_assignment(word: &[u8]) -> bool {
    word.iter().position(|b| *b == b'=').is_some_and(|at| crate::syntax::lexer::is_name(&word[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> (Vec<String>, bool) {
        let typed = command(line.as_bytes());
        (typed.words.into_iter().map(|word| String::from_utf8(word.text).unwrap()).collect(), typed.at_command)
    }

    fn expected(words: &[&str], at_command: bool) -> (Vec<String>, bool) {
        (words.iter().map(|word| (*word).to_string()).collect(), at_command)
    }

    #[test]
    fn the_command_is_that_of_the_end() {
        assert_eq!(texts("ls -l fo"), expected(&["ls", "-l", "fo"], false));
        assert_eq!(texts("ls -l "), expected(&["ls", "-l", ""], false));
        assert_eq!(texts("a; b | gr"), expected(&["gr"], true));
        assert_eq!(texts("A=1 gr"), expected(&["A=1", "gr"], true));
        assert_eq!(texts("A=1 grep x"), expected(&["grep", "x"], false));
        assert_eq!(texts("if tr"), expected(&["if", "tr"], true));
        assert_eq!(texts("echo $(ca"), expected(&["ca"], true));
        assert_eq!(texts("echo \"$(cat fi"), expected(&["cat", "fi"], false));
    }

    #[test]
    fn quotes_are_known() {
        let typed = command(b"cat 'a b");
        assert_eq!(typed.words[1], Word { start: 4, end: 8, text: b"a b".to_vec(), quote: Some(b'\'') });
        let typed = command(b"cat a\\ b");
        assert_eq!(typed.words[1].text, b"a b");
        assert!(command(b"cat >fi").redirected);
    }
}
