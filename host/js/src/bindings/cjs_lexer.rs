//! `cjs_lexer`: the names a CommonJS module exports, found without running it, so that ES modules can import them by name.

use std::collections::HashMap;

use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("cjs_lexer").function("parse", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let found = scan(&arg_string(scope, &args, 0));
        let exports = v8::Set::new(scope);
        for name in &found.exports {
            let name = string(scope, name);
            exports.add(scope, name.into());
        }
        let reexports = strings(scope, &found.reexports);
        rv.set(array(scope, &[exports.into(), reexports]));
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

/// What was found.
#[derive(Debug, Default, PartialEq)]
struct Found {
    exports: Vec<String>,
    reexports: Vec<String>,
}

impl Found {
    fn export(&mut self, name: &str) {
        if !self.exports.iter().any(|other| other == name) {
            self.exports.push(name.to_owned());
        }
    }

    fn reexport(&mut self, name: &str) {
        if !self.reexports.iter().any(|other| other == name) {
            self.reexports.push(name.to_owned());
        }
    }
}

/// Words after which a slash begins a regular expression.
const BEFORE_EXPRESSION: [&str; 14] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "do",
    "else",
    "instanceof",
    "yield",
    "await",
];

/// Takes the source apart. Comments are dropped; regular expressions and templates become texts of no meaning.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source.strip_prefix("#!").map_or(source, |rest| &rest[rest.find('\n').unwrap_or(rest.len())..]);
    let mut new_line = false;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        if first.is_whitespace() {
            new_line |= first == '\n';
            rest = after;
        } else if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = rest[2..].find("*/").map_or("", |end| &rest[end + 4..]);
        } else if first.is_alphanumeric() || first == '_' || first == '$' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
            new_line = false;
        } else if first == '"' || first == '\'' || first == '`' {
            let (text, tail) = quoted(after, first);
            tokens.push(Token::Text(text));
            rest = tail;
            new_line = false;
        } else if first == '/' && begins_regular_expression(tokens.last(), new_line) {
            rest = skip_regular_expression(after);
            tokens.push(Token::Text(String::new()));
            new_line = false;
        } else {
            tokens.push(Token::Mark(first));
            rest = after;
            new_line = false;
        }
    }
    tokens
}

/// A string literal up to its closing quote; a template with substitutions has no meaning here.
fn quoted(source: &str, quote: char) -> (String, &str) {
    let mut text = String::new();
    let mut characters = source.char_indices();
    let mut depth = 0_usize;
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('u') => match unicode_escape(&source[at + 2..]) {
                    Some((character, length)) => {
                        text.push(character);
                        for _ in 0..length {
                            characters.next();
                        }
                    }
                    None => text.push('u'),
                },
                Some(escaped) => text.push(escaped),
                None => {}
            },
            '$' if quote == '`' && source[at + 1..].starts_with('{') => depth += 1,
            '}' if quote == '`' && depth > 0 => depth -= 1,
            '\n' if quote != '`' => return (text, &source[at..]),
            _ if character == quote && depth == 0 => return (text, &source[at + character.len_utf8()..]),
            _ => text.push(character),
        }
    }
    (text, "")
}

/// `XXXX` or `{X…}`, with how many characters it takes.
fn unicode_escape(source: &str) -> Option<(char, usize)> {
    if let Some(braced) = source.strip_prefix('{') {
        let end = braced.find('}')?;
        return Some((char::from_u32(u32::from_str_radix(&braced[..end], 16).ok()?)?, end + 2));
    }
    Some((char::from_u32(u32::from_str_radix(source.get(..4)?, 16).ok()?)?, 4))
}

fn begins_regular_expression(before: Option<&Token>, new_line: bool) -> bool {
    match before {
        None => true,
        Some(Token::Word(word)) => BEFORE_EXPRESSION.contains(&word.as_str()),
        Some(Token::Text(_)) => false,
        Some(Token::Mark(')' | ']')) => false,
        // The end of a block or of an object: a new line speaks for the former.
        Some(Token::Mark('}')) => new_line,
        Some(Token::Mark(_)) => true,
    }
}

