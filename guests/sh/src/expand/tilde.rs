//! Tilde expansion (POSIX 2.6.1).

use crate::shell::Shell;

impl Shell {
    /// What the tilde-prefix at the start of `text` stands for, and its length. `ends`: what may end it beside a slash.
    pub(crate) fn tilde(&mut self, text: &[u8], colon: bool) -> Option<(Vec<u8>, usize)> {
        if text.first() != Some(&b'~') {
            return None;
        }
        let length = text.iter().position(|b| *b == b'/' || (colon && *b == b':')).unwrap_or(text.len());
        let name = &text[1..length];
        let value = match name {
            b"" => match self.value("HOME") {
                Some(home) => home,
                None => home_of(None)?,
            },
            b"+" => self.value("PWD")?,
            b"-" => self.value("OLDPWD")?,
            _ => {
                let digits = name.strip_prefix(b"+").or_else(|| name.strip_prefix(b"-")).unwrap_or(name);
                if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
                    self.directory_at(name)?
                } else {
                    home_of(Some(name))?
                }
            }
        };
        Some((value, length))
    }
}

/// The home directory of a user by name, or of the caller, in `/etc/passwd`.
pub(crate) fn home_of(name: Option<&[u8]>) -> Option<Vec<u8>> {
    let uid = vivarium_sys::ids::ids().uid.to_string();
    let passwd = std::fs::read("/etc/passwd").ok()?;
    passwd.split(|b| *b == b'\n').find_map(|line| {
        let fields: Vec<&[u8]> = line.split(|b| *b == b':').collect();
        let found = match name {
            Some(name) => fields.first() == Some(&name),
            None => fields.get(2) == Some(&uid.as_bytes()),
        };
        if found { fields.get(5).map(|home| home.to_vec()) } else { None }
    })
}
