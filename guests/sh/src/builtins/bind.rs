//! `bind`: keys of the line editor.

use super::{Options, options};
use crate::editor::Editor;
use crate::editor::command::Command;
use crate::editor::keymap::Binding;
use crate::error::Run;
use crate::shell::Shell;

pub(super) fn bind(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut arguments = Options::new(words, "lpPsSvVXm:f:q:u:r:x:");
    let mut status = 0;
    options!(shell, arguments, |letter, argument| {
        status |= operation(shell, letter, &argument);
    });
    for line in arguments.rest() {
        if let Err(message) = parse_line(&mut shell.editor, line) {
            shell.builtin_error(message);
            status = 1;
        }
    }
    Ok(status)
}

fn operation(shell: &mut Shell, letter: u8, argument: &[u8]) -> i32 {
    let name = String::from_utf8_lossy(argument).into_owned();
    match letter {
        b'l' => {
            for (_, name) in Command::ALL {
                shell.print(format!("{name}\n"));
            }
        }
        b'p' | b'P' => list(shell, letter == b'P'),
        b'v' | b'V' => {
            for (name, value) in shell.editor.settings.list() {
                shell.print(if letter == b'v' {
                    format!("set {name} {value}\n")
                } else {
                    format!("{name} is set to `{value}'\n")
                });
            }
        }
        b's' | b'S' | b'X' => list_texts(shell, letter == b'X'),
        b'q' | b'u' => {
            let Some(command) = Command::by_name(&name) else {
                shell.builtin_error(format!("`{name}': unknown function name"));
                return 1;
            };
            if letter == b'u' {
                shell.editor.keymap.unbind_command(command);
                return 0;
            }
            let keys = keys_of(shell, command);
            if keys.is_empty() {
                shell.print(format!("{name} is not bound to any keys.\n"));
                return 1;
            }
            shell.print(format!("{name} can be invoked via {}.\n", keys.join(", ")));
        }
        b'r' => {
            shell.editor.keymap.unbind(&unescape(argument));
        }
        b'x' => {
            let Some((keys, command)) = quoted_keys(argument) else {
                shell.builtin_error(format!("{name}: first non-whitespace character is not `\"'"));
                return 1;
            };
            let command = command.strip_prefix(b"\"").and_then(|c| c.strip_suffix(b"\"")).unwrap_or(command);
            shell.editor.keymap.bind(keys, Binding::Shell(command.to_vec()));
        }
        b'f' => match crate::invocation::read_file(argument) {
            Ok(text) => {
                for line in text.split(|b| *b == b'\n') {
                    // A line that says nothing is passed over.
                    let _ = parse_line(&mut shell.editor, line);
                }
            }
            Err(errno) => {
                shell.builtin_error(format!("{name}: cannot read: {}", errno.message()));
                return 1;
            }
        },
        // There is one keymap: emacs mode's.
        _ => {}
    }
    0
}

fn keys_of(shell: &Shell, command: Command) -> Vec<String> {
    let bound = shell.editor.keymap.iter().filter(|(_, binding)| **binding == Binding::Command(command));
    bound.map(|(keys, _)| format!("\"{}\"", escape(keys))).collect()
}

fn list(shell: &mut Shell, readable: bool) {
    for (command, name) in Command::ALL {
        let keys = keys_of(shell, *command);
        if readable {
            shell.print(match keys.is_empty() {
                true => format!("{name} is not bound to any keys\n"),
                false => format!("{name} can be found on {}.\n", keys.join(", ")),
            });
        } else if keys.is_empty() {
            shell.print(format!("# {name} (not bound)\n"));
        } else {
            for keys in keys {
                shell.print(format!("{keys}: {name}\n"));
            }
        }
    }
}

/// Bindings to texts, or with `commands` to shell commands.
fn list_texts(shell: &mut Shell, commands: bool) {
    let lines: Vec<String> = shell
        .editor
        .keymap
        .iter()
        .filter_map(|(keys, binding)| match binding {
            Binding::Macro(text) if !commands => Some(format!("\"{}\": \"{}\"\n", escape(keys), escape(text))),
            Binding::Shell(text) if commands => {
                Some(format!("\"{}\": \"{}\"\n", escape(keys), String::from_utf8_lossy(text)))
            }
            _ => None,
        })
        .collect();
    for line in lines {
        shell.print(line);
    }
}

