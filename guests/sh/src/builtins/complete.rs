//! Programmable completion: `complete`, `compgen`, `compopt`.

use std::collections::BTreeMap;

use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::quote;

/// How a command's arguments are completed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spec {
    pub(crate) actions: Vec<String>,
    pub(crate) options: Vec<String>,
    pub(crate) glob: Option<Vec<u8>>,
    pub(crate) words: Option<Vec<u8>>,
    pub(crate) function: Option<Vec<u8>>,
    pub(crate) command: Option<Vec<u8>>,
    pub(crate) filter: Option<Vec<u8>>,
    pub(crate) prefix: Option<Vec<u8>>,
    pub(crate) suffix: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
pub(crate) struct Completions {
    pub(crate) specs: BTreeMap<Vec<u8>, Spec>,
    /// Options of the completion at work, which `compopt` changes.
    pub(crate) current: Option<Vec<String>>,
}

const LETTERS: [(u8, &str); 11] = [
    (b'a', "alias"),
    (b'b', "builtin"),
    (b'c', "command"),
    (b'd', "directory"),
    (b'e', "export"),
    (b'f', "file"),
    (b'g', "group"),
    (b'j', "job"),
    (b's', "service"),
    (b'u', "user"),
    (b'v', "variable"),
];

const ACTIONS: [&str; 24] = [
    "alias",
    "arrayvar",
    "binding",
    "builtin",
    "command",
    "directory",
    "disabled",
    "enabled",
    "export",
    "file",
    "function",
    "group",
    "helptopic",
    "hostname",
    "job",
    "keyword",
    "running",
    "service",
    "setopt",
    "shopt",
    "signal",
    "stopped",
    "user",
    "variable",
];

const OPTIONS: [&str; 8] =
    ["bashdefault", "default", "dirnames", "filenames", "noquote", "nosort", "nospace", "plusdirs"];

/// A specification, letters that are no part of it, and the words left; a status where the options are wrong.
type Parsed = Result<(Spec, Vec<u8>, Vec<Vec<u8>>), i32>;

/// What the options say.
fn parse(shell: &mut Shell, words: &[Vec<u8>], extra: &'static str) -> Run<Parsed> {
    let mut spec = Spec::default();
    let mut flags = Vec::new();
    let mut arguments = super::Options::new(words, extra);
    loop {
        match arguments.next() {
            super::Next::End => break,
            super::Next::Unknown(option) => return Ok(Err(shell.invalid_option(&option))),
            super::Next::Missing(letter) => {
                shell.builtin_error(format!("-{}: option requires an argument", letter as char));
                return Ok(Err(shell.usage()));
            }
            super::Next::Option { letter, argument, .. } => {
                let argument = argument.unwrap_or_default();
                let text = String::from_utf8_lossy(&argument).into_owned();
                match letter {
                    b'A' if ACTIONS.contains(&text.as_str()) => spec.actions.push(text),
                    b'A' => {
                        shell.builtin_error(format!("{text}: invalid action name"));
                        return Ok(Err(2));
                    }
                    b'o' if OPTIONS.contains(&text.as_str()) => spec.options.push(text),
                    b'o' => {
                        shell.builtin_error(format!("{text}: invalid option name"));
                        return Ok(Err(2));
                    }
                    b'G' => spec.glob = Some(argument),
                    b'W' => spec.words = Some(argument),
                    b'F' => spec.function = Some(argument),
                    b'C' => spec.command = Some(argument),
                    b'X' => spec.filter = Some(argument),
                    b'P' => spec.prefix = Some(argument),
                    b'S' => spec.suffix = Some(argument),
                    letter => match LETTERS.iter().find(|(known, _)| *known == letter) {
                        Some((_, action)) => spec.actions.push((*action).to_string()),
                        None if letter == b'k' => spec.actions.push("keyword".to_string()),
                        None => flags.push(letter),
                    },
                }
            }
        }
    }
    Ok(Ok((spec, flags, arguments.rest().to_vec())))
}

pub(super) fn complete(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (spec, flags, mut names) = match parse(shell, words, "abcdefgjksuvprDEIo:A:G:W:F:C:X:P:S:")? {
        Ok(parsed) => parsed,
        Err(status) => return Ok(status),
    };
    for (flag, name) in [(b'D', &b"-D"[..]), (b'E', b"-E"), (b'I', b"-I")] {
        if flags.contains(&flag) {
            names = vec![name.to_vec()];
        }
    }
    if flags.contains(&b'r') {
        if names.is_empty() {
            shell.completions.specs.clear();
        }
        let mut status = 0;
        for name in names {
            if shell.completions.specs.remove(&name).is_none() {
                shell.builtin_error([&name[..], b": no completion specification"].concat());
                status = 1;
            }
        }
        return Ok(status);
    }
    if flags.contains(&b'p') || words.len() == 1 {
        let mut status = 0;
        let chosen: Vec<Vec<u8>> =
            if names.is_empty() { shell.completions.specs.keys().cloned().collect() } else { names };
        for name in chosen {
            match shell.completions.specs.get(&name).cloned() {
                Some(spec) => {
                    let text = show(&name, &spec);
                    shell.print(text);
                }
                None => {
                    shell.builtin_error([&name[..], b": no completion specification"].concat());
                    status = 1;
                }
            }
        }
        return Ok(status);
    }
    if names.is_empty() {
        return Ok(shell.usage());
    }
    for name in names {
        shell.completions.specs.insert(name, spec.clone());
    }
    Ok(0)
}

