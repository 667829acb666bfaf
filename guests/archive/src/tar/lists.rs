//! Lists of files (`-T`).

use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::output::{Standard, reason};

use super::options::{Settings, below, fail};

/// Reads lists, and those that they name.
#[derive(Default)]
pub(super) struct Lists {
    /// Those being read, and who named each.
    open: Vec<(Bytes, String)>,
}

impl Lists {
    /// Adds the names of a list, which is of lines or, with `null`, of strings that a null byte ends. Unless `verbatim`, lines
    /// may be options. Gives the directory of the last `-C`.
    pub(super) fn read(
        &mut self,
        settings: &mut Settings,
        directory: Option<Bytes>,
        name: &[u8],
        null: bool,
        verbatim: bool,
        named_in: &str,
    ) -> Option<Bytes> {
        if let Some((_, from)) = self.open.iter().find(|(open, _)| open == name) {
            let (name, from) = (text(name), from.clone());
            settings.complaints.push(format!("{name}: file list requested from {named_in} already read from {from}"));
            return directory;
        }
        let mut list = Vec::new();
        let read = if name == b"-" {
            std::io::Read::read_to_end(&mut Standard::input(), &mut list).map(|_| ())
        } else {
            std::fs::read(path(name)).map(|data| list = data)
        };
        if let Err(error) = read {
            fail(&format!("{}: Cannot open: {}", text(name), reason(&error)));
        }
        // A list with null bytes is one of strings that they end.
        let null = null || {
            let found = list.contains(&0);
            if found {
                eprintln!("tar: {}: file name read contains nul character", text(name));
            }
            found
        };
        self.open.push((name.to_vec(), named_in.to_owned()));
        let mut directory = directory;
        // An option by itself takes the next line.
        let mut waiting: Option<&str> = None;
        for line in list.split(|&b| b == if null { 0 } else { b'\n' }).filter(|line| !line.is_empty()) {
            let (option, value) = match (waiting.take(), verbatim || null) {
                (Some(option), _) => (option, line),
                (None, true) => ("", line),
                (None, false) => match option(line) {
                    Some((option, [])) if !option.contains("recursion") => {
                        waiting = Some(option);
                        continue;
                    }
                    Some(found) => found,
                    None => ("", line),
                },
            };
            match option {
                "-C" => directory = Some(directory.map_or(value.to_vec(), |before: Bytes| below(&before, value))),
                "-T" => directory = self.read(settings, directory, value, null, false, &text(name)),
                "--exclude" => settings.exclude(value),
                "--recursion" => settings.recursive = true,
                "--no-recursion" => settings.recursive = false,
                _ => settings.add(directory.clone(), value.to_vec()),
            }
        }
        self.open.pop();
        directory
    }
}

/// The option that a line is, and its argument, empty where that is the next line.
fn option(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let line = line.trim_ascii();
    let names: [(&str, &str); 8] = [
        ("--directory", "-C"),
        ("--files-from", "-T"),
        ("--exclude", "--exclude"),
        ("--add-file", "--add-file"),
        ("--no-recursion", "--no-recursion"),
        ("--recursion", "--recursion"),
        ("-C", "-C"),
        ("-T", "-T"),
    ];
    for (written, option) in names {
        let Some(rest) = line.strip_prefix(written.as_bytes()) else { continue };
        let long = written.starts_with("--");
        return match rest.first() {
            None => Some((option, b"")),
            Some(b'=') if long => Some((option, &rest[1..])),
            Some(b' ' | b'\t') => Some((option, rest.trim_ascii_start())),
            Some(_) if !long => Some((option, rest)),
            Some(_) => continue,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::option;

    #[test]
    fn lines_may_be_options() {
        assert_eq!(option(b"-C dir"), Some(("-C", &b"dir"[..])));
        assert_eq!(option(b"-Cdir"), Some(("-C", &b"dir"[..])));
        assert_eq!(option(b"--directory=a b"), Some(("-C", &b"a b"[..])));
        assert_eq!(option(b"-T"), Some(("-T", &b""[..])));
        assert_eq!(option(b"--no-recursion"), Some(("--no-recursion", &b""[..])));
        assert_eq!(option(b"-file"), None);
    }
}
