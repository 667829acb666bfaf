//! The command line of `node`: which arguments are options of Node itself, and what they say.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::bundle::Bundle;

/// What an option was set to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<String>),
}

/// Options set by the command line or by `NODE_OPTIONS`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    set: BTreeMap<String, Setting>,
    v8: Vec<String>,
}

/// Options that are a process' as a whole, which a Worker cannot be given.
const OF_THE_PROCESS: [&str; 30] = [
    "--title",
    "--trace-event-categories",
    "--trace-event-file-pattern",
    "--v8-pool-size",
    "--zero-fill-buffers",
    "--debug-arraybuffer-allocations",
    "--disable-proto",
    "--node-snapshot",
    "--snapshot-blob",
    "--security-revert",
    "--completion-bash",
    "--help",
    "--version",
    "--v8-options",
    "--report-compact",
    "--report-dir",
    "--report-filename",
    "--report-on-fatalerror",
    "--icu-data-dir",
    "--openssl-config",
    "--tls-cipher-list",
    "--use-openssl-ca",
    "--use-bundled-ca",
    "--enable-fips",
    "--force-fips",
    "--secure-heap",
    "--secure-heap-min",
    "--openssl-legacy-provider",
    "--openssl-shared-config",
    "--trace-sigint",
];

/// A command line taken apart.
#[derive(Debug, Default)]
pub(crate) struct CommandLine {
    pub(crate) options: Options,
    /// Options as they were given, `process.execArgv`.
    pub(crate) exec_arguments: Vec<String>,
    /// The rest: the script and its arguments.
    pub(crate) arguments: Vec<String>,
}

/// Why a command line is refused. Node ends with status 9 then.
#[derive(Debug, thiserror::Error, PartialEq)]
pub(crate) enum OptionError {
    #[error("bad option: {0}")]
    Unknown(String),
    #[error("{0} requires an argument")]
    NeedsArgument(String),
    #[error("{0} is an invalid negation because it is not a boolean option")]
    Negation(String),
    #[error("{0} is not allowed in NODE_OPTIONS")]
    NotInEnvironment(String),
    #[error("invalid value for NODE_OPTIONS ({0})")]
    Quoting(&'static str),
    #[error("either --check or --eval can be used, not both")]
    CheckAndEval,
}

impl OptionError {
    /// As Node lists it among the invalid flags of a Worker.
    pub(crate) fn in_list(&self) -> String {
        match self {
            Self::Unknown(option) => option.clone(),
            other => other.to_string(),
        }
    }
}

/// Kinds of options, by the numbers of `internalBinding('options').types`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    NoOp,
    V8,
    Boolean,
    Number,
    Text,
    List,
}

/// What Node knows of its options.
pub(crate) struct Known {
    info: Json,
}

impl Known {
    pub(crate) fn new(bundle: &Bundle) -> Self {
        let mut data = bundle.data("options");
        Self { info: data["info"].take() }
    }

    fn option(&self, name: &str) -> Option<(Kind, bool)> {
        let options = self.info["options"]["$map"].as_array()?;
        let entry = options.iter().find(|entry| entry[0] == name)?;
        let kind = match entry[1]["type"].as_u64()? {
            0 => Kind::NoOp,
            1 => Kind::V8,
            2 => Kind::Boolean,
            3 | 4 => Kind::Number,
            7 => Kind::List,
            _ => Kind::Text,
        };
        Some((kind, entry[1]["envVarSettings"] == 0))
    }

    fn alias(&self, name: &str) -> Option<Vec<String>> {
        let aliases = self.info["aliases"]["$map"].as_array()?;
        let entry = aliases.iter().find(|entry| entry[0] == name)?;
        Some(entry[1].as_array()?.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }
}

impl Options {
    /// Options that were set, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.set.iter().map(|(key, setting)| (key.as_str(), setting))
    }

    /// V8's own options, which are not Node's.
    pub(crate) fn v8(&self) -> &[String] {
        &self.v8
    }

    /// Whether a boolean option is on; `false` where it was not given, but for those that are on by default.
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.set.get(name) {
            Some(Setting::Flag(value)) => *value,
            _ => matches!(name, "--extra-info-on-fatal-exception" | "--warnings"),
        }
    }

    /// The text of an option, where it was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.set.get(name) {
            Some(Setting::Text(value)) => Some(value),
            _ => None,
        }
    }

    /// The value of a numeric option, where it was given.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        match self.set.get(name) {
            Some(Setting::Number(value)) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    pub(crate) fn set_flag(&mut self, name: &str, value: bool) {
        self.set.insert(name.to_owned(), Setting::Flag(value));
    }

    /// As flags that would set them again.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for (name, setting) in &self.set {
            match setting {
                Setting::Flag(true) => flags.push(name.clone()),
                Setting::Flag(false) => flags.push(name.replacen("--", "--no-", 1)),
                Setting::Number(value) => flags.push(format!("{name}={value}")),
                Setting::Text(value) => flags.push(format!("{name}={value}")),
                Setting::List(values) => flags.extend(values.iter().map(|value| format!("{name}={value}"))),
            }
        }
        flags
    }
}

