//! `pushd`, `popd`, `dirs`.

use crate::error::Run;
use crate::shell::Shell;

impl Shell {
    /// The directory stack, the current directory first.
    fn stack(&self) -> Vec<Vec<u8>> {
        std::iter::once(self.state.cwd.to_vec()).chain(self.state.directories.iter().rev().cloned()).collect()
    }

    /// The directory that `+N` or `-N` names.
    pub(crate) fn directory_at(&self, spec: &[u8]) -> Option<Vec<u8>> {
        let stack = self.stack();
        let number = |text: &[u8]| crate::expand::arith::plain_number(text).and_then(|n| usize::try_from(n).ok());
        let index = match spec {
            [b'-', rest @ ..] => stack.len().checked_sub(1 + number(rest)?)?,
            [b'+', rest @ ..] | rest => number(rest)?,
        };
        stack.get(index).cloned()
    }

    /// `DIRSTACK[index]=directory`; the current directory is not changed by it.
    pub(crate) fn set_directory_at(&mut self, index: usize, directory: &[u8]) {
        let count = self.state.directories.len();
        if let Some(slot) = count.checked_sub(index).and_then(|at| self.state.directories.get_mut(at)) {
            *slot = directory.to_vec();
        }
    }

    fn set_stack(&mut self, mut stack: Vec<Vec<u8>>) {
        stack.remove(0);
        stack.reverse();
        self.state.directories = stack;
    }

    fn show_stack(&mut self) {
        let text: Vec<Vec<u8>> = self.stack().iter().map(|dir| self.short(dir)).collect();
        self.print([&text.join(&b' ')[..], b"\n"].concat());
    }

    fn short(&self, dir: &[u8]) -> Vec<u8> {
        let home = self.value("HOME").unwrap_or_default();
        match dir.strip_prefix(&home[..]) {
            Some(rest) if home.len() > 1 && (rest.is_empty() || rest[0] == b'/') => [b"~", rest].concat(),
            _ => dir.to_vec(),
        }
    }
}

/// Index of `+N` or `-N` in the stack.
fn index(stack: &[Vec<u8>], word: &[u8]) -> Option<usize> {
    let number = crate::expand::arith::plain_number(&word[1..]).and_then(|n| usize::try_from(n).ok())?;
    let index = if word[0] == b'+' { number } else { stack.len().checked_sub(1 + number)? };
    (index < stack.len()).then_some(index)
}

