//! Prompts: `\u@\h:\w\$ `.

use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::Parser;

impl Shell {
    /// A prompt's escapes and, with `promptvars`, its expansions.
    pub(crate) fn expand_prompt(&mut self, text: &[u8]) -> Run<Vec<u8>> {
        let decoded = self.decode_prompt(text);
        if !self.state.shopts.promptvars || !decoded.iter().any(|b| matches!(b, b'$' | b'`' | b'\\')) {
            return Ok(decoded);
        }
        match Parser::new(&decoded, self.state.line, self.settings()).heredoc_parts() {
            Ok(parts) => {
                let status = self.state.status;
                let substitution = self.substitution_status;
                let expanded = self.expand_quoted(&parts);
                self.state.status = status;
                self.substitution_status = substitution;
                expanded
            }
            Err(_) => Ok(decoded),
        }
    }

    fn decode_prompt(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut i = 0;
        while i < text.len() {
            if text[i] != b'\\' || i + 1 == text.len() {
                out.push(text[i]);
                i += 1;
                continue;
            }
            let escape = text[i + 1];
            i += 2;
            match escape {
                b'a' => out.push(7),
                b'e' => out.push(27),
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b'\\' => out.extend_from_slice(b"\\"),
                // Marks for the line editor, of what takes no columns.
                b'[' | b']' if !self.interactive => {}
                b'[' | b']' => out.push(if escape == b'[' { 1 } else { 2 }),
                b'u' => out.extend_from_slice(&user_name()),
                b'h' | b'H' => {
                    let name = vivarium_sys::host::gethostname().unwrap_or_default();
                    let end = if escape == b'h' {
                        name.iter().position(|b| *b == b'.').unwrap_or(name.len())
                    } else {
                        name.len()
                    };
                    out.extend_from_slice(&name[..end]);
                }
                b'w' | b'W' => out.extend_from_slice(&self.prompt_directory(escape == b'W')),
                b's' => {
                    let name = self.state.arg0.rsplit(|b| *b == b'/').next().unwrap_or_default().to_vec();
                    out.extend_from_slice(name.strip_prefix(b"-").unwrap_or(&name));
                }
                b'$' => out.extend_from_slice(if vivarium_sys::ids::ids().euid == 0 { b"#" } else { b"\\$" }),
                b'v' => out.extend_from_slice(b"5.2"),
                b'V' => out.extend_from_slice(b"5.2.15"),
                b'j' => out.extend_from_slice(self.jobs.list.len().to_string().as_bytes()),
                b'!' | b'#' => out.extend_from_slice(self.history.borrow().next_number().to_string().as_bytes()),
                b'l' => out.extend_from_slice(&vivarium_sys::tty::ttyname(0).map_or_else(
                    |_| b"tty".to_vec(),
                    |name| name.rsplit(|b| *b == b'/').next().unwrap_or_default().to_vec(),
                )),
                b't' => out.extend_from_slice(crate::time::format(b"%H:%M:%S", crate::time::now()).as_slice()),
                b'T' => out.extend_from_slice(crate::time::format(b"%I:%M:%S", crate::time::now()).as_slice()),
                b'@' => out.extend_from_slice(crate::time::format(b"%I:%M %p", crate::time::now()).as_slice()),
                b'A' => out.extend_from_slice(crate::time::format(b"%H:%M", crate::time::now()).as_slice()),
                b'd' => out.extend_from_slice(crate::time::format(b"%a %b %d", crate::time::now()).as_slice()),
                b'D' if text.get(i) == Some(&b'{') => {
                    let end = text[i..].iter().position(|b| *b == b'}').map_or(text.len(), |at| i + at);
                    let format = if end == i + 1 { &b"%X"[..] } else { &text[i + 1..end] };
                    out.extend_from_slice(&crate::time::format(format, crate::time::now()));
                    i = (end + 1).min(text.len());
                }
                b'0'..=b'7' => {
                    let (value, used) = crate::syntax::quote::digits(&text[i - 1..], 8, 3);
                    out.push(value as u8);
                    i += used - 1;
                }
                other => out.extend_from_slice(&[b'\\', other]),
            }
        }
        out
    }

    fn prompt_directory(&mut self, last: bool) -> Vec<u8> {
        let mut directory = self.value("PWD").unwrap_or_else(|| self.state.cwd.to_vec());
        if let Some(home) = self.value("HOME").filter(|home| home.len() > 1)
            && let Some(rest) = directory.strip_prefix(&home[..])
            && (rest.is_empty() || rest[0] == b'/')
        {
            directory = [b"~", rest].concat();
        }
        if last && directory.len() > 1 {
            return directory.rsplit(|b| *b == b'/').next().unwrap_or_default().to_vec();
        }
        let keep = self.value("PROMPT_DIRTRIM").and_then(|v| super::arith::plain_number(&v)).unwrap_or(0);
        if keep > 0 {
            let pieces: Vec<&[u8]> = directory.split(|b| *b == b'/').filter(|p| !p.is_empty() && *p != b"~").collect();
            if pieces.len() > keep as usize {
                let tail = pieces[pieces.len() - keep as usize..].join(&b'/');
                let head: &[u8] = if directory.starts_with(b"~") { b"~/.../" } else { b".../" };
                return [head, &tail].concat();
            }
        }
        directory
    }
}

/// The caller's name in `/etc/passwd`.
pub(crate) fn user_name() -> Vec<u8> {
    let uid = vivarium_sys::ids::ids().uid.to_string();
    let passwd = std::fs::read("/etc/passwd").unwrap_or_default();
    let found = passwd.split(|b| *b == b'\n').find_map(|line| {
        let fields: Vec<&[u8]> = line.split(|b| *b == b':').collect();
        (fields.get(2) == Some(&uid.as_bytes())).then(|| fields[0].to_vec())
    });
    found.unwrap_or_else(|| b"I have no name!".to_vec())
}
