//! `read`.

use std::time::{Duration, Instant};

use vivarium_sys::Errno;
use vivarium_sys::fs::{self, Whence};
use vivarium_sys::poll::{PollFd, events, poll};
use vivarium_sys::tty::{self, When};

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;

/// How much is read, and when reading stops.
struct Limits {
    delimiter: u8,
    count: Option<usize>,
    /// `-N`: delimiters do not count.
    exact: bool,
    deadline: Option<Instant>,
    raw: bool,
}

/// What reading gave.
enum End {
    Delimiter,
    File,
    Timeout,
    Failed(Errno),
}

pub(super) fn read(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut limits = Limits { delimiter: b'\n', count: None, exact: false, deadline: None, raw: false };
    let (mut array, mut prompt, mut silent, mut fd, mut timeout) = (None, None, false, 0, None);
    let mut arguments = Options::new(words, "ersa:d:i:n:N:p:t:u:");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'r' => limits.raw = true,
            b's' => silent = true,
            b'a' => array = Some(argument),
            b'd' => limits.delimiter = argument.first().copied().unwrap_or(0),
            b'n' | b'N' => match crate::expand::arith::plain_number(&argument).and_then(|n| usize::try_from(n).ok()) {
                Some(count) => {
                    limits.count = Some(count);
                    limits.exact = letter == b'N';
                }
                None => {
                    shell.builtin_error([&argument[..], b": invalid number"].concat());
                    return Ok(1);
                }
            },
            b'p' => prompt = Some(argument),
            b't' => match std::str::from_utf8(&argument).ok().and_then(|t| t.parse::<f64>().ok()).filter(|t| *t >= 0.0)
            {
                Some(seconds) => timeout = Some(Duration::from_secs_f64(seconds)),
                None => {
                    shell.builtin_error([&argument[..], b": invalid timeout specification"].concat());
                    return Ok(1);
                }
            },
            b'u' => match crate::expand::arith::plain_number(&argument).and_then(|n| i32::try_from(n).ok()) {
                Some(number) => fd = number,
                None => {
                    shell.builtin_error([&argument[..], b": invalid file descriptor specification"].concat());
                    return Ok(1);
                }
            },
            _ => {}
        }
    });
    let names = arguments.rest();
    for name in names.iter().chain(&array) {
        if !crate::expand::assign::is_reference(name) {
            shell.builtin_error([b"`", &name[..], b"': not a valid identifier"].concat());
            return Ok(1);
        }
    }
    if fd != 0 && fs::fstat(fd).is_err() {
        shell.builtin_error(format!("{fd}: invalid file descriptor: Bad file descriptor"));
        return Ok(1);
    }
    if timeout == Some(Duration::ZERO) {
        let mut fds = [PollFd::new(fd, events::READABLE)];
        return Ok(i32::from(poll(&mut fds, Some(Duration::ZERO)) != Ok(1)));
    }
    limits.deadline = timeout.map(|timeout| Instant::now() + timeout);
    let terminal = tty::isatty(fd);
    if let (Some(prompt), true) = (prompt, terminal) {
        shell.write_error(&prompt);
    }
    let saved = if terminal && (silent || limits.count.is_some() || limits.delimiter != b'\n') {
        tty::tcgetattr(fd).ok().inspect(|saved| {
            let mut changed = *saved;
            if silent {
                changed.local &= !tty::local::ECHO;
            }
            if limits.count.is_some() || limits.delimiter != b'\n' {
                changed.local &= !tty::local::ICANON;
                changed.characters[tty::character::VMIN] = 1;
                changed.characters[tty::character::VTIME] = 0;
            }
            let _ = tty::tcsetattr(fd, When::Now, &changed);
        })
    } else {
        None
    };
    shell.flush();
    let result = shell.read_text(fd, &limits);
    if let Some(saved) = saved {
        let _ = tty::tcsetattr(fd, When::Now, &saved);
    }
    let (text, escaped, end) = result?;
    let status = match end {
        End::Delimiter => 0,
        End::File => 1,
        End::Timeout => 142,
        End::Failed(errno) => {
            shell.builtin_error(format!("read error: {fd}: {}", errno.message()));
            1
        }
    };
    if limits.exact {
        let name = names.first().map_or(&b"REPLY"[..], |name| name);
        if let Some(array) = &array {
            let symbol = crate::symbol::Symbol::new(array);
            shell.state.variables.replace(symbol, None);
            shell.set_index(symbol, 0, &text, false)?;
        } else {
            shell.assign_reference(name, &text, false)?;
        }
        for name in names.iter().skip(1) {
            shell.assign_reference(name, b"", false)?;
        }
        return Ok(status);
    }
    distribute(shell, names, array.as_deref(), &text, &escaped)?;
    Ok(status)
}