fn skip_regular_expression(source: &str) -> &str {
    let mut in_class = false;
    let mut characters = source.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '\n' => return &source[at..],
            '/' if !in_class => {
                let rest = &source[at + 1..];
                return &rest[rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())..];
            }
            _ => {}
        }
    }
    ""
}

/// A cursor over the tokens.
struct Scanner<'a> {
    tokens: &'a [Token],
    /// Variables that hold a required module.
    required: HashMap<&'a str, &'a str>,
    found: Found,
}

impl<'a> Scanner<'a> {
    fn word(&self, at: usize) -> Option<&'a str> {
        match self.tokens.get(at)? {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn text(&self, at: usize) -> Option<&'a str> {
        match self.tokens.get(at)? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    fn mark(&self, at: usize, mark: char) -> bool {
        self.tokens.get(at) == Some(&Token::Mark(mark))
    }

    fn words(&self, at: usize, path: &[&str]) -> bool {
        path.iter().enumerate().all(|(index, word)| {
            self.word(at + 2 * index) == Some(word) && (index == 0 || self.mark(at + 2 * index - 1, '.'))
        })
    }

    /// Position behind `exports` or `module.exports`.
    fn exports_object(&self, at: usize) -> Option<usize> {
        if at > 0 && self.mark(at - 1, '.') {
            return None;
        }
        if self.words(at, &["module", "exports"]) {
            return Some(at + 3);
        }
        (self.word(at) == Some("exports")).then_some(at + 1)
    }

    /// The name in `require("name")`, and the position behind.
    fn require(&self, at: usize) -> Option<(&'a str, usize)> {
        let fits = self.word(at) == Some("require") && self.mark(at + 1, '(') && self.mark(at + 3, ')');
        fits.then(|| self.text(at + 2)).flatten().map(|name| (name, at + 4))
    }

    fn is_assignment(&self, at: usize) -> bool {
        self.mark(at, '=') && !self.mark(at + 1, '=') && !self.mark(at + 1, '>')
    }

    fn step(&mut self, at: usize) {
        if let Some(after) = self.exports_object(at) {
            self.after_exports(at, after);
        }
        match self.word(at) {
            Some("Object") if self.words(at, &["Object", "defineProperty"]) => self.define_property(at + 3),
            Some("Object") if self.words(at, &["Object", "keys"]) && self.mark(at + 3, '(') => {
                let module = self.word(at + 4).and_then(|variable| self.required.get(variable).copied());
                if let Some(module) = module
                    && self.mark(at + 5, ')')
                    && self.mark(at + 6, '.')
                    && self.word(at + 7) == Some("forEach")
                {
                    self.found.reexport(module);
                }
            }
            Some("__exportStar" | "__export") if self.mark(at + 1, '(') => {
                if let Some((module, _)) = self.require(at + 2) {
                    self.found.reexport(module);
                }
            }
            Some("var" | "let" | "const") if self.is_assignment(at + 2) => {
                // Perhaps within a helper: `_interopRequireWildcard(require("x"))`.
                let module = self.require(at + 3).or_else(|| self.require(at + 5));
                if let (Some(variable), Some((module, _))) = (self.word(at + 1), module) {
                    self.required.insert(variable, module);
                }
            }
            _ => {}
        }
    }

    fn after_exports(&mut self, at: usize, after: usize) {
        if self.mark(after, '.')
            && let Some(name) = self.word(after + 1)
            && self.is_assignment(after + 2)
        {
            self.found.export(name);
        } else if self.mark(after, '[')
            && let Some(name) = self.text(after + 1)
            && self.mark(after + 2, ']')
            && self.is_assignment(after + 3)
        {
            self.found.export(name);
        } else if self.word(at) == Some("module") && self.is_assignment(after) {
            // The whole object: what was re-exported before is gone.
            let mut value = after + 1;
            // `module.exports = exports = …`
            while let Some(next) = self.exports_object(value).filter(|next| self.is_assignment(*next)) {
                value = next + 1;
            }
            if let Some((module, _)) = self.require(value) {
                self.found.reexports.clear();
                self.found.reexport(module);
            } else if self.mark(value, '{') {
                self.found.reexports.clear();
                self.literal(value + 1);
            }
        }
    }

    /// `Object.defineProperty(exports, "name", { enumerable: true, get … })`
    fn define_property(&mut self, at: usize) {
        if !self.mark(at, '(') {
            return;
        }
        let Some(after) = self.exports_object(at + 1) else { return };
        let Some(name) = self.text(after + 1).filter(|_| self.mark(after, ',') && self.mark(after + 2, ',')) else {
            return;
        };
        if !self.mark(after + 3, '{') {
            return;
        }
        let mut member = after + 4;
        if self.word(member) == Some("enumerable") && self.mark(member + 1, ':') && self.mark(member + 3, ',') {
            member += 4;
        }
        if matches!(self.word(member), Some("value" | "get")) {
            self.found.export(name);
        }
    }

    /// Members of an object literal, as far as they are simple.
    fn literal(&mut self, mut at: usize) {
        loop {
            if self.mark(at, '.') && self.mark(at + 1, '.') && self.mark(at + 2, '.') {
                let Some((module, after)) = self.require(at + 3) else { return };
                self.found.reexport(module);
                at = after;
            } else {
                let Some(name) = self.word(at).or_else(|| self.text(at)) else { return };
                if self.mark(at + 1, ',') || self.mark(at + 1, '}') {
                    self.found.export(name);
                    at += 1;
                } else if self.mark(at + 1, ':') {
                    self.found.export(name);
                    at += 2;
                    at = match self.require(at) {
                        Some((_, after)) => after,
                        None => at + 1,
                    };
                } else {
                    return;
                }
            }
            if !self.mark(at, ',') {
                return;
            }
            at += 1;
        }
    }
}

fn scan(source: &str) -> Found {
    let tokens = tokens(source);
    let mut scanner = Scanner { tokens: &tokens, required: HashMap::new(), found: Found::default() };
    for at in 0..tokens.len() {
        scanner.step(at);
    }
    scanner.found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> (Vec<String>, Vec<String>) {
        let found = scan(source);
        (found.exports, found.reexports)
    }

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn assignments() {
        let source = "exports.a = exports.b = void 0; module.exports.c = 1; exports['d-e'] = 2; x.exports.no = 1; exports.f == 3";
        assert_eq!(names(source).0, list(&["a", "b", "c", "d-e"]));
    }

    #[test]
    fn literals_end_where_they_are_no_longer_simple() {
        let source = "module.exports = { a, 'b': c, d: require('x'), ...require('y'), e: f(), g }";
        assert_eq!(names(source), (list(&["a", "b", "d", "e"]), list(&["y"])));
    }

    #[test]
    fn properties_defined_by_compilers() {
        let source = "Object.defineProperty(exports, '__esModule', { value: true });
            Object.defineProperty(exports, \"a\", { enumerable: true, get: function () { return b.a; } });";
        assert_eq!(names(source).0, list(&["__esModule", "a"]));
    }

    #[test]
    fn other_modules_exported_again() {
        let source =
            "__exportStar(require('./a'), exports); var _b = require('./b'); Object.keys(_b).forEach(function (k) {});";
        assert_eq!(names(source).1, list(&["./a", "./b"]));
        assert_eq!(names("module.exports = require('./impl')").1, list(&["./impl"]));
        // What esbuild writes for those who only look.
        assert_eq!(names("0 && (module.exports = { a, b, ...require('c') });"), (list(&["a", "b"]), list(&["c"])));
    }

    #[test]
    fn comments_strings_and_regular_expressions_are_no_code() {
        let source = "// exports.no = 1\n/* exports.no = 1 */ var s = 'exports.no = 1', r = /exports.no = [/]/g, t = `exports.no = ${1}`; exports.yes = a / b / c;";
        assert_eq!(names(source).0, list(&["yes"]));
    }
}
