//! The commands of ed that `diff -e` writes.

use vivarium_userland::Bytes;

/// Runs a script on the lines of a file.
pub(super) fn run(script: &[Bytes], data: &[u8]) -> Result<Bytes, String> {
    let mut lines: Vec<Bytes> = data.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let mut current = lines.len();
    let mut commands = script.iter();
    while let Some(command) = commands.next() {
        let command = command.trim_ascii_end();
        let text = String::from_utf8_lossy(command);
        let bad = || format!("ed script: {text}: invalid address");
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
        let (address, verb) = text.split_at(digits);
        let (from, to) = match address.split_once(',') {
            Some((from, to)) => (from.parse().map_err(|_| bad())?, to.parse().map_err(|_| bad())?),
            None if address.is_empty() => (current, current),
            None => {
                let line = address.parse().map_err(|_| bad())?;
                (line, line)
            }
        };
        if from > to || to > lines.len() || from == 0 && verb != "a" {
            return Err(bad());
        }
        let mut input = || -> Vec<Bytes> { commands.by_ref().take_while(|line| *line != b".\n").cloned().collect() };
        match verb {
            "d" => {
                lines.drain(from - 1..to);
                current = from.min(lines.len());
            }
            "a" => {
                let new = input();
                current = to + new.len();
                lines.splice(to..to, new);
            }
            "i" | "c" => {
                let new = input();
                current = from - 1 + new.len();
                lines.splice(from - 1..if verb == "c" { to } else { from - 1 }, new);
            }
            // What is put before a line that is a full stop alone.
            "s/.//" => lines.get_mut(to - 1).map(|line| line.remove(0)).map_or((), drop),
            _ => return Err(format!("ed script: {text}: unknown command")),
        }
    }
    Ok(lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_what_diff_writes() {
        let script: Vec<Bytes> = ["4a\n", "..\n", ".\n", "s/.//\n", "2c\n", "B\n", ".\n", "1d\n"]
            .iter()
            .map(|line| line.as_bytes().to_vec())
            .collect();
        assert_eq!(run(&script, b"a\nb\nc\nd\n").unwrap(), b"B\nc\nd\n.\n");
        assert!(run(&[b"9d\n".to_vec()], b"a\n").is_err());
    }
}
