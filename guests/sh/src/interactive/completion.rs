//! What a word may become: a command, a variable, a file, or what `complete` has said.

use vivarium_sys::fs;

use super::words::{Typed, Word, command};
use crate::editor::{Candidate, Completions};
use crate::error::Run;
use crate::shell::Shell;

impl Shell {
    pub(super) fn completions_at(&mut self, line: &str, at: usize) -> Run<Completions> {
        let before = &line.as_bytes()[..at];
        let typed = command(before);
        let Some(word) = typed.words.last().cloned() else { return Ok(Completions::default()) };
        if let Some(found) = self.variable_completions(before, &word) {
            return Ok(found);
        }
        if word.quote.is_none()
            && let Some(found) = self.user_completions(before, &word)
        {
            return Ok(found);
        }
        if typed.at_command && !word.text.contains(&b'/') {
            return Ok(self.command_completions(&word));
        }
        if !typed.redirected
            && !typed.at_command
            && let Some(found) = self.programmed(line, at, &typed)?
        {
            return Ok(found);
        }
        Ok(self.file_completions(&word, typed.at_command, is_directory_command(&typed)))
    }

    /// `$NAM`, `${NAM`
    fn variable_completions(&mut self, before: &[u8], word: &Word) -> Option<Completions> {
        if word.quote == Some(b'\'') {
            return None;
        }
        let dollar = before[word.start..].iter().rposition(|b| *b == b'$').map(|at| word.start + at)?;
        let brace = before.get(dollar + 1) == Some(&b'{');
        let start = dollar + 1 + usize::from(brace);
        let name = &before[start..];
        if !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            return None;
        }
        let mut names = self.action_words("variable", name);
        names.retain(|candidate| candidate.starts_with(name));
        names.sort();
        let quoted = word.quote.is_some();
        let candidates = names
            .into_iter()
            .map(|name| {
                let directory = self.value(&String::from_utf8_lossy(&name)).is_some_and(|value| is_directory(&value));
                let end = match (brace, directory) {
                    (true, _) => "}",
                    (false, true) => "/",
                    (false, false) if quoted => "",
                    (false, false) => " ",
                };
                plain(&name, end)
            })
            .collect();
        Some(Completions { start, candidates })
    }

    /// `~us`
    fn user_completions(&mut self, before: &[u8], word: &Word) -> Option<Completions> {
        let name = before[word.start..].strip_prefix(b"~").filter(|name| !name.contains(&b'/'))?;
        let mut names = self.action_words("user", name);
        names.retain(|candidate| candidate.starts_with(name));
        names.sort();
        Some(Completions { start: word.start + 1, candidates: names.iter().map(|name| plain(name, "/")).collect() })
    }

    fn command_completions(&mut self, word: &Word) -> Completions {
        let mut names = self.action_words("command", &word.text);
        names.extend(self.action_words("keyword", &word.text));
        names.retain(|name| name.starts_with(&word.text));
        names.sort();
        names.dedup();
        if names.is_empty() {
            return self.file_completions(word, true, false);
        }
        let candidates = names.iter().map(|name| quoted(name, name, word, " ")).collect();
        Completions { start: word.start, candidates }
    }

    /// Names of files; `runnable`: those that can be run, and directories.
    pub(super) fn file_completions(&mut self, word: &Word, runnable: bool, directories: bool) -> Completions {
        // A word such as `a=b` or `PATH=x:y` is completed after its last break.
        let split = word.text.iter().rposition(|b| matches!(b, b'=' | b':')).map_or(0, |at| at + 1);
        let whole = word.quote.is_some() || split == 0 || is_prefix_of_file(&word.text);
        let split = if whole { 0 } else { split };
        let text = &word.text[split..];
        let slash = text.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
        let (directory, name) = text.split_at(slash);
        let path = if directory.is_empty() { b".".to_vec() } else { self.expand_tilde_prefix(directory) };
        let ignore_case = self.editor.settings.completion_ignore_case;
        let mut entries = fs::read_directory(&path[..]).unwrap_or_default();
        entries.retain(|entry| {
            let hidden = entry.name.starts_with(b".") && !name.starts_with(b".");
            let fits = if ignore_case {
                entry.name.len() >= name.len() && entry.name[..name.len()].eq_ignore_ascii_case(name)
            } else {
                entry.name.starts_with(name)
            };
            fits && !hidden && !matches!(&entry.name[..], b"." | b"..")
        });
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let ignored = self.value("FIGNORE").unwrap_or_default();
        let suffixes: Vec<&[u8]> = ignored.split(|b| *b == b':').filter(|suffix| !suffix.is_empty()).collect();
        let mut candidates = Vec::new();
        for entry in entries {
            let full = [&path[..], b"/", &entry.name].concat();
            let folder = is_directory(&full);
            if !folder
                && (directories || (runnable && !is_program(&full)) || suffixes.iter().any(|s| entry.name.ends_with(s)))
            {
                continue;
            }
            let text = [&word.text[..split], directory, &entry.name].concat();
            let shown = if folder { [&entry.name[..], b"/"].concat() } else { entry.name.clone() };
            candidates.push(quoted(&text, &shown, word, if folder { "/" } else { " " }));
        }
        Completions { start: word.start, candidates }
    }

    /// A directory with its tilde expanded.
    fn expand_tilde_prefix(&mut self, directory: &[u8]) -> Vec<u8> {
        match self.tilde(directory, false) {
            Some((home, length)) => [&home[..], &directory[length..]].concat(),
            None => directory.to_vec(),
        }
    }
}