fn show(name: &[u8], spec: &Spec) -> Vec<u8> {
    let mut out = b"complete".to_vec();
    let mut add = |text: &[u8]| {
        out.push(b' ');
        out.extend_from_slice(text);
    };
    let mut options = spec.options.clone();
    options.sort();
    for option in options {
        add(format!("-o {option}").as_bytes());
    }
    for action in ACTIONS.iter().filter(|a| spec.actions.iter().any(|s| s == *a)) {
        match LETTERS.iter().find(|(_, known)| known == action) {
            Some((letter, _)) => add(&[b'-', *letter]),
            None if *action == "keyword" => add(b"-k"),
            None => add(format!("-A {action}").as_bytes()),
        }
    }
    for (letter, value) in [
        (b'G', &spec.glob),
        (b'W', &spec.words),
        (b'P', &spec.prefix),
        (b'S', &spec.suffix),
        (b'X', &spec.filter),
        (b'C', &spec.command),
    ] {
        if let Some(value) = value {
            add(&[&[b'-', letter, b' '][..], &quote::single(value)].concat());
        }
    }
    if let Some(function) = &spec.function {
        add(&[b"-F ", &function[..]].concat());
    }
    add(name);
    out.push(b'\n');
    out
}

pub(super) fn compgen(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (spec, _, rest) = match parse(shell, words, "abcdefgjksuvo:A:G:W:F:C:X:P:S:")? {
        Ok(parsed) => parsed,
        Err(status) => return Ok(status),
    };
    let word = rest.first().cloned().unwrap_or_default();
    let found = shell.complete_word(&spec, &word, b"compgen", b"")?;
    let status = i32::from(found.is_empty());
    for item in found {
        shell.print([&item[..], b"\n"].concat());
    }
    Ok(status)
}

pub(super) fn compopt(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let mut at = 1;
    let (mut on, mut off) = (Vec::new(), Vec::new());
    while let (Some(sign @ (b"-o" | b"+o")), Some(name)) = (words.get(at).map(Vec::as_slice), words.get(at + 1)) {
        let name = String::from_utf8_lossy(name).into_owned();
        if sign == b"-o" {
            on.push(name)
        } else {
            off.push(name)
        }
        at += 2;
    }
    let names = &words[at.min(words.len())..];
    if names.is_empty() {
        let Some(options) = &mut shell.completions.current else {
            shell.builtin_error("not currently executing completion function");
            return Ok(1);
        };
        options.retain(|option| !off.contains(option) && !on.contains(option));
        options.extend(on);
        return Ok(0);
    }
    for name in names {
        let Some(spec) = shell.completions.specs.get_mut(name) else {
            shell.builtin_error([&name[..], b": no completion specification"].concat());
            return Ok(1);
        };
        spec.options.retain(|option| !off.contains(option) && !on.contains(option));
        spec.options.extend(on.iter().cloned());
    }
    Ok(0)
}

