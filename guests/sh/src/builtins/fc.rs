//! `fc`.

use crate::error::Run;
use crate::expand::arith::plain_number;
use crate::shell::Shell;

/// What the options say.
#[derive(Default)]
struct Options {
    list: bool,
    no_numbers: bool,
    reverse: bool,
    again: bool,
    editor: Option<Vec<u8>>,
}

/// Entries listed where none are named.
const LISTED: usize = 16;

pub(super) fn fc(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut options = Options::default();
    let mut at = 1;
    while let Some([b'-', letters @ ..]) = words.get(at).map(Vec::as_slice) {
        if letters.is_empty() || letters[0].is_ascii_digit() {
            break;
        }
        at += 1;
        if letters == b"-" {
            break;
        }
        for letter in letters {
            match letter {
                b'l' => options.list = true,
                b'n' => options.no_numbers = true,
                b'r' => options.reverse = true,
                b's' => options.again = true,
                b'e' => {
                    options.editor = words.get(at).cloned();
                    at += 1;
                }
                letter => return Ok(shell.invalid_option(&[b'-', *letter])),
            }
        }
    }
    let rest = words.get(at..).unwrap_or_default();
    if options.again || options.editor.as_deref() == Some(b"-") {
        return again(shell, rest);
    }
    let Some(last) = last(shell) else {
        if !options.list {
            shell.builtin_error("history specification out of range");
        }
        return Ok(i32::from(!options.list));
    };
    let first = match rest.first() {
        Some(word) => find(shell, word, options.list),
        None if options.list => Ok((last + 1).saturating_sub(LISTED)),
        None => Ok(last),
    };
    let end = match rest.get(1) {
        Some(word) => find(shell, word, options.list),
        None if options.list => Ok(last),
        None => first,
    };
    let (first, end) = match (first, end) {
        (Ok(first), Ok(end)) => (first, end),
        (Err(message), _) | (_, Err(message)) => {
            shell.builtin_error(message);
            return Ok(1);
        }
    };
    let mut indices: Vec<usize> = (first.min(end)..=first.max(end)).collect();
    if options.reverse != (first > end) {
        indices.reverse();
    }
    if options.list {
        for index in indices {
            let number = if options.no_numbers {
                String::new()
            } else {
                (shell.history.borrow().dropped + index + 1).to_string()
            };
            let line = [number.as_bytes(), b"\t ", shell.history.borrow().text(index), b"\n"].concat();
            shell.print(line);
        }
        return Ok(0);
    }
    edit(shell, &indices, options.editor)
}

/// The entry before the line that `fc` is on.
fn last(shell: &Shell) -> Option<usize> {
    let history = shell.history.borrow();
    history.entries.len().checked_sub(1 + usize::from(history.recorded && history.settings.records))
}

/// By number, counted back, or by how it begins; or why there is none.
fn find(shell: &Shell, word: &[u8], listing: bool) -> Result<usize, &'static str> {
    const RANGE: &str = "history specification out of range";
    let last = last(shell).ok_or(RANGE)?;
    let history = shell.history.borrow();
    match plain_number(word) {
        Some(0) if word.starts_with(b"-") => history.entries.len().checked_sub(1).filter(|_| listing).ok_or(RANGE),
        Some(0) => Ok(last),
        Some(number) if number < 0 => {
            Ok((last + 1).saturating_sub(usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX)))
        }
        Some(number) => {
            let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1 + history.dropped);
            Ok(index.min(last))
        }
        None => (0..=last).rev().find(|index| history.text(*index).starts_with(word)).ok_or("no command found"),
    }
}

/// `-s`: a command once more, with changes.
fn again(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let split = |word: &Vec<u8>| word.iter().position(|b| *b == b'=');
    let changes: Vec<(&[u8], &[u8])> =
        words.iter().map_while(|word| split(word).map(|at| (&word[..at], &word[at + 1..]))).collect();
    let index = match words.get(changes.len()) {
        Some(word) => find(shell, word, false).ok(),
        None => last(shell),
    };
    let Some(index) = index else {
        shell.builtin_error("no command found");
        return Ok(1);
    };
    let mut line = shell.history.borrow().text(index).to_vec();
    for (from, to) in changes {
        line = replace(&line, from, to);
    }
    shell.write_error(&[&line[..], b"\n"].concat());
    shell.forget_present_line();
    if shell.state.options.history {
        let mut history = shell.history.borrow_mut();
        history.recorded = history.keeps(&line);
        if history.recorded {
            history.add(&line);
        }
    }
    let number = shell.state.line;
    shell.run_text(&line, number, b"fc")?;
    Ok(shell.state.status)
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if !from.is_empty() && text[at..].starts_with(from) {
            out.extend_from_slice(to);
            at += from.len();
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// Has the commands edited, then runs what they have become.
fn edit(shell: &mut Shell, indices: &[usize], editor: Option<Vec<u8>>) -> Run<i32> {
    let text: Vec<u8> =
        indices.iter().flat_map(|index| [shell.history.borrow().text(*index), b"\n"].concat()).collect();
    shell.forget_present_line();
    let editor =
        editor.or_else(|| shell.value("FCEDIT")).or_else(|| shell.value("EDITOR")).unwrap_or_else(|| b"ed".to_vec());
    let Some(edited) = shell.edit_text(&editor, &text)? else { return Ok(1) };
    shell.write_error(&edited);
    if shell.state.options.history {
        let mut history = shell.history.borrow_mut();
        for line in edited.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            if history.keeps(line) {
                history.add(line);
            }
        }
    }
    let number = shell.state.line;
    shell.run_text(&edited, number, b"fc")?;
    Ok(shell.state.status)
}

impl Shell {
    /// A text as an editor leaves it; `None` where the editor fails.
    pub(crate) fn edit_text(&mut self, editor: &[u8], text: &[u8]) -> Run<Option<Vec<u8>>> {
        let directory = self.value("TMPDIR").filter(|path| !path.is_empty()).unwrap_or_else(|| b"/tmp".to_vec());
        let path = [&directory[..], format!("/bash-fc.{}", self.own_pid).as_bytes()].concat();
        let name = String::from_utf8_lossy(&path).into_owned();
        if let Err(error) = std::fs::write(&name, text) {
            self.builtin_error(format!("{name}: cannot open temp file: {error}"));
            return Ok(None);
        }
        let number = self.state.line;
        let result = self.run_text(&[editor, b" ", &path].concat(), number, b"fc");
        let edited = std::fs::read(&name);
        // It may be gone already.
        let _ = std::fs::remove_file(&name);
        result?;
        Ok(if self.state.status == 0 { edited.ok() } else { None })
    }
}
