//! A suite's description.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::Args;
use crate::expected::Expectations;
use crate::outcome::Style;

/// A public test suite.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) name: String,
    /// What the scoreboard calls it.
    pub(crate) title: String,
    /// The folder of its description.
    pub(crate) folder: PathBuf,
    /// The folder of its sources.
    pub(crate) source: PathBuf,
    /// What it tests, where that is one program.
    pub(crate) program: Option<String>,
    /// What that program is called natively.
    pub(crate) native_program: Option<String>,
    pub(crate) style: Style,
    /// Whether a unit passes too whose log is that of a native run, to the byte.
    pub(crate) like_native: bool,
    /// Seconds that a unit may take.
    pub(crate) timeout: u64,
    /// The units, by name.
    pub(crate) units: Vec<String>,
    pub(crate) expectations: Expectations,
}

/// The suites that the command line names, each with the units it names of them: none means all.
pub(crate) fn chosen(definitions: &Path, names: &[String]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut chosen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        let (suite, unit) = name.split_once('/').map_or((name.as_str(), None), |(suite, unit)| (suite, Some(unit)));
        chosen.entry(suite.to_owned()).or_default().extend(unit.map(str::to_owned));
    }
    if chosen.is_empty() {
        for entry in definitions.read_dir().with_context(|| format!("cannot read {}", definitions.display()))? {
            let entry = entry?;
            if entry.path().join("suite.conf").exists() {
                chosen.insert(entry.file_name().to_string_lossy().into_owned(), Vec::new());
            }
        }
    }
    Ok(chosen)
}

impl Suite {
    /// Reads a suite's description.
    pub(crate) fn load(args: &Args, name: &str) -> Result<Self> {
        let folder = args.definitions.join(name);
        let settings = settings(&folder.join("suite.conf"))?;
        let get = |key: &str| settings.get(key).map(String::as_str);
        let need = |key: &str| get(key).with_context(|| format!("suite.conf says nothing of '{key}'"));
        let source = args.sources.join(name);
        let style = get("results").unwrap_or("exit");
        let expectations = match std::fs::read_to_string(folder.join("expected")) {
            Ok(text) => text.parse().context("expected")?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Expectations::default(),
            Err(error) => return Err(error).context("expected"),
        };
        let suite = Self {
            name: name.to_owned(),
            title: need("title")?.to_owned(),
            program: get("program").map(str::to_owned),
            native_program: get("native-program").or(get("program")).map(str::to_owned),
            style: Style::from_word(style).with_context(|| format!("no kind of results '{style}'"))?,
            like_native: get("like-native") == Some("yes"),
            timeout: get("timeout").unwrap_or("60").parse().context("timeout")?,
            units: units(&source, need("units")?, get("strip").unwrap_or_default())?,
            folder: folder.canonicalize()?,
            source,
            expectations,
        };
        if suite.units.is_empty() {
            bail!("no tests in {}", suite.source.display());
        }
        Ok(suite)
    }
}

/// Lines of `key = value`.
fn settings(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (key, value) = line.split_once(" = ").with_context(|| format!("{}: '{line}'", path.display()))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// The files of a source tree that match any of `globs`, less `strip` at the beginning of their paths; `@FILE` stands for the
/// words in that file.
fn units(source: &Path, globs: &str, strip: &str) -> Result<Vec<String>> {
    let mut units = Vec::new();
    for word in globs.split_whitespace() {
        if let Some(list) = word.strip_prefix('@') {
            let path = source.join(list);
            let list = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            units.extend(list.split_whitespace().map(str::to_owned));
            continue;
        }
        let whole = source.join(word);
        for path in glob::glob(&whole.to_string_lossy())? {
            let path = path?;
            let name = path.strip_prefix(source)?.to_string_lossy().into_owned();
            units.push(name.strip_prefix(strip).unwrap_or(&name).to_owned());
        }
    }
    units.sort();
    units.dedup();
    Ok(units)
}
