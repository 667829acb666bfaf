//! File modes: how `ls` prints and `chmod` reads them (POSIX chmod, "EXTENDED DESCRIPTION").

use vivarium_sys::fs::FileKind;

/// Set-user-id.
pub const SET_UID: u32 = 0o4000;
/// Set-group-id.
pub const SET_GID: u32 = 0o2000;
/// Restricted deletion.
pub const STICKY: u32 = 0o1000;

/// The letter of a kind of file in `ls -l`.
#[must_use]
pub fn kind_letter(kind: FileKind) -> char {
    match kind {
        FileKind::Regular => '-',
        FileKind::Directory => 'd',
        FileKind::Symlink => 'l',
        FileKind::CharacterDevice => 'c',
        FileKind::BlockDevice => 'b',
        FileKind::Fifo => 'p',
        FileKind::Socket => 's',
        FileKind::Unknown => '?',
    }
}

/// What st_mode has of a kind of file.
#[must_use]
pub fn kind_bits(kind: FileKind) -> u32 {
    match kind {
        FileKind::Unknown => 0,
        FileKind::Fifo => 0o010_000,
        FileKind::CharacterDevice => 0o020_000,
        FileKind::Directory => 0o040_000,
        FileKind::BlockDevice => 0o060_000,
        FileKind::Regular => 0o100_000,
        FileKind::Symlink => 0o120_000,
        FileKind::Socket => 0o140_000,
    }
}