/// Takes a command line apart; `arguments` without the command's own name.
pub(crate) fn parse(
    known: &Known,
    arguments: &[String],
    environment: Option<&str>,
) -> Result<CommandLine, OptionError> {
    let mut line = CommandLine::default();
    if let Some(text) = environment {
        let mut from_environment = CommandLine::default();
        parse_into(known, &mut from_environment, split_environment(text)?, true)?;
        line.options = from_environment.options;
        if let Some(first) = from_environment.arguments.first() {
            return Err(OptionError::NotInEnvironment(first.clone()));
        }
    }
    parse_into(known, &mut line, arguments.to_vec(), false)?;
    imply(&mut line.options);
    if line.options.flag("--check") && line.options.flag("[has_eval_string]") {
        return Err(OptionError::CheckAndEval);
    }
    Ok(line)
}

fn parse_into(
    known: &Known,
    line: &mut CommandLine,
    arguments: Vec<String>,
    in_environment: bool,
) -> Result<(), OptionError> {
    let mut rest: std::collections::VecDeque<(String, bool)> = arguments.into_iter().map(|text| (text, true)).collect();
    while let Some((argument, given)) = rest.pop_front() {
        if argument == "-" || !argument.starts_with('-') {
            line.arguments.push(argument);
            break;
        }
        if given {
            line.exec_arguments.push(argument.clone());
        }
        if argument == "--" {
            if given {
                line.exec_arguments.pop();
            }
            break;
        }
        let (mut name, mut value) = match argument.split_once('=') {
            Some((name, value)) if argument.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (argument.clone(), None),
        };
        if name.starts_with("--") {
            name = name.replace('_', "-");
        }
        // An alias may need an argument behind it: `--print <arg>` stands for `-pe`.
        let has_next = rest.front().is_some_and(|(next, _)| !next.starts_with('-') || next == "-");
        let with_value = value.is_some().then(|| known.alias(&format!("{name}="))).flatten();
        let with_next = (value.is_none() && has_next).then(|| known.alias(&format!("{name} <arg>"))).flatten();
        if let Some(expanded) = with_value.or(with_next).or_else(|| known.alias(&name)) {
            let last = expanded.len().saturating_sub(1);
            for (index, text) in expanded.into_iter().enumerate().rev() {
                let text = match (&value, index == last) {
                    (Some(value), true) if text.starts_with("--") => format!("{text}={value}"),
                    _ => text,
                };
                rest.push_front((text, false));
            }
            continue;
        }
        let mut negated = false;
        let mut found = known.option(&name);
        if found.is_none_or(|(kind, _)| kind != Kind::Boolean)
            && let Some(positive) = name.strip_prefix("--no-").map(|rest| format!("--{rest}"))
            && let Some(option) = known.option(&positive)
        {
            if option.0 != Kind::Boolean && option.0 != Kind::V8 && option.0 != Kind::NoOp {
                return Err(OptionError::Negation(argument));
            }
            if option.0 == Kind::Boolean {
                negated = true;
                name = positive;
            }
            found = Some(option);
        }
        let Some((kind, in_environment_too)) = found else {
            // What is neither Node's nor V8's is refused, but V8's are too many to know: those it can check itself.
            if is_v8_option(&name) && !in_environment {
                line.options.v8.push(argument);
                continue;
            }
            return Err(OptionError::Unknown(argument));
        };
        if in_environment && !in_environment_too {
            return Err(OptionError::NotInEnvironment(argument));
        }
        match kind {
            Kind::NoOp => continue,
            Kind::V8 => {
                line.options.v8.push(argument);
                continue;
            }
            Kind::Boolean => {
                line.options.set.insert(name, Setting::Flag(!negated));
                continue;
            }
            _ => {}
        }
        if value.is_none() {
            match rest.front() {
                Some((next, _)) if !next.starts_with('-') || next.len() == 1 || next.starts_with("\\-") => {
                    let (next, given) = rest.pop_front().expect("it was looked at");
                    if given {
                        line.exec_arguments.push(next.clone());
                    }
                    value = Some(
                        next.strip_prefix('\\')
                            .filter(|rest| rest.starts_with('-'))
                            .map_or(next.clone(), str::to_owned),
                    );
                }
                // `node -p` and `node -pe` alone wait for standard input.
                _ if name == "--eval" => {
                    return Err(OptionError::NeedsArgument(argument));
                }
                _ => return Err(OptionError::NeedsArgument(argument)),
            }
        }
        let value = value.unwrap_or_default();
        match kind {
            Kind::Number => {
                line.options.set.insert(name, Setting::Number(value.parse().unwrap_or(0.0)));
            }
            Kind::List => match line.options.set.entry(name).or_insert_with(|| Setting::List(Vec::new())) {
                Setting::List(values) => values.push(value),
                other => *other = Setting::List(vec![value]),
            },
            _ => {
                if name == "--eval" {
                    line.options.set_flag("[has_eval_string]", true);
                }
                line.options.set.insert(name, Setting::Text(value));
            }
        }
    }
    line.arguments.extend(rest.into_iter().map(|(text, _)| text));
    Ok(())
}

