//! `test` and `[` (POSIX test, with GNU's primaries).

use std::cmp::Ordering;

use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_sys::ids::ids;
use vivarium_sys::tty;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, text};
use vivarium_userland::mode::{SET_GID, SET_UID, STICKY};

pub(crate) fn main(mut arguments: Vec<Bytes>) -> i32 {
    let name = base_name(&arguments.remove(0)).to_vec();
    if name == b"[" {
        match &arguments[..] {
            [only] if only == b"--help" => {
                print!(
                    "Usage: test EXPRESSION\n  or:  [ EXPRESSION ]\nExit with the status determined by EXPRESSION.\n"
                );
                return 0;
            }
            [only] if only == b"--version" => {
                println!("[ (Vivarium) {}", env!("CARGO_PKG_VERSION"));
                return 0;
            }
            _ => {}
        }
        if arguments.pop().is_none_or(|last| last != b"]") {
            eprintln!("[: missing ']'");
            return 2;
        }
    }
    match evaluate(&arguments) {
        Ok(value) => i32::from(!value),
        Err(message) => {
            eprintln!("{}: {message}", text(&name));
            2
        }
    }
}

/// What `test` with these arguments says. An error is the message.
fn evaluate(words: &[Bytes]) -> Result<bool, String> {
    let is = |at: usize, word: &[u8]| words[at] == word;
    // POSIX: up to four arguments their number decides.
    match words.len() {
        0 => return Ok(false),
        1 => return Ok(!words[0].is_empty()),
        2 if is(0, b"!") => return Ok(words[1].is_empty()),
        2 if is_unary(&words[0]) => return unary(&words[0], &words[1]),
        2 => return Err(format!("missing argument after '{}'", text(&words[1]))),
        3 if is_binary(&words[1]) => return binary(&words[0], &words[1], &words[2]),
        3 if is(1, b"-a") => return Ok(!words[0].is_empty() && !words[2].is_empty()),
        3 if is(1, b"-o") => return Ok(!words[0].is_empty() || !words[2].is_empty()),
        3 if is(0, b"!") => return evaluate(&words[1..]).map(|value| !value),
        3 if is(0, b"(") && is(2, b")") => return Ok(!words[1].is_empty()),
        4 if is(0, b"!") => return evaluate(&words[1..]).map(|value| !value),
        4 if is(0, b"(") && is(3, b")") => return evaluate(&words[1..3]),
        _ => {}
    }
    let mut parser = Parser { words, at: 0 };
    let value = parser.or()?;
    if parser.at < words.len() {
        return Err(format!("extra argument '{}'", text(&words[parser.at])));
    }
    Ok(value)
}

struct Parser<'a> {
    words: &'a [Bytes],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self, ahead: usize) -> Option<&[u8]> {
        self.words.get(self.at + ahead).map(|word| &**word)
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut value = self.and()?;
        while self.peek(0) == Some(b"-o") {
            self.at += 1;
            value |= self.and()?;
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut value = self.term()?;
        while self.peek(0) == Some(b"-a") {
            self.at += 1;
            value &= self.term()?;
        }
        Ok(value)
    }

    fn term(&mut self) -> Result<bool, String> {
        let missing = || format!("missing argument after '{}'", self.words.last().map_or("".into(), |word| text(word)));
        let Some(word) = self.words.get(self.at) else { return Err(missing()) };
        if let Some(operator) = self.peek(1).filter(|o| is_binary(o)).map(<[u8]>::to_vec)
            && let Some(right) = self.words.get(self.at + 2)
        {
            self.at += 3;
            return binary(word, &operator, right);
        }
        match &**word {
            b"!" => {
                self.at += 1;
                self.term().map(|value| !value)
            }
            b"(" => {
                self.at += 1;
                let value = self.or()?;
                if self.peek(0) != Some(b")") {
                    return Err("')' expected".into());
                }
                self.at += 1;
                Ok(value)
            }
            operator if is_unary(operator) && self.at + 1 < self.words.len() => {
                self.at += 2;
                unary(operator, &self.words[self.at - 1])
            }
            word => {
                self.at += 1;
                Ok(!word.is_empty())
            }
        }
    }
}

