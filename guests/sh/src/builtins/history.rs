//! `history`, `fc`.

use crate::error::Run;
use crate::shell::Shell;

pub(super) fn history(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut arguments = super::Options::new(words, "cd:anrwps");
    let mut operation = 0;
    let mut offset = Vec::new();
    super::options!(shell, arguments, |letter, plus, argument| {
        match letter {
            b'c' => shell.history.clear(),
            b'd' => {
                operation = b'd';
                offset = argument;
            }
            letter => operation = letter,
        }
    });
    let rest = arguments.rest().to_vec();
    match operation {
        b's' => {
            let line = rest.join(&b' ');
            shell.history.add(&line);
            Ok(0)
        }
        b'p' => {
            for word in rest {
                shell.print([&word[..], b"\n"].concat());
            }
            Ok(0)
        }
        b'd' => {
            let index = crate::expand::arith::plain_number(&offset).and_then(|n| shell.history.index(n));
            match index {
                Some(index) => {
                    shell.history.lines.remove(index);
                    Ok(0)
                }
                None => {
                    shell.builtin_error([&offset[..], b": history position out of range"].concat());
                    Ok(1)
                }
            }
        }
        b'a' | b'n' | b'r' | b'w' => file(shell, operation, rest.first().cloned()),
        _ => {
            if words.iter().any(|w| w == b"-c") {
                return Ok(0);
            }
            let count = match rest.first() {
                None => usize::MAX,
                Some(word) => match crate::expand::arith::plain_number(word).and_then(|n| usize::try_from(n).ok()) {
                    Some(count) => count,
                    None => {
                        shell.builtin_error([&word[..], b": numeric argument required"].concat());
                        return Ok(1);
                    }
                },
            };
            let total = shell.history.lines.len();
            let first = total.saturating_sub(count);
            for i in first..total {
                let line =
                    [format!("{:>5}  ", shell.history.dropped + i + 1).as_bytes(), &shell.history.lines[i], b"\n"]
                        .concat();
                shell.print(line);
            }
            Ok(0)
        }
    }
}

fn file(shell: &mut Shell, operation: u8, name: Option<Vec<u8>>) -> Run<i32> {
    let Some(path) = name.or_else(|| shell.value("HISTFILE")) else { return Ok(1) };
    if matches!(operation, b'r' | b'n') {
        return Ok(match crate::invocation::read_file(&path) {
            Ok(text) => {
                for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                    shell.history.add(line);
                }
                0
            }
            Err(errno) => {
                shell.builtin_error([&path[..], b": ", errno.message().as_bytes()].concat());
                1
            }
        });
    }
    Ok(i32::from(!shell.write_history(&path, operation == b'a')))
}

impl Shell {
    /// Writes the history to a file.
    pub(crate) fn write_history(&mut self, path: &[u8], append: bool) -> bool {
        use vivarium_sys::fs::{self, OpenFlags};
        let mut text = self.history.lines.join(&b'\n');
        if !text.is_empty() {
            text.push(b'\n');
        }
        let mode = if append { OpenFlags::APPEND } else { OpenFlags::TRUNCATE };
        let file =
            fs::open(fs::AT_FDCWD, path, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::CLOSE_ON_EXEC | mode, 0o600);
        file.is_ok_and(|file| fs::write_all(std::os::fd::AsRawFd::as_raw_fd(&file), &text).is_ok())
    }
}

pub(super) fn fc(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut list, mut numbers, mut reverse, mut again) = (false, true, false, false);
    let mut at = 1;
    let mut editor = None;
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
                b'l' => list = true,
                b'n' => numbers = false,
                b'r' => reverse = true,
                b's' => again = true,
                b'e' => {
                    editor = words.get(at).cloned();
                    at += 1;
                }
                letter => return Ok(shell.invalid_option(&[b'-', *letter])),
            }
        }
    }
    again |= editor.as_deref() == Some(b"-");
    let rest: Vec<Vec<u8>> = words[at.min(words.len())..].to_vec();
    let total = shell.history.lines.len();
    let find = |shell: &Shell, word: &[u8]| -> Option<usize> {
        match crate::expand::arith::plain_number(word) {
            Some(number) => shell.history.index(number),
            None => shell.history.lines.iter().rposition(|line| line.starts_with(word)),
        }
    };
    if again {
        let (mut from, mut to, mut target) = (Vec::new(), Vec::new(), None);
        for word in rest {
            match word.iter().position(|b| *b == b'=') {
                Some(split) => (from, to) = (word[..split].to_vec(), word[split + 1..].to_vec()),
                None => target = Some(word),
            }
        }
        let index = match target {
            Some(target) => find(shell, &target),
            None => total.checked_sub(1),
        };
        let Some(index) = index else {
            shell.builtin_error("no command found");
            return Ok(1);
        };
        let mut line = shell.history.lines[index].clone();
        if !from.is_empty()
            && let Some(split) = line.windows(from.len()).position(|w| w == from)
        {
            line.splice(split..split + from.len(), to);
        }
        shell.write_error(&[&line[..], b"\n"].concat());
        shell.history.add(&line);
        let number = shell.state.line;
        shell.run_text(&line, number, b"fc")?;
        return Ok(shell.state.status);
    }
    let last = total.saturating_sub(1);
    let first = match rest.first() {
        Some(word) => find(shell, word),
        None if list => Some(total.saturating_sub(16)),
        None => Some(last),
    };
    let end = match rest.get(1) {
        Some(word) => find(shell, word),
        None if list => Some(last),
        None => first,
    };
    let (Some(first), Some(end)) = (first, end) else {
        shell.builtin_error("history specification out of range");
        return Ok(1);
    };
    let mut indices: Vec<usize> = (first.min(end)..=first.max(end)).filter(|i| *i < total).collect();
    if reverse != (first > end) {
        indices.reverse();
    }
    if list {
        for i in indices {
            let number = if numbers { (shell.history.dropped + i + 1).to_string() } else { String::new() };
            let line = [number.as_bytes(), b"\t ", &shell.history.lines[i], b"\n"].concat();
            shell.print(line);
        }
        return Ok(0);
    }
    let editor =
        editor.or_else(|| shell.value("FCEDIT")).or_else(|| shell.value("EDITOR")).unwrap_or_else(|| b"ed".to_vec());
    let path = format!("/tmp/sh-fc-{}", shell.own_pid);
    let text: Vec<u8> = indices.iter().flat_map(|i| [&shell.history.lines[*i][..], b"\n"].concat()).collect();
    if std::fs::write(&path, text).is_err() {
        return Ok(1);
    }
    let number = shell.state.line;
    shell.run_text(&[&editor[..], b" ", path.as_bytes()].concat(), number, b"fc")?;
    let edited = std::fs::read(&path).unwrap_or_default();
    let _ = std::fs::remove_file(&path);
    shell.write_error(&edited);
    shell.run_text(&edited, number, b"fc")?;
    Ok(shell.state.status)
}
