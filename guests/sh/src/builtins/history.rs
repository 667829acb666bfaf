//! `history`.

use super::{Options, options};
use crate::error::Run;
use crate::expand::arith::plain_number;
use crate::shell::Shell;

pub(super) fn history(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut arguments = Options::new(words, "cd:anrwps");
    let (mut clear, mut delete, mut add, mut show) = (false, None, false, false);
    let mut files = Vec::new();
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'c' => clear = true,
            b'd' => delete = Some(argument),
            b's' => add = true,
            b'p' => show = true,
            letter => files.push(letter),
        }
    });
    let rest = arguments.rest();
    if files.len() > 1 {
        shell.builtin_error("cannot use more than one of -anrw");
        return Ok(1);
    }
    if clear {
        shell.history.borrow_mut().clear();
        if rest.is_empty() && files.is_empty() {
            return Ok(0);
        }
    }
    if add {
        shell.forget_present_line();
        if !rest.is_empty() {
            shell.history.borrow_mut().add(&rest.join(&b' '));
        }
        return Ok(0);
    }
    if show {
        shell.forget_present_line();
        return Ok(expanded(shell, rest));
    }
    if let Some(offset) = delete {
        return Ok(remove(shell, &offset));
    }
    if let [operation] = files[..] {
        return Ok(file(shell, operation, rest.first()));
    }
    list(shell, rest.first())
}

/// `-p`: the words after history expansion.
fn expanded(shell: &mut Shell, words: &[Vec<u8>]) -> i32 {
    let mut status = 0;
    for word in words {
        let result = shell.history.borrow_mut().expand(word, None);
        match result {
            Ok(expanded) => shell.print([&expanded.text[..], b"\n"].concat()),
            Err(_) => {
                shell.builtin_error([&word[..], b": history expansion failed"].concat());
                status = 1;
            }
        }
    }
    status
}

/// `-d`: an entry, or a range of them.
fn remove(shell: &mut Shell, offset: &[u8]) -> i32 {
    let split = offset.iter().skip(1).position(|b| *b == b'-').map(|at| at + 1);
    let (first, last) = match split {
        Some(at) => (&offset[..at], &offset[at + 1..]),
        None => (offset, offset),
    };
    let index = |text: &[u8]| plain_number(text).and_then(|number| shell.history.borrow().index(number));
    match (index(first), index(last)) {
        (Some(first), Some(last)) if first <= last => {
            for index in (first..=last).rev() {
                shell.history.borrow_mut().remove(index);
            }
            0
        }
        (Some(_), Some(_)) => 1,
        (begin, _) => {
            let wrong = if begin.is_none() { first } else { last };
            shell.builtin_error([wrong, b": history position out of range"].concat());
            1
        }
    }
}

/// `-a`, `-n`, `-r`, `-w`
fn file(shell: &mut Shell, operation: u8, name: Option<&Vec<u8>>) -> i32 {
    let Some(path) = name.cloned().or_else(|| shell.value("HISTFILE")) else { return 1 };
    let times = shell.value("HISTTIMEFORMAT").is_some();
    let mut history = shell.history.borrow_mut();
    let result = match operation {
        b'r' => history.read_file(&path, 0).map(|_| ()),
        b'n' => {
            let from = history.read;
            history.read_file(&path, from).map(|count| history.read = count)
        }
        b'a' => {
            let first = history.saved;
            history.write_file(&path, first, true, times)
        }
        _ => history.write_file(&path, 0, false, times),
    };
    drop(history);
    match result {
        Ok(()) => 0,
        Err(errno) => {
            shell.builtin_error([&path[..], b": ", errno.message().as_bytes()].concat());
            1
        }
    }
}

fn list(shell: &mut Shell, count: Option<&Vec<u8>>) -> Run<i32> {
    let count = match count {
        None => usize::MAX,
        Some(word) => match plain_number(word).map(i64::unsigned_abs) {
            Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
            None => {
                shell.builtin_error([&word[..], b": numeric argument required"].concat());
                return Ok(1);
            }
        },
    };
    let format = shell.value("HISTTIMEFORMAT").filter(|format| !format.is_empty());
    let (entries, dropped) = {
        let history = shell.history.borrow();
        (history.entries.clone(), history.dropped)
    };
    let first = entries.len().saturating_sub(count);
    for (index, entry) in entries.iter().enumerate().skip(first) {
        let time = match (&format, entry.time) {
            (Some(format), Some(time)) => crate::time::format(format, time),
            (Some(_), None) => b"??".to_vec(),
            (None, _) => Vec::new(),
        };
        shell.print([format!("{:>5}  ", dropped + index + 1).as_bytes(), &time, &entry.text, b"\n"].concat());
    }
    Ok(0)
}

impl Shell {
    /// Takes the line that the present command is on out of the history.
    pub(super) fn forget_present_line(&mut self) {
        let mut history = self.history.borrow_mut();
        if std::mem::take(&mut history.recorded)
            && let Some(last) = history.entries.len().checked_sub(1)
        {
            history.remove(last);
        }
    }

    /// Reads HISTFILE where nothing has been entered yet.
    pub(crate) fn load_history(&mut self) {
        let Some(path) = self.value("HISTFILE").filter(|path| !path.is_empty()) else { return };
        let mut history = self.history.borrow_mut();
        if history.entries.is_empty()
            && let Ok(count) = history.read_file(&path, 0)
        {
            history.read = count;
            history.saved = history.entries.len();
        }
    }

    /// At an interactive shell's end: writes what was entered to HISTFILE.
    pub(crate) fn save_history(&mut self) {
        let Some(path) = self.value("HISTFILE").filter(|path| !path.is_empty()) else { return };
        let times = self.value("HISTTIMEFORMAT").is_some();
        let append = self.state.shopts.histappend;
        {
            let mut history = self.history.borrow_mut();
            let first = if append { history.saved } else { 0 };
            // A history that cannot be written is lost without a word, as in bash.
            let _ = history.write_file(&path, first, append, times);
        }
        let lines = self.value("HISTFILESIZE").or_else(|| self.value("HISTSIZE")).and_then(|size| plain_number(&size));
        if let Some(lines) = lines.and_then(|lines| usize::try_from(lines).ok()) {
            let _ = crate::history::file::truncate(&path, lines);
        }
    }

    /// The history follows the options and variables that it depends on.
    pub(crate) fn sync_history(&mut self) {
        let value = |name: &str| self.value(name).unwrap_or_default();
        let settings = crate::history::Settings {
            records: self.state.options.history,
            expands: self.state.options.histexpand,
            cmdhist: self.state.shopts.cmdhist,
            lithist: self.state.shopts.lithist,
            extglob: self.state.shopts.extglob,
            posix: self.state.options.posix,
            control: value("HISTCONTROL"),
            ignore: value("HISTIGNORE"),
            characters: value("histchars"),
            size: plain_number(&value("HISTSIZE")).and_then(|size| usize::try_from(size).ok()),
            label: self.script_label(),
        };
        let mut history = self.history.borrow_mut();
        history.settings = settings;
        history.limit();
    }
}