/// A line of `~/.inputrc`: `set NAME VALUE`, `"KEYS": FUNCTION`, `"KEYS": "TEXT"`, `KEYNAME: FUNCTION`.
pub(crate) fn parse_line(editor: &mut Editor, line: &[u8]) -> Result<(), String> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"$") {
        return Ok(());
    }
    let text = String::from_utf8_lossy(line).into_owned();
    if let Some(rest) = text.strip_prefix("set ") {
        let mut words = rest.split_whitespace();
        editor.settings.set(words.next().unwrap_or_default(), words.next().unwrap_or_default());
        return Ok(());
    }
    let (keys, value) = match quoted_keys(line) {
        Some(found) => found,
        None => {
            let colon = line.iter().position(|b| *b == b':').ok_or(format!("{text}: no key sequence terminator"))?;
            (named_key(&text[..colon]).ok_or(format!("{text}: no such key"))?, line[colon + 1..].trim_ascii())
        }
    };
    let binding = match value {
        [quote @ (b'"' | b'\''), middle @ .., last] if last == quote => Binding::Macro(unescape(middle)),
        value => {
            let name = String::from_utf8_lossy(value);
            match Command::by_name(&name) {
                Some(command) => Binding::Command(command),
                // Functions of Readline that this editor has not.
                None => return Ok(()),
            }
        }
    };
    editor.keymap.bind(keys, binding);
    Ok(())
}

/// `"KEYS": REST`
fn quoted_keys(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let rest = line.trim_ascii().strip_prefix(b"\"")?;
    let mut at = 0;
    while rest.get(at).is_some_and(|b| *b != b'"') {
        at += 1 + usize::from(rest[at] == b'\\');
    }
    let value = rest.get(at + 1..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
    Some((unescape(&rest[..at]), value))
}

/// `Control-x`, `Meta-y`, `TAB`.
fn named_key(name: &str) -> Option<Vec<u8>> {
    let lower = name.trim().to_ascii_lowercase();
    for prefix in ["control-", "c-"] {
        if let Some(rest) = lower.strip_prefix(prefix) {
            return Some(vec![named_key(rest)?.first()? & 0x1f]);
        }
    }
    for prefix in ["meta-", "m-"] {
        if let Some(rest) = lower.strip_prefix(prefix) {
            return Some([vec![0x1b], named_key(rest)?].concat());
        }
    }
    Some(match &lower[..] {
        "tab" => b"\t".to_vec(),
        "esc" | "escape" => b"\x1b".to_vec(),
        "return" | "ret" => b"\r".to_vec(),
        "newline" | "linefeed" | "lfd" => b"\n".to_vec(),
        "space" | "spc" => b" ".to_vec(),
        "rubout" | "del" => b"\x7f".to_vec(),
        _ if name.trim().len() == 1 => name.trim().as_bytes().to_vec(),
        _ => return None,
    })
}

/// The bytes that `\C-x`, `\M-x`, `\e` … stand for.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(b"\\C-") && rest.len() > 3 {
            out.push(if rest[3] == b'?' { 0x7f } else { rest[3] & 0x1f });
            at += 4;
        } else if rest.starts_with(b"\\M-") {
            out.push(0x1b);
            at += 3;
        } else if rest[0] == b'\\' && rest.len() > 1 {
            let (byte, length) = match rest[1] {
                b'e' => (0x1b, 2),
                b'a' => (7, 2),
                b'b' => (8, 2),
                b'd' => (0x7f, 2),
                b'f' => (12, 2),
                b'n' => (b'\n', 2),
                b'r' => (b'\r', 2),
                b't' => (b'\t', 2),
                b'v' => (11, 2),
                b'x' => {
                    let (value, used) = crate::syntax::quote::digits(&rest[2..], 16, 2);
                    (value as u8, 2 + used)
                }
                b'0'..=b'7' => {
                    let (value, used) = crate::syntax::quote::digits(&rest[1..], 8, 3);
                    (value as u8, 1 + used)
                }
                other => (other, 2),
            };
            out.push(byte);
            at += length;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    out
}

fn escape(keys: &[u8]) -> String {
    keys.iter()
        .map(|byte| match byte {
            0x1b => "\\e".to_string(),
            0x7f => "\\C-?".to_string(),
            control @ 0..=0x1f => format!("\\C-{}", char::from(control + 96)),
            b'"' | b'\\' => format!("\\{}", char::from(*byte)),
            byte => char::from(*byte).to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::keymap::Lookup;

    #[test]
    fn lines_of_inputrc() {
        let mut editor = Editor::default();
        for line in ["\"\\e[A\": history-search-backward", "Control-k: \"text\"", "set bell-style none", "# x"] {
            parse_line(&mut editor, line.as_bytes()).unwrap();
        }
        let search = Lookup::Bound(Binding::Command(Command::HistorySearchBackward));
        assert_eq!(editor.keymap.lookup(b"\x1b[A"), search);
        assert_eq!(editor.keymap.lookup(b"\x0b"), Lookup::Bound(Binding::Macro(b"text".to_vec())));
        assert!(!editor.settings.bell);
        assert!(parse_line(&mut editor, b"nonsense").is_err());
    }
}
