//! The primaries of `test` and `[[ ]]`.

use vivarium_sys::fs::{self, FileKind, Stat};
use vivarium_sys::tty;

use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::symbol::Symbol;

impl Shell {
    /// `-f file` and its like, by the operator's letter.
    pub(crate) fn unary_test(&mut self, operator: u8, text: &[u8]) -> Run<bool> {
        let stat = || stat_of(text);
        let kind = |kind: FileKind| stat().is_some_and(|s| s.file_kind() == kind);
        Ok(match operator {
            b'n' => !text.is_empty(),
            b'z' => text.is_empty(),
            b'a' | b'e' => stat().is_some(),
            b'f' => kind(FileKind::Regular),
            b'd' => kind(FileKind::Directory),
            b'b' => kind(FileKind::BlockDevice),
            b'c' => kind(FileKind::CharacterDevice),
            b'p' => kind(FileKind::Fifo),
            b'S' => kind(FileKind::Socket),
            b'h' | b'L' => fs::lstat(text).is_ok_and(|s| s.is_symlink()),
            b's' => stat().is_some_and(|s| s.size > 0),
            b'r' => !text.is_empty() && fs::access(text, 1, true).is_ok(),
            b'w' => !text.is_empty() && fs::access(text, 2, true).is_ok(),
            b'x' => !text.is_empty() && fs::access(text, 4, true).is_ok(),
            b'u' => stat().is_some_and(|s| s.mode & 0o4000 != 0),
            b'g' => stat().is_some_and(|s| s.mode & 0o2000 != 0),
            b'k' => stat().is_some_and(|s| s.mode & 0o1000 != 0),
            b'O' => stat().is_some_and(|s| s.uid == vivarium_sys::ids::ids().euid),
            b'G' => stat().is_some_and(|s| s.gid == vivarium_sys::ids::ids().egid),
            b'N' => stat().is_some_and(|s| {
                (s.modified.seconds, s.modified.nanoseconds) > (s.accessed.seconds, s.accessed.nanoseconds)
            }),
            b't' => crate::expand::arith::plain_number(text.trim_ascii())
                .is_some_and(|fd| i32::try_from(fd).is_ok_and(tty::isatty)),
            b'o' => {
                std::str::from_utf8(text).ok().and_then(|name| self.state.options.by_name(name)).is_some_and(|on| *on)
            }
            b'v' => return self.is_set(text),
            b'R' => self.state.variables.get(Symbol::new(text)).is_some_and(|v| v.has(flag::NAMEREF) && v.is_set()),
            _ => false,
        })
    }

    /// `-v`.
    fn is_set(&mut self, text: &[u8]) -> Run<bool> {
        use crate::expand::parameter::Found;
        if let Some((base, subscript)) = crate::expand::assign::split_reference(text) {
            if matches!(subscript, b"@" | b"*") {
                let name = Symbol::new(base);
                return Ok(match self.state.variables.get(name).map(|v| &v.value) {
                    // Of an associative array these are keys as any other.
                    Some(Value::Assoc(array)) => array.get(subscript).is_some(),
                    Some(Value::Indexed(array)) => !array.is_empty(),
                    Some(Value::Scalar(_)) => true,
                    _ => false,
                });
            }
            return Ok(!matches!(self.find_reference(text)?, Found::Unset));
        }
        if text.first().is_some_and(u8::is_ascii_digit) {
            return Ok(!matches!(self.find_reference(text)?, Found::Unset));
        }
        if !crate::syntax::lexer::is_name(text) {
            return Ok(false);
        }
        Ok(self.value_of(Symbol::new(text)).is_some())
    }
}

/// The file's status; `/dev/fd/N` is the descriptor.
fn stat_of(path: &[u8]) -> Option<Stat> {
    if let Some(number) = path.strip_prefix(b"/dev/fd/") {
        let fd = crate::expand::arith::plain_number(number)?;
        return fs::fstat(i32::try_from(fd).ok()?).ok();
    }
    fs::stat(path).ok()
}

pub(crate) fn compare_files(operator: &[u8], left: &[u8], right: &[u8]) -> bool {
    let (left, right) = (fs::stat(left).ok(), fs::stat(right).ok());
    let time = |s: &Stat| (s.modified.seconds, s.modified.nanoseconds);
    match (operator, left, right) {
        (b"-ef", Some(l), Some(r)) => (l.device, l.inode) == (r.device, r.inode),
        (b"-nt", Some(l), Some(r)) => time(&l) > time(&r),
        (b"-ot", Some(l), Some(r)) => time(&l) < time(&r),
        (b"-nt", Some(_), None) | (b"-ot", None, Some(_)) => true,
        _ => false,
    }
}

pub(crate) fn compare_numbers(operator: &[u8], left: i64, right: i64) -> bool {
    match operator {
        b"-eq" => left == right,
        b"-ne" => left != right,
        b"-lt" => left < right,
        b"-le" => left <= right,
        b"-gt" => left > right,
        _ => left >= right,
    }
}