impl Shell {
    /// The words that a specification offers for what has been typed.
    pub(crate) fn complete_word(
        &mut self,
        spec: &Spec,
        word: &[u8],
        command: &[u8],
        previous: &[u8],
    ) -> Run<Vec<Vec<u8>>> {
        let mut found: Vec<Vec<u8>> = Vec::new();
        for action in &spec.actions {
            let mut items = self.action_words(action, word);
            items.retain(|item| item.starts_with(word));
            items.sort();
            found.extend(items);
        }
        if let Some(glob) = &spec.glob {
            found.extend(self.glob_pattern(glob));
        }
        if let Some(words) = &spec.words {
            let line = self.state.line;
            if let Ok(parsed) = crate::syntax::Parser::new(words, line, self.settings()).operand() {
                let mut fields = crate::expand::fields::Fields::default();
                // Blanks of the list separate, as IFS says.
                for part in &parsed.parts {
                    match part {
                        crate::syntax::ast::Part::Literal(text) => fields.push_split(text, &self.ifs.clone()),
                        part => self.expand_parts(
                            std::slice::from_ref(part),
                            false,
                            crate::expand::word::Tilde::None,
                            &mut fields,
                        )?,
                    }
                }
                found.extend(fields.finish().into_iter().map(|f| f.text).filter(|w| w.starts_with(word)));
            }
        }
        if let Some(function) = &spec.function
            && let Some(function) = self.function(function)
        {
            self.state.variables.replace(crate::symbol::Symbol::new(b"COMPREPLY"), None);
            let name = function.name.name().to_vec();
            self.call(&function, vec![name, command.to_vec(), word.to_vec(), previous.to_vec()])?;
            let name = crate::symbol::Symbol::new(b"COMPREPLY");
            if let Some(crate::state::variables::Value::Indexed(array)) =
                self.state.variables.get(name).map(|v| v.value.clone())
            {
                found.extend(array.values().cloned());
            }
        }
        if let Some(filter) = &spec.filter {
            let (negated, pattern) = match filter.strip_prefix(b"!") {
                Some(rest) => (true, rest),
                None => (false, &filter[..]),
            };
            let rules = self.rules(false);
            found.retain(|item| crate::expand::pattern::matches(pattern, item, rules) == negated);
        }
        let (prefix, suffix) = (spec.prefix.clone().unwrap_or_default(), spec.suffix.clone().unwrap_or_default());
        Ok(found.into_iter().map(|item| [&prefix[..], &item, &suffix].concat()).collect())
    }

    pub(crate) fn action_words(&mut self, action: &str, word: &[u8]) -> Vec<Vec<u8>> {
        let texts = |names: Vec<&str>| names.into_iter().map(|n| n.as_bytes().to_vec()).collect::<Vec<_>>();
        let builtins = || super::BUILTINS.iter().map(|b| b.name.as_bytes().to_vec()).collect::<Vec<_>>();
        match action {
            "alias" => self.state.aliases.keys().cloned().collect(),
            "builtin" | "helptopic" => builtins(),
            "enabled" => builtins().into_iter().filter(|b| !self.state.disabled.contains(b)).collect(),
            "disabled" => self.state.disabled.clone(),
            "function" => self.state.functions.keys().map(|n| n.name().to_vec()).collect(),
            "keyword" => texts(vec![
                "!", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if",
                "in", "select", "then", "time", "until", "while", "{", "}",
            ]),
            "setopt" => texts(crate::state::options::Options::NAMES.iter().map(|(n, _)| *n).collect()),
            "shopt" => texts(crate::state::options::Shopts::NAMES.to_vec()),
            "signal" => {
                (1..=64).filter(|n| !matches!(n, 32 | 33)).map(|n| crate::eval::trap::name(n).into_bytes()).collect()
            }
            "variable" | "export" | "arrayvar" => {
                let all = self.state.variables.sorted();
                let wanted = all.into_iter().filter(|(_, v)| match action {
                    "export" => v.has(crate::state::variables::flag::EXPORT),
                    "arrayvar" => v.is_array(),
                    _ => v.is_set() || v.has(crate::state::variables::flag::DYNAMIC),
                });
                wanted.map(|(n, _)| n.name().to_vec()).collect()
            }
            "command" => {
                let mut names = builtins();
                names.extend(self.state.functions.keys().map(|n| n.name().to_vec()));
                names.extend(self.state.aliases.keys().cloned());
                for dir in self.value("PATH").unwrap_or_default().split(|b| *b == b':') {
                    names.extend(
                        vivarium_sys::fs::read_directory(dir)
                            .unwrap_or_default()
                            .into_iter()
                            .map(|e| e.name)
                            .filter(|n| n.starts_with(word)),
                    );
                }
                names.sort();
                names.dedup();
                names
            }
            "file" | "directory" => {
                let pattern = [&quote::backslash(word)[..], b"*"].concat();
                let pattern = if word.is_empty() { b"*".to_vec() } else { pattern };
                let mut names = self.glob_pattern(&pattern);
                if action == "directory" {
                    names.retain(|name| vivarium_sys::fs::stat(name).is_ok_and(|s| s.is_directory()));
                }
                names
            }
            "user" => {
                let passwd = std::fs::read("/etc/passwd").unwrap_or_default();
                passwd
                    .split(|b| *b == b'\n')
                    .filter_map(|l| l.split(|b| *b == b':').next().map(<[u8]>::to_vec))
                    .filter(|n| !n.is_empty())
                    .collect()
            }
            "group" => {
                let group = std::fs::read("/etc/group").unwrap_or_default();
                group
                    .split(|b| *b == b'\n')
                    .filter_map(|l| l.split(|b| *b == b':').next().map(<[u8]>::to_vec))
                    .filter(|n| !n.is_empty())
                    .collect()
            }
            "job" | "running" | "stopped" => self
                .jobs
                .list
                .iter()
                .map(|job| job.text.split(|b| *b == b' ').next().unwrap_or_default().to_vec())
                .collect(),
            _ => Vec::new(),
        }
    }
}
