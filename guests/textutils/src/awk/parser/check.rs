//! What can only be told of a program as a whole, and of regular expressions.

use super::super::syntax::Line;
use super::Parser;

impl Parser<'_> {
    /// Says what is wrong with the use of functions.
    pub(super) fn check(&mut self) {
        let mut wrong: Vec<(Line, String)> = Vec::new();
        for function in &self.program.functions {
            let name = &function.name;
            if function.body.is_none() {
                if self.global_names.contains_key(name) {
                    wrong.push((function.line, format!("attempt to use non-function `{name}' in function call")));
                } else if self.settings.lint {
                    eprintln!("{}: warning: function `{name}' called but never defined", self.settings.name);
                }
            } else if let Some(line) = self.global_names.get(name).and_then(|index| self.used.get(index)) {
                let message = format!(
                    "function `{name}' called with space between name and `(',\nor used as a variable or an array"
                );
                wrong.push((*line, message));
            }
        }
        for (line, message) in wrong {
            self.error(line, &message);
        }
        if self.settings.lint {
            self.check_shadows();
        }
        for index in 0..self.program.functions.len() {
            if !self.settings.posix {
                break;
            }
            let function = &self.program.functions[index];
            let clash = function.parameters.iter().find(|p| **p != function.name && self.functions.contains_key(*p));
            if let Some(parameter) = clash {
                let name = &self.settings.name;
                let function = &function.name;
                eprintln!(
                    "{name}: error: function `{function}': cannot use function `{parameter}' as a parameter name"
                );
                self.errors += 1;
            }
        }
    }

    /// Says which parameters have the names of variables.
    fn check_shadows(&self) {
        for function in &self.program.functions {
            let mut shadows: Vec<&String> =
                function.parameters.iter().filter(|parameter| self.global_names.contains_key(*parameter)).collect();
            shadows.sort();
            for parameter in shadows {
                let name = &function.name;
                self.warn(
                    function.line,
                    &format!("function `{name}': parameter `{parameter}' shadows global variable"),
                );
            }
        }
    }

    /// Warns of escapes that mean nothing in a regular expression, once each.
    pub(super) fn check_escapes(&mut self, pattern: &[u8]) {
        const KNOWN: &[u8] = b"<>`'BywWsS{}()|*+?.^$\\[]/-abfnrtvx01234567\n&";
        let mut bytes = pattern.iter();
        while let Some(byte) = bytes.next() {
            if *byte != b'\\' {
                continue;
            }
            let Some(&escape) = bytes.next() else { return };
            if !escape.is_ascii() || (KNOWN.contains(&escape) && escape != b'&') || !self.escapes.insert(escape) {
                continue;
            }
            let shown = char::from(escape);
            let message = match escape {
                b'8' | b'9' => format!("regexp escape sequence `\\{shown}' treated as plain `{shown}'"),
                _ => format!("regexp escape sequence `\\{shown}' is not a known regexp operator"),
            };
            self.warn(self.line(), &message);
        }
    }
}