fn is_directory_command(typed: &Typed) -> bool {
    matches!(typed.words.first().map(|word| &word.text[..]), Some(b"cd" | b"pushd" | b"rmdir")) && typed.words.len() > 1
}

fn is_prefix_of_file(text: &[u8]) -> bool {
    let slash = text.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    let (directory, name) = text.split_at(slash);
    let directory = if directory.is_empty() { b"." } else { directory };
    fs::read_directory(directory).unwrap_or_default().iter().any(|entry| entry.name.starts_with(name))
}

fn is_directory(path: &[u8]) -> bool {
    fs::stat(path).is_ok_and(|stat| stat.is_directory())
}

fn is_program(path: &[u8]) -> bool {
    fs::stat(path).is_ok_and(|stat| stat.mode & 0o111 != 0)
}

fn plain(text: &[u8], end: &'static str) -> Candidate {
    let text = String::from_utf8_lossy(text).into_owned();
    Candidate { shown: text.clone(), text, end }
}

/// A candidate quoted as the word has begun.
pub(super) fn quoted(text: &[u8], shown: &[u8], word: &Word, end: &'static str) -> Candidate {
    let shown = String::from_utf8_lossy(shown).into_owned();
    let special: &[u8] = match word.quote {
        Some(b'\'') => b"",
        Some(_) => b"\"\\$`",
        None => b" \t\n\\'\"`$&|;<>()*?[]{}!#~^",
    };
    let tilde = word.quote.is_none() && text.starts_with(b"~/");
    let mut out = String::new();
    if let Some(quote) = word.quote {
        out.push(char::from(quote));
    }
    for (index, c) in String::from_utf8_lossy(text).char_indices() {
        if word.quote == Some(b'\'') && c == '\'' {
            out.push_str("'\\'");
        } else if c.is_ascii() && special.contains(&(c as u8)) && !(tilde && index == 0) && !(c == '#' && index > 0) {
            out.push('\\');
        }
        out.push(c);
    }
    // The quote is closed where the word is over.
    let end = match (word.quote, end) {
        (Some(b'\''), " ") => "' ",
        (Some(_), " ") => "\" ",
        (_, end) => end,
    };
    Candidate { text: out, shown, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_quoted_as_the_word_is() {
        let word = |quote| Word { quote, ..Word::default() };
        assert_eq!(quoted(b"a b's", b"", &word(None), " ").text, "a\\ b\\'s");
        assert_eq!(quoted(b"a $b", b"", &word(Some(b'"')), " ").text, "\"a \\$b");
        assert_eq!(quoted(b"a'b", b"", &word(Some(b'\'')), " ").text, "'a'\\''b");
        assert_eq!(quoted(b"~/x", b"", &word(None), "/").text, "~/x");
        assert_eq!(quoted(b"a", b"", &word(Some(b'"')), " ").end, "\" ");
    }
}