fn is_index(word: &[u8]) -> bool {
    matches!(word, [b'+' | b'-', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

fn go(shell: &mut Shell, dir: &[u8]) -> bool {
    match shell.change_directory(dir, false) {
        Ok(()) => true,
        Err(errno) => {
            shell.builtin_error([dir, b": ", errno.message().as_bytes()].concat());
            false
        }
    }
}

/// What is neither an option nor a place in the stack.
fn invalid_number(shell: &mut Shell, word: &[u8]) -> i32 {
    shell.builtin_error([word, b": invalid number"].concat());
    shell.usage()
}

pub(super) fn pushd(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut stay = false;
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match &word[..] {
            b"-n" => stay = true,
            b"--" => {
                at += 1;
                break;
            }
            [b'-', _, ..] if !is_index(word) => {
                return Ok(invalid_number(shell, word));
            }
            _ => break,
        }
        at += 1;
    }
    let mut stack = shell.stack();
    match words.get(at) {
        None => {
            if stack.len() < 2 {
                shell.builtin_error("no other directory");
                return Ok(1);
            }
            let target = stack[1].clone();
            if !stay && !go(shell, &target) {
                return Ok(1);
            }
            stack.swap(0, 1);
            shell.set_stack(stack);
        }
        Some(word) if is_index(word) => {
            let Some(i) = index(&stack, word) else {
                let message: &[u8] =
                    if stack.len() < 2 { b": directory stack empty" } else { b": directory stack index out of range" };
                let shown = if stack.len() < 2 { &message[2..] } else { message };
                if stack.len() < 2 {
                    shell.builtin_error(shown);
                } else {
                    shell.builtin_error([&word[..], shown].concat());
                }
                return Ok(1);
            };
            stack.rotate_left(i);
            let target = stack[0].clone();
            if !stay && !go(shell, &target) {
                return Ok(1);
            }
            shell.set_stack(stack);
            if stay {
                return Ok(0);
            }
        }
        Some(word) => {
            let cwd = shell.state.cwd.to_vec();
            if stay {
                shell.state.directories.push(word.clone());
            } else {
                let target = if word == b"-" { shell.value("OLDPWD").unwrap_or_default() } else { word.clone() };
                if !go(shell, &target) {
                    return Ok(1);
                }
                shell.state.directories.push(cwd);
            }
        }
    }
    shell.show_stack();
    Ok(0)
}

pub(super) fn popd(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let stay = words.get(1).is_some_and(|w| w == b"-n");
    let words = if stay { &words[1..] } else { words };
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    let mut stack = shell.stack();
    let i = match words.get(1) {
        None => usize::from(stay),
        Some(word) if is_index(word) => match index(&stack, word) {
            Some(i) => i,
            None => {
                let empty = stack.len() < 2;
                shell.builtin_error(if empty {
                    b"directory stack empty".to_vec()
                } else {
                    [&word[..], b": directory stack index out of range"].concat()
                });
                return Ok(1);
            }
        },
        Some(word) if word.starts_with(b"-") => return Ok(invalid_number(shell, word)),
        Some(word) => {
            shell.builtin_error([&word[..], b": invalid argument"].concat());
            return Ok(shell.usage());
        }
    };
    if stack.len() < 2 {
        shell.builtin_error("directory stack empty");
        return Ok(1);
    }
    stack.remove(i);
    if i == 0 {
        let target = stack[0].clone();
        if !go(shell, &target) {
            return Ok(1);
        }
    }
    shell.set_stack(stack);
    shell.show_stack();
    Ok(0)
}

pub(super) fn dirs(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut clear, mut long, mut lines, mut numbered, mut chosen) = (false, false, false, false, None);
    for word in &words[1..] {
        if is_index(word) {
            chosen = Some(word.clone());
            continue;
        }
        let [b'-', letters @ ..] = &word[..] else {
            shell.builtin_error([&word[..], b": invalid option"].concat());
            return Ok(shell.usage());
        };
        for letter in letters {
            match letter {
                b'c' => clear = true,
                b'l' => long = true,
                b'p' => lines = true,
                b'v' => numbered = true,
                b'-' => {}
                _ => return Ok(invalid_number(shell, word)),
            }
        }
    }
    if clear {
        shell.state.directories.clear();
        return Ok(0);
    }
    let stack = shell.stack();
    let shown = |shell: &Shell, dir: &[u8]| if long { dir.to_vec() } else { shell.short(dir) };
    if let Some(word) = chosen {
        let Some(i) = index(&stack, &word) else {
            let empty = stack.len() < 2;
            shell.builtin_error(if empty {
                b"directory stack empty".to_vec()
            } else {
                [&word[1..], b": directory stack index out of range"].concat()
            });
            return Ok(1);
        };
        let text = shown(shell, &stack[i]);
        let number = if numbered { format!("{i:>2}  ") } else { String::new() };
        shell.print([number.as_bytes(), &text[..], b"\n"].concat());
        return Ok(0);
    }
    let all: Vec<Vec<u8>> = stack.iter().map(|dir| shown(shell, dir)).collect();
    if numbered {
        for (i, dir) in all.iter().enumerate() {
            shell.print([format!("{i:>2}  ").as_bytes(), dir, b"\n"].concat());
        }
    } else {
        let separator: &[u8] = if lines { b"\n" } else { b" " };
        shell.print([&all.join(separator)[..], b"\n"].concat());
    }
    Ok(0)
}