/// `-rwxr-xr-x`.
#[must_use]
pub fn symbolic(kind: FileKind, mode: u32) -> String {
    let mut text = String::with_capacity(10);
    text.push(kind_letter(kind));
    let special = [(SET_UID, 's', 'S'), (SET_GID, 's', 'S'), (STICKY, 't', 'T')];
    for (shift, (bit, set, alone)) in [6, 3, 0].into_iter().zip(special) {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & bit != 0) {
            (true, true) => set,
            (false, true) => alone,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Remove,
    Set,
}

#[derive(Clone, Debug)]
struct Clause {
    /// Bits of the classes named: `u` 4700, `g` 2070, `o` 1007; 0 where none is and the umask counts.
    who: u32,
    operation: Operation,
    /// `rwx`, as bits of all classes.
    permissions: u32,
    /// `X`.
    execute_if_any: bool,
    /// `s` and `t`.
    special: u32,
    /// `u`, `g`, `o` as what to copy: a shift.
    copy: Option<u32>,
    /// A number sets all bits, those of its digits in a directory's set-id bits too.
    octal: Option<(u32, usize)>,
}

/// A change of mode as `chmod` is told it.
#[derive(Clone, Debug)]
pub struct Change(Vec<Clause>);

impl Change {
    /// Of `755`, `u+x,go=r`, `=`, `+X` …
    #[must_use]
    pub fn parse(text: &str) -> Option<Change> {
        let mut clauses = Vec::new();
        for part in text.split(',') {
            match parse_number(part)? {
                Some(clause) => clauses.push(clause),
                None => parse_clauses(part, &mut clauses)?,
            }
        }
        Some(Change(clauses))
    }

    /// The mode that comes of `mode`.
    #[must_use]
    pub fn apply(&self, mode: u32, is_directory: bool, umask: u32) -> u32 {
        self.0.iter().fold(mode, |mode, clause| clause.apply(mode, is_directory, umask))
    }
}

/// `755`, `=755`, `-022`; `Some(None)` where it is no number, `None` where it is a wrong one.
#[allow(clippy::option_option)]
fn parse_number(text: &str) -> Option<Option<Clause>> {
    let numeric = text.trim_start_matches(['+', '-', '=']);
    if numeric.is_empty() || text.len() - numeric.len() > 1 || !numeric.bytes().all(|b| b.is_ascii_digit()) {
        return Some(None);
    }
    let bits = u32::from_str_radix(numeric, 8).ok().filter(|&bits| bits <= 0o7777)?;
    let operation = match text.as_bytes()[0] {
        b'+' => Operation::Add,
        b'-' => Operation::Remove,
        _ => Operation::Set,
    };
    // An explicit operator counts as if all digits were given.
    let digits = if numeric.len() < text.len() { 5 } else { numeric.len() };
    let octal = Some((bits, digits));
    Some(Some(Clause { who: 0o7777, operation, permissions: 0, execute_if_any: false, special: 0, copy: None, octal }))
}

fn parse_clauses(part: &str, clauses: &mut Vec<Clause>) -> Option<()> {
    let mut letters = part.chars().peekable();
    let mut who = 0;
    while let Some(&letter) = letters.peek() {
        who |= match letter {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            'a' => 0o7777,
            _ => break,
        };
        letters.next();
    }
    letters.peek()?;
    while let Some(operator) = letters.next() {
        let operation = match operator {
            '+' => Operation::Add,
            '-' => Operation::Remove,
            '=' => Operation::Set,
            _ => return None,
        };
        let mut clause =
            Clause { who, operation, permissions: 0, execute_if_any: false, special: 0, copy: None, octal: None };
        while let Some(&letter) = letters.peek() {
            match letter {
                'r' => clause.permissions |= 0o444,
                'w' => clause.permissions |= 0o222,
                'x' => clause.permissions |= 0o111,
                'X' => clause.execute_if_any = true,
                's' => clause.special |= SET_UID | SET_GID,
                't' => clause.special |= STICKY,
                'u' => clause.copy = Some(6),
                'g' => clause.copy = Some(3),
                'o' => clause.copy = Some(0),
                _ => break,
            }
            letters.next();
        }
        clauses.push(clause);
    }
    Some(())
}

impl Clause {
    fn apply(&self, mode: u32, is_directory: bool, umask: u32) -> u32 {
        if let Some((bits, digits)) = self.octal {
            return match self.operation {
                Operation::Add => mode | bits,
                Operation::Remove => mode & !bits,
                // A short number leaves a directory's set-id bits alone, as GNU's does.
                Operation::Set if is_directory && digits < 5 => bits | mode & (SET_UID | SET_GID),
                Operation::Set => bits,
            };
        }
        let mut bits = self.permissions;
        if let Some(shift) = self.copy {
            let class = mode >> shift & 7;
            bits |= class << 6 | class << 3 | class;
        }
        if self.execute_if_any && (is_directory || mode & 0o111 != 0) {
            bits |= 0o111;
        }
        bits |= self.special;
        let scope = if self.who == 0 { 0o7777 & !(umask & 0o777) } else { self.who };
        let bits = bits & scope;
        match self.operation {
            Operation::Add => mode | bits,
            Operation::Remove => mode & !bits,
            Operation::Set => {
                let mut cleared = if self.who == 0 { 0o7777 } else { scope };
                if is_directory {
                    cleared &= !(SET_UID | SET_GID) | self.special;
                }
                mode & !cleared | bits
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str, mode: u32) -> u32 {
        Change::parse(text).unwrap().apply(mode, false, 0o022)
    }

    #[test]
    fn changes() {
        assert_eq!(change("755", 0o644), 0o755);
        assert_eq!(change("u+x", 0o644), 0o744);
        assert_eq!(change("+x", 0o644), 0o755);
        assert_eq!(change("+w", 0o444), 0o644);
        assert_eq!(change("go=u", 0o700), 0o777);
        assert_eq!(change("a=rX", 0o700), 0o555);
        assert_eq!(change("u=rw,go=", 0o777), 0o600);
        assert_eq!(change("u+s", 0o755), 0o4755);
        assert_eq!(change("+t", 0o755), 0o1755);
        assert_eq!(change("o+t", 0o755), 0o1755);
        assert_eq!(change("ug+t", 0o755), 0o755);
        assert_eq!(change("-rwx,u+r", 0o777), 0o422);
        assert_eq!(change("g+x-w", 0o666), 0o656);
        assert_eq!(change("=7777,-5022", 0o644), 0o2755);
        assert!(Change::parse("u~x").is_none() && Change::parse("888").is_none() && Change::parse("").is_none());
    }

    #[test]
    fn a_directory_keeps_its_set_id_bits() {
        assert_eq!(Change::parse("755").unwrap().apply(0o2777, true, 0), 0o2755);
        assert_eq!(Change::parse("00755").unwrap().apply(0o2777, true, 0), 0o755);
    }

    #[test]
    fn prints() {
        assert_eq!(symbolic(FileKind::Directory, 0o1777), "drwxrwxrwt");
        assert_eq!(symbolic(FileKind::Regular, 0o4655), "-rwSr-xr-x");
    }
}