/// Options of a Worker: those it inherits or, where it is given arguments of its own, those; `environment` is its
/// `NODE_OPTIONS`. Neither V8's options nor the process' may be given. An error comes with whether it is the environment's.
pub(crate) fn parse_for_thread(
    known: &Known,
    inherited: Option<&Options>,
    arguments: &[String],
    environment: Option<&str>,
) -> Result<Options, (OptionError, bool)> {
    let mut line = CommandLine { options: inherited.cloned().unwrap_or_default(), ..CommandLine::default() };
    if let Some(text) = environment {
        let words = split_environment(text).map_err(|error| (error, true))?;
        parse_into(known, &mut line, words, true).map_err(|error| (error, true))?;
    }
    let of_the_process = arguments.iter().find(|argument| {
        let name = argument.split_once('=').map_or(argument.as_str(), |(name, _)| name);
        OF_THE_PROCESS.contains(&name.replace('_', "-").as_str())
    });
    if let Some(argument) = of_the_process {
        return Err((OptionError::Unknown(argument.clone()), false));
    }
    parse_into(known, &mut line, arguments.to_vec(), false).map_err(|error| (error, false))?;
    if !line.options.v8.is_empty() && inherited.is_none() {
        // V8's are the process'.
        return Err((OptionError::Unknown(line.options.v8.swap_remove(0)), false));
    }
    imply(&mut line.options);
    Ok(line.options)
}

/// Options that follow from others.
fn imply(options: &mut Options) {
    if options.flag("--print") && options.has("--eval") {
        options.set_flag("[has_eval_string]", true);
    }
    let implied: [(&str, &str); 8] = [
        ("--trace-uncaught", "--trace-uncaught"),
        ("--test-only", "--test"),
        ("--watch-path", "--watch"),
        ("--experimental-test-coverage", "--test"),
        ("--trace-sigint", "--trace-sigint"),
        ("--trace-env-js-stack", "--trace-env"),
        ("--trace-env-native-stack", "--trace-env"),
        ("--experimental-transform-types", "--strip-types"),
    ];
    for (given, also) in implied {
        if given != also && options.has(given) && given != "--test-only" && given != "--experimental-test-coverage" {
            options.set_flag(also, true);
        }
    }
}

/// Splits `NODE_OPTIONS` at spaces outside double quotes.
fn split_environment(text: &str) -> Result<Vec<String>, OptionError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_quotes = false;
    let mut started = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if in_quotes => word.push(characters.next().ok_or(OptionError::Quoting("invalid escape"))?),
            ' ' if !in_quotes => {
                if started {
                    words.push(std::mem::take(&mut word));
                    started = false;
                }
            }
            '"' => {
                in_quotes = !in_quotes;
                started = true;
            }
            other => {
                word.push(other);
                started = true;
            }
        }
    }
    if in_quotes {
        return Err(OptionError::Quoting("unterminated string"));
    }
    if started {
        words.push(word);
    }
    Ok(words)
}

/// V8's options that people give to `node` and that mean something for one isolate.
fn is_v8_option(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "--max-old-space-size",
        "--max-semi-space-size",
        "--stack-size",
        "--expose-gc",
        "--no-expose-gc",
        "--noexpose-gc",
        "--harmony",
        "--use-strict",
        "--allow-natives-syntax",
        "--jitless",
        "--stack-trace-limit",
    ];
    NAMES.contains(&name) || name.starts_with("--harmony-") || name.starts_with("--js-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_splits_at_spaces_outside_quotes() {
        let words = split_environment(r#"--require "./a b.js"  --no-warnings"#).expect("well formed");
        assert_eq!(words, ["--require", "./a b.js", "--no-warnings"]);
        assert_eq!(split_environment(r#""open"#), Err(OptionError::Quoting("unterminated string")));
    }
}