/// Splits what was read and sets the variables.
fn distribute(shell: &mut Shell, names: &[Vec<u8>], array: Option<&[u8]>, text: &[u8], escaped: &[bool]) -> Run {
    let ifs = shell.ifs.clone();
    let is = |i: usize, test: &dyn Fn(u8) -> bool| !escaped.get(i).copied().unwrap_or(false) && test(text[i]);
    let space = |b: u8| ifs.is_space(b);
    let any = |b: u8| ifs.contains(b);
    if array.is_none() && names.is_empty() {
        shell.set("REPLY", text.to_vec());
        return Ok(());
    }
    let mut at = 0;
    let mut next = |last: bool| -> Option<Vec<u8>> {
        while at < text.len() && is(at, &space) {
            at += 1;
        }
        if at >= text.len() {
            return None;
        }
        let start = at;
        if last {
            let mut end = text.len();
            while end > start && is(end - 1, &space) {
                end -= 1;
            }
            // One field with its delimiter at the end: the delimiter goes too.
            let first_end = (start..end).find(|i| is(*i, &any)).unwrap_or(end);
            let mut after = first_end;
            while after < end && is(after, &space) {
                after += 1;
            }
            if after < end && is(after, &|b| ifs.is_other(b)) {
                after += 1;
            }
            while after < end && is(after, &space) {
                after += 1;
            }
            let value = if after >= end { text[start..first_end].to_vec() } else { text[start..end].to_vec() };
            at = text.len();
            return Some(value);
        }
        while at < text.len() && !is(at, &any) {
            at += 1;
        }
        let value = text[start..at].to_vec();
        while at < text.len() && is(at, &space) {
            at += 1;
        }
        if at < text.len() && is(at, &|b| ifs.is_other(b)) {
            at += 1;
        }
        Some(value)
    };
    if let Some(array) = array {
        let symbol = crate::symbol::Symbol::new(array);
        let symbol = shell.resolve(symbol).unwrap_or(symbol);
        shell.check_writable(symbol)?;
        if matches!(shell.state.variables.get(symbol).map(|v| &v.value), Some(crate::state::variables::Value::Assoc(_)))
        {
            shell.builtin_error([array, b": cannot convert associative to indexed array"].concat());
            shell.state.status = 1;
            return Ok(());
        }
        shell.state.variables.entry(symbol).value = crate::state::variables::Value::Indexed(std::rc::Rc::default());
        let mut index = 0;
        while let Some(value) = next(false) {
            shell.set_index(symbol, index, &value, false)?;
            index += 1;
        }
        return Ok(());
    }
    for (i, name) in names.iter().enumerate() {
        let value = next(i + 1 == names.len()).unwrap_or_default();
        shell.assign_reference(name, &value, false)?;
    }
    Ok(())
}

impl Shell {
    /// A line without its newline; `None` at the end of the file.
    pub(crate) fn read_line(&mut self, fd: i32) -> Run<Option<Vec<u8>>> {
        let limits = Limits { delimiter: b'\n', count: None, exact: false, deadline: None, raw: true };
        let (text, _, end) = self.read_text(fd, &limits)?;
        Ok(if matches!(end, End::Delimiter) || !text.is_empty() { Some(text) } else { None })
    }

    /// Reads no further than it must: what follows is for others who read the descriptor.
    fn read_text(&mut self, fd: i32, limits: &Limits) -> Run<(Vec<u8>, Vec<bool>, End)> {
        let (mut text, mut escaped) = (Vec::new(), Vec::new());
        if limits.count == Some(0) {
            return Ok((text, escaped, End::Delimiter));
        }
        let mut characters = 0;
        let mut after_backslash = false;
        // A file can be read in pieces and gone back in.
        let start = if limits.deadline.is_none() && limits.count.is_none() {
            fs::seek(fd, 0, Whence::Current).ok()
        } else {
            None
        };
        let mut buffer = vec![0; if start.is_some() { 512 } else { 1 }];
        let (mut filled, mut at) = (0, 0);
        let mut marks = false;
        let end = loop {
            if at == filled {
                if let Some(deadline) = limits.deadline {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let mut fds = [PollFd::new(fd, events::READABLE)];
                    match poll(&mut fds, Some(left)) {
                        Ok(0) => break End::Timeout,
                        Ok(_) => {}
                        Err(Errno::INTR) => {
                            self.interrupted_by()?;
                            continue;
                        }
                        Err(errno) => break End::Failed(errno),
                    }
                }
                match fs::read(fd, &mut buffer) {
                    Ok(0) => break End::File,
                    Ok(count) => (filled, at) = (count, 0),
                    Err(Errno::INTR) => {
                        self.interrupted_by()?;
                        continue;
                    }
                    Err(errno) => break End::Failed(errno),
                }
            }
            let byte = buffer[at];
            at += 1;
            if after_backslash {
                after_backslash = false;
                if byte == b'\n' {
                    continue;
                }
                text.push(byte);
                escaped.resize(text.len() - 1, false);
                escaped.push(true);
                marks = true;
            } else if byte == b'\\' && !limits.raw {
                after_backslash = true;
                continue;
            } else if byte == limits.delimiter && !limits.exact {
                break End::Delimiter;
            } else if byte == 0 {
                continue;
            } else {
                text.push(byte);
            }
            if let Some(count) = limits.count {
                if !crate::text::is_utf8() || byte < 0x80 || std::str::from_utf8(&text).is_ok() {
                    characters += 1;
                }
                if characters >= count {
                    break End::Delimiter;
                }
            }
        };
        if start.is_some() && at < filled {
            let _ = fs::seek(fd, at as i64 - filled as i64, Whence::Current);
        }
        if marks {
            escaped.resize(text.len(), false);
        }
        Ok((text, escaped, end))
    }
}
