//! POSIX regular expressions, basic and extended, with GNU's extensions (POSIX XBD 9), on the `regex` engines.
//!
//! A pattern is translated to the engines' own syntax. One without back-references runs in linear time; one with them, or in
//! Perl's syntax, on a backtracking engine. Matches are the leftmost and, of these, the longest.

mod backtracking;
mod translate;

use std::cell::RefCell;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::meta;
use regex_automata::nfa::thompson;
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use backtracking::Backtracking;

/// How a pattern is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// BRE.
    Basic,
    /// ERE.
    Extended,
    /// ERE with the escapes of awk, in brackets too.
    Awk,
    /// Every character stands for itself.
    Fixed,
    /// Perl's.
    Perl,
}

/// How patterns are read and what they match.
#[derive(Clone, Copy, Debug)]
pub struct Syntax {
    /// How the pattern is written.
    pub dialect: Dialect,
    /// Whether upper and lower case are one.
    pub ignore_case: bool,
    /// Whether characters are those of UTF-8; else bytes.
    pub utf8: bool,
    /// Whether a newline is matched by nothing but itself, and `^` and `$` are those of each line.
    pub lines: bool,
    /// What ends the lines that `^` and `$` are those of, where they are not those of the text.
    pub line_anchors: Option<u8>,
    /// Whether to refuse, as POSIX does, a repetition of nothing and a brace that begins no interval, which GNU grep and awk take
    /// for characters.
    pub strict: bool,
    /// Whether a match must be a whole line.
    pub whole: bool,
    /// Whether a match must not touch word characters.
    pub word: bool,
}

impl Syntax {
    /// With nothing special, in the process's locale.
    #[must_use]
    pub fn new(dialect: Dialect) -> Syntax {
        Syntax {
            dialect,
            ignore_case: false,
            utf8: locale_is_utf8(),
            lines: false,
            line_anchors: None,
            strict: false,
            whole: false,
            word: false,
        }
    }
}

impl Syntax {
    /// Whether neither `.` nor a list of what is not meant matches a newline.
    fn excludes_newline(&self) -> bool {
        self.lines || self.line_anchors.is_some()
    }
}

/// Whether the locale's characters are those of UTF-8. They are unless C or POSIX is asked for by name.
#[must_use]
pub fn locale_is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    !matches!(set.as_deref(), Some("C" | "POSIX"))
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Regex {
    engine: Engine,
    groups: usize,
}

#[derive(Debug)]
enum Engine {
    Linear { regex: meta::Regex, longest: Option<Box<Longest>> },
    Backtracking(Backtracking),
}

/// Finds where the longest match from a given start ends.
#[derive(Debug)]
struct Longest {
    dfa: DFA,
    cache: RefCell<Cache>,
    /// What finds the groups of the longest match.
    grouping: PikeVM,
}

/// Start and end of each group of a match, the whole one first.
pub type Groups = Vec<Option<(usize, usize)>>;

impl Regex {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in GNU's words.
    pub fn new(pattern: &[u8], syntax: &Syntax) -> Result<Regex, String> {
        Regex::any(&[pattern], syntax)
    }

    /// Compiles patterns of which any may match.
    ///
    /// # Errors
    /// What is wrong with the first that is.
    pub fn any<P: AsRef<[u8]>>(patterns: &[P], syntax: &Syntax) -> Result<Regex, String> {
        let mut all = String::new();
        let (mut ambiguous, mut backtracks) = (patterns.len() > 1, syntax.dialect == Dialect::Perl);
        let mut groups = 0;
        for (index, pattern) in patterns.iter().enumerate() {
            let translated = translate::translate(pattern.as_ref(), syntax, groups)?;
            groups += translated.groups;
            ambiguous |= translated.ambiguous;
            backtracks |= translated.back_references;
            if index > 0 {
                all.push('|');
            }
            all.push_str(&if patterns.len() > 1 { format!("(?:{})", translated.text) } else { translated.text });
        }
        if syntax.whole {
            all = if syntax.lines { format!("^(?:{all})$") } else { format!("\\A(?:{all})\\z") };
        } else if syntax.word {
            all = if backtracks {
                format!("(?<!\\w)(?:{all})(?!\\w)")
            } else {
                format!("\\b{{start-half}}(?:{all})\\b{{end-half}}")
            };
        }
        if backtracks {
            let engine = Backtracking::new(&all, syntax).map(Engine::Backtracking)?;
            return Ok(Regex { engine, groups });
        }
        let line_end = syntax.line_anchors.unwrap_or(b'\n');
        let config = syntax::Config::new()
            .line_terminator(line_end)
            .utf8(false)
            .unicode(syntax.utf8)
            .case_insensitive(syntax.ignore_case)
            .multi_line(syntax.excludes_newline())
            .dot_matches_new_line(!syntax.excludes_newline());
        let regex = meta::Regex::builder()
            .syntax(config)
            .configure(
                meta::Config::new()
                    .utf8_empty(false)
                    .line_terminator(line_end)
                    .nfa_size_limit(Some(64 << 20))
                    .hybrid_cache_capacity(8 << 20),
            )
            .build(&all)
            .map_err(|error| message(&error))?;
        let longest = if ambiguous { Longest::new(&all, config).map(Box::new) } else { None };
        Ok(Regex { engine: Engine::Linear { regex, longest }, groups })
    }

