//! What the command line says.

use crate::state::options::Options;

/// What the command line says.
#[derive(Default)]
pub(super) struct CommandLine {
    pub(super) command: bool,
    pub(super) stdin: bool,
    pub(super) interactive: bool,
    pub(super) login: bool,
    pub(super) norc: bool,
    pub(super) noprofile: bool,
    pub(super) rcfile: Option<Vec<u8>>,
    pub(super) posix: bool,
    pub(super) restricted: bool,
    pub(super) dump: bool,
    pub(super) version: bool,
    pub(super) help: bool,
    /// Options of `set` and `shopt`, with whether they are on.
    pub(super) set: Vec<(Vec<u8>, bool)>,
    pub(super) shopt: Vec<(Vec<u8>, bool)>,
    pub(super) rest: Vec<Vec<u8>>,
}

pub(super) fn parse(arguments: &[Vec<u8>]) -> Result<CommandLine, String> {
    let mut line = CommandLine::default();
    let mut at = 1;
    while let Some(word) = arguments.get(at) {
        let text = String::from_utf8_lossy(word).into_owned();
        let long = text.strip_prefix("--").filter(|l| !l.is_empty());
        if let Some(long) = long {
            match long {
                "norc" => line.norc = true,
                "noprofile" => line.noprofile = true,
                "login" => line.login = true,
                "posix" => line.posix = true,
                "restricted" => line.restricted = true,
                "version" => line.version = true,
                "help" => line.help = true,
                "verbose" => line.set.push((b"verbose".to_vec(), true)),
                "noediting" | "debug" | "debugger" => {}
                "dump-strings" | "dump-po-strings" => line.dump = true,
                "rcfile" | "init-file" => {
                    at += 1;
                    line.rcfile =
                        Some(arguments.get(at).cloned().ok_or(format!("{long}: option requires an argument"))?);
                }
                _ => return Err(format!("{text}: invalid option")),
            }
            at += 1;
            continue;
        }
        let (sign, letters) = match &word[..] {
            [sign @ (b'-' | b'+'), letters @ ..] if !(letters.is_empty() && *sign == b'+') => (*sign, letters),
            _ => break,
        };
        at += 1;
        if letters.is_empty() || letters == b"-" {
            break;
        }
        let on = sign == b'-';
        for letter in letters {
            match letter {
                b'c' => line.command = true,
                b's' => line.stdin = true,
                b'i' => line.interactive = true,
                b'l' => line.login = true,
                b'r' => line.restricted = on,
                b'D' => line.dump = true,
                b'o' | b'O' => {
                    let list = if *letter == b'o' { &mut line.set } else { &mut line.shopt };
                    if let Some(name) = arguments.get(at) {
                        list.push((name.clone(), on));
                        at += 1;
                    }
                }
                letter => match Options::NAMES.iter().find(|(_, known)| known == letter && *known != 0) {
                    Some((name, _)) => line.set.push((name.as_bytes().to_vec(), on)),
                    None => return Err(format!("{}{}: invalid option", sign as char, *letter as char)),
                },
            }
        }
    }
    line.rest = arguments[at.min(arguments.len())..].to_vec();
    Ok(line)
}