fn is_unary(word: &[u8]) -> bool {
    matches!(word, [b'-', letter] if b"bcdefghknoprstuvwxzGLNOSV".contains(letter))
}

fn is_binary(word: &[u8]) -> bool {
    matches!(
        word,
        b"=" | b"=="
            | b"!="
            | b"<"
            | b">"
            | b"-eq"
            | b"-ne"
            | b"-lt"
            | b"-le"
            | b"-gt"
            | b"-ge"
            | b"-nt"
            | b"-ot"
            | b"-ef"
    )
}

fn unary(operator: &[u8], word: &[u8]) -> Result<bool, String> {
    let mode = |bit: u32| fs::stat(word).is_ok_and(|stat| stat.mode & bit != 0);
    let kind = |kind: FileKind| fs::stat(word).is_ok_and(|stat| stat.file_kind() == kind);
    let access = |mode: u32| fs::access(word, mode, true).is_ok();
    Ok(match operator[1] {
        b'n' => !word.is_empty(),
        b'z' => word.is_empty(),
        b'e' => fs::stat(word).is_ok(),
        b'f' => kind(FileKind::Regular),
        b'd' => kind(FileKind::Directory),
        b'b' => kind(FileKind::BlockDevice),
        b'c' => kind(FileKind::CharacterDevice),
        b'p' => kind(FileKind::Fifo),
        b'S' => kind(FileKind::Socket),
        b'h' | b'L' => fs::lstat(word).is_ok_and(|stat| stat.is_symlink()),
        b's' => fs::stat(word).is_ok_and(|stat| stat.size > 0),
        b'r' => access(1),
        b'w' => access(2),
        b'x' => access(4),
        b'g' => mode(SET_GID),
        b'u' => mode(SET_UID),
        b'k' => mode(STICKY),
        b'O' => fs::stat(word).is_ok_and(|stat| stat.uid == ids().euid),
        b'G' => fs::stat(word).is_ok_and(|stat| stat.gid == ids().egid),
        b'N' => fs::stat(word).is_ok_and(|stat| modified(&stat) > (stat.accessed.seconds, stat.accessed.nanoseconds)),
        b't' => {
            let (negative, digits) = integer(word)?;
            !negative && digits.parse::<i32>().is_ok_and(tty::isatty)
        }
        _ => return Err(format!("'{}': unary operator expected", text(operator))),
    })
}

fn modified(stat: &Stat) -> (i64, u32) {
    (stat.modified.seconds, stat.modified.nanoseconds)
}

fn binary(left: &[u8], operator: &[u8], right: &[u8]) -> Result<bool, String> {
    let times = || (fs::stat(left).ok().map(|s| modified(&s)), fs::stat(right).ok().map(|s| modified(&s)));
    Ok(match operator {
        b"=" | b"==" => left == right,
        b"!=" => left != right,
        b"<" => left < right,
        b">" => left > right,
        b"-nt" => {
            let (left, right) = times();
            left.is_some() && left > right
        }
        b"-ot" => {
            let (left, right) = times();
            right.is_some() && left < right
        }
        b"-ef" => match (fs::stat(left), fs::stat(right)) {
            (Ok(left), Ok(right)) => (left.device, left.inode) == (right.device, right.inode),
            _ => false,
        },
        _ => {
            let order = compare(integer(left)?, integer(right)?);
            match operator {
                b"-eq" => order.is_eq(),
                b"-ne" => order.is_ne(),
                b"-lt" => order.is_lt(),
                b"-le" => order.is_le(),
                b"-gt" => order.is_gt(),
                _ => order.is_ge(),
            }
        }
    })
}

/// Sign and digits of an integer of any length.
fn integer(word: &[u8]) -> Result<(bool, String), String> {
    let shown = text(word);
    let trimmed = shown.trim_matches([' ', '\t', '\n']);
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("invalid integer '{shown}'"));
    }
    let digits = digits.trim_start_matches('0');
    Ok((negative && !digits.is_empty(), if digits.is_empty() { "0".into() } else { digits.into() }))
}

fn compare((left_negative, left): (bool, String), (right_negative, right): (bool, String)) -> Ordering {
    let size = left.len().cmp(&right.len()).then_with(|| left.cmp(&right));
    match (left_negative, right_negative) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => size,
        (true, true) => size.reverse(),
    }
}
