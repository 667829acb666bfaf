//! Completion as `complete` has programmed it.

use super::completion::quoted;
use super::words::Typed;
use crate::builtins::complete::Spec;
use crate::editor::Completions;
use crate::error::Run;
use crate::shell::Shell;

/// The status by which a function says that specifications have changed.
const RETRY: i32 = 124;

impl Shell {
    /// What the specification of the command offers; `None` where there is none, or it leaves the rest to files.
    pub(super) fn programmed(&mut self, line: &str, at: usize, typed: &Typed) -> Run<Option<Completions>> {
        let (Some(name), Some(word)) = (typed.words.first(), typed.words.last()) else { return Ok(None) };
        let mut found = Vec::new();
        let mut spec = Spec::default();
        for _ in 0..10 {
            let base = name.text.rsplit(|b| *b == b'/').next().unwrap_or_default();
            let specs = &self.completions.specs;
            let Some(chosen) = specs.get(&name.text).or_else(|| specs.get(base)).or_else(|| specs.get(&b"-D"[..]))
            else {
                return Ok(None);
            };
            spec = chosen.clone();
            self.set("COMP_LINE", line);
            self.set("COMP_POINT", at.to_string());
            self.set("COMP_KEY", "9");
            self.set("COMP_TYPE", "9");
            let source = line.as_bytes();
            self.set_array("COMP_WORDS", typed.words.iter().map(|w| source[w.start..w.end].to_vec()).collect());
            self.set("COMP_CWORD", (typed.words.len() - 1).to_string());
            let previous = typed.words.len().checked_sub(2).map(|at| typed.words[at].text.clone()).unwrap_or_default();
            self.completions.current = Some(spec.options.clone());
            let result = self.complete_word(&spec, &word.text, &name.text, &previous);
            if let Some(options) = self.completions.current.take() {
                spec.options = options;
            }
            found = result?;
            if self.state.status != RETRY {
                break;
            }
        }
        for name in ["COMP_LINE", "COMP_POINT", "COMP_KEY", "COMP_TYPE", "COMP_WORDS", "COMP_CWORD"] {
            self.state.variables.replace(crate::symbol::Symbol::new(name.as_bytes()), None);
        }
        let has = |name: &str| spec.options.iter().any(|option| option == name);
        if found.is_empty() {
            if has("dirnames") {
                return Ok(Some(self.file_completions(word, false, true)));
            }
            return Ok(if has("default") || has("bashdefault") { None } else { Some(Completions::default()) });
        }
        if !has("nosort") {
            found.sort();
        }
        let files = has("filenames") || spec.actions.iter().any(|action| matches!(&action[..], "file" | "directory"));
        let end = if has("nospace") { "" } else { " " };
        let candidates = found
            .iter()
            .map(|text| {
                let folder = files && vivarium_sys::fs::stat(&text[..]).is_ok_and(|stat| stat.is_directory());
                let end = if folder { "/" } else { end };
                if files && !has("noquote") {
                    quoted(text, text, word, end)
                } else {
                    let text = String::from_utf8_lossy(text).into_owned();
                    crate::editor::Candidate { shown: text.clone(), text, end }
                }
            })
            .collect();
        let mut start = word.start;
        // Functions answer for the part after the last break (COMP_WORDBREAKS).
        if let Some(at) = word.text.iter().rposition(|b| matches!(b, b'=' | b':'))
            && word.quote.is_none()
            && !found.iter().any(|text| text.starts_with(&word.text[..=at]))
        {
            start = word.end - (word.text.len() - at - 1);
        }
        Ok(Some(Completions { start, candidates }))
    }
}