    /// How many groups it has; not counted in Perl's patterns.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Whether it runs in linear time, so that a long text need not be cut into lines first.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        matches!(self.engine, Engine::Linear { .. })
    }

    /// Whether it matches anywhere.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        match &self.engine {
            Engine::Linear { regex, .. } => regex.is_match(text),
            Engine::Backtracking(regex) => regex.find_at(text, 0).is_some(),
        }
    }

    /// The first match that starts at `at` or later; what is before counts for `^` and word boundaries.
    #[must_use]
    pub fn find_at(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        match &self.engine {
            Engine::Linear { regex, longest } => {
                let found = regex.search(&Input::new(text).range(at..))?;
                let end = longest.as_ref().and_then(|longest| longest.end(text, found.start()));
                Some((found.start(), end.unwrap_or(found.end())))
            }
            Engine::Backtracking(regex) => regex.find_at(text, at),
        }
    }

    /// Where a line with a match may be: a position in the first such line at `at` or later. Cheaper than [`Regex::find_at`].
    #[must_use]
    pub fn candidate_at(&self, text: &[u8], at: usize) -> Option<usize> {
        match &self.engine {
            Engine::Linear { regex, .. } => {
                regex.search_half(&Input::new(text).range(at..).earliest(true)).map(|half| half.offset())
            }
            Engine::Backtracking(regex) => regex.find_at(text, at).map(|(start, _)| start),
        }
    }

    /// As [`Regex::find_at`], with the groups.
    #[must_use]
    pub fn captures_at(&self, text: &[u8], at: usize) -> Option<Groups> {
        match &self.engine {
            Engine::Linear { regex, longest } => {
                let mut captures = regex.create_captures();
                regex.search_captures(&Input::new(text).range(at..), &mut captures);
                let whole = captures.get_match()?;
                if let Some(longest) = longest
                    && longest.end(text, whole.start()).is_some_and(|end| end != whole.end())
                {
                    return longest.groups(text, whole.start());
                }
                Some((0..captures.group_len()).map(|g| captures.get_group(g).map(|s| (s.start, s.end))).collect())
            }
            Engine::Backtracking(regex) => regex.captures_at(text, at),
        }
    }
}

impl Longest {
    fn new(pattern: &str, config: syntax::Config) -> Option<Longest> {
        let dfa = DFA::builder()
            .syntax(config)
            .thompson(thompson::Config::new().utf8(false))
            .configure(DFA::config().match_kind(MatchKind::All).unicode_word_boundary(true))
            .build(pattern)
            .ok()?;
        let cache = RefCell::new(dfa.create_cache());
        let grouping = PikeVM::builder()
            .syntax(config)
            .thompson(thompson::Config::new().utf8(false))
            .configure(PikeVM::config().match_kind(MatchKind::All))
            .build(pattern)
            .ok()?;
        Some(Longest { dfa, cache, grouping })
    }

    fn end(&self, text: &[u8], start: usize) -> Option<usize> {
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        let found = self.dfa.try_search_fwd(&mut self.cache.borrow_mut(), &input).ok()??;
        Some(found.offset())
    }

    /// The groups of the longest match from `start`.
    fn groups(&self, text: &[u8], start: usize) -> Option<Groups> {
        let mut captures = self.grouping.create_captures();
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        self.grouping.search(&mut self.grouping.create_cache(), &input, &mut captures);
        captures.get_match()?;
        Some((0..captures.group_len()).map(|g| captures.get_group(g).map(|s| (s.start, s.end))).collect())
    }
}

/// The engines' errors that a translated pattern can still have.
fn message(error: &meta::BuildError) -> String {
    if error.size_limit().is_some() {
        return "Regular expression too big".into();
    }
    match error.syntax_error() {
        Some(error) => format!("Invalid regular expression: {}", error.to_string().lines().last().unwrap_or_default()),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
