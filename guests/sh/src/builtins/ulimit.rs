//! `ulimit`.

use vivarium_sys::limits::{Limit, Resource, UNLIMITED, getrlimit, setrlimit};

use crate::error::Run;
use crate::shell::Shell;

/// Letter, resource, unit in bytes, description, name of the unit.
const RESOURCES: [(u8, Resource, u64, &str, &str); 10] = [
    (b'c', Resource::Core, 512, "core file size", "blocks"),
    (b'd', Resource::Data, 1024, "data seg size", "kbytes"),
    (b'f', Resource::FileSize, 1024, "file size", "blocks"),
    (b'l', Resource::Locked, 1024, "max locked memory", "kbytes"),
    (b'm', Resource::Resident, 1024, "max memory size", "kbytes"),
    (b'n', Resource::OpenFiles, 1, "open files", ""),
    (b's', Resource::Stack, 1024, "stack size", "kbytes"),
    (b't', Resource::Cpu, 1, "cpu time", "seconds"),
    (b'u', Resource::Processes, 1, "max user processes", ""),
    (b'v', Resource::AddressSpace, 1024, "virtual memory", "kbytes"),
];

pub(super) fn ulimit(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut hard, mut soft, mut all) = (false, false, false);
    let mut requests: Vec<(u8, Option<Vec<u8>>)> = Vec::new();
    let mut at = 1;
    while let Some([b'-', letters @ ..]) = words.get(at).map(Vec::as_slice) {
        at += 1;
        if letters == b"-" {
            break;
        }
        for letter in letters {
            match letter {
                b'H' => hard = true,
                b'S' => soft = true,
                b'a' => all = true,
                letter if RESOURCES.iter().any(|(known, ..)| known == letter) => {
                    let value = words.get(at).filter(|w| !w.starts_with(b"-")).cloned();
                    if value.is_some() {
                        at += 1;
                    }
                    requests.push((*letter, value));
                }
                letter => return Ok(shell.invalid_option(&[b'-', *letter])),
            }
        }
    }
    // The value may come after other options.
    if let Some((_, value @ None)) = requests.last_mut() {
        *value = words.get(at).cloned();
    }
    if all {
        for (letter, resource, unit, text, name) in RESOURCES {
            let label = if name.is_empty() {
                format!("(-{})", letter as char)
            } else {
                format!("({name}, -{})", letter as char)
            };
            let limit = getrlimit(0, resource).unwrap_or_default();
            shell
                .print(format!("{text:<20} {label:>20} {}\n", shown(if hard { limit.hard } else { limit.soft }, unit)));
        }
        return Ok(0);
    }
    if requests.is_empty() {
        requests.push((b'f', words.get(at).cloned()));
    }
    let many = requests.len() > 1;
    for (letter, value) in requests {
        let Some((_, resource, unit, text, name)) = RESOURCES.into_iter().find(|(known, ..)| *known == letter) else {
            continue;
        };
        let limit = match getrlimit(0, resource) {
            Ok(limit) => limit,
            Err(errno) => {
                shell.builtin_error(format!("{text}: cannot get limit: {}", errno.message()));
                return Ok(1);
            }
        };
        let Some(value) = value else {
            let head = if many { format!("{text:<20} ({name}, -{}) ", letter as char) } else { String::new() };
            shell.print(format!("{head}{}\n", shown(if hard && !soft { limit.hard } else { limit.soft }, unit)));
            continue;
        };
        let number = match &value[..] {
            b"unlimited" => UNLIMITED,
            b"hard" => limit.hard,
            b"soft" => limit.soft,
            text => match crate::expand::arith::plain_number(text).and_then(|n| u64::try_from(n).ok()) {
                Some(number) => number.saturating_mul(unit),
                None => {
                    shell.builtin_error([&value[..], b": invalid number"].concat());
                    return Ok(1);
                }
            },
        };
        let both = !hard && !soft;
        let new = Limit {
            soft: if soft || both { number } else { limit.soft.min(number) },
            hard: if hard || both { number } else { limit.hard },
        };
        if let Err(errno) = setrlimit(0, resource, new) {
            shell.builtin_error(format!("{text}: cannot modify limit: {}", errno.message()));
            return Ok(1);
        }
    }
    Ok(0)
}

fn shown(value: u64, unit: u64) -> String {
    if value == UNLIMITED { "unlimited".to_string() } else { (value / unit).to_string() }
}
