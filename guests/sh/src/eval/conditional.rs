//! `[[ … ]]`.

use crate::error::Run;
use crate::expand::pattern;
use crate::shell::Shell;
use crate::syntax::ast::{Conditional, Word};
use crate::syntax::quote;

impl Shell {
    /// The value; `None` after an error, which has been told.
    pub(crate) fn conditional(&mut self, expression: &Conditional) -> Run<Option<bool>> {
        match expression {
            Conditional::And(left, right) => Ok(match self.conditional(left)? {
                Some(true) => self.conditional(right)?,
                other => other,
            }),
            Conditional::Or(left, right) => Ok(match self.conditional(left)? {
                Some(false) => self.conditional(right)?,
                other => other,
            }),
            Conditional::Not(inner) => Ok(self.conditional(inner)?.map(|value| !value)),
            Conditional::Group(inner) => self.conditional(inner),
            Conditional::Word(word) => {
                let text = self.expand_string(word)?;
                self.trace_conditional(&[b"-n", &shown(&text)])?;
                Ok(Some(!text.is_empty()))
            }
            Conditional::Unary(operator, word) => {
                let text = self.expand_string(word)?;
                self.trace_conditional(&[operator, &shown(&text)])?;
                self.unary_test(operator[1], &text).map(Some)
            }
            Conditional::Binary(left, operator, right) => self.binary_conditional(left, operator, right),
        }
    }

    fn trace_conditional(&mut self, words: &[&[u8]]) -> Run {
        if self.state.options.xtrace {
            let text = [b"[[ ", &words.join(&b' ')[..], b" ]]"].concat();
            self.trace(&text)?;
        }
        Ok(())
    }

    fn binary_conditional(&mut self, left: &Word, operator: &[u8], right: &Word) -> Run<Option<bool>> {
        let text = self.expand_string(left)?;
        match operator {
            b"=" | b"==" | b"!=" => {
                let pattern = self.expand_pattern(right)?;
                if self.state.options.xtrace {
                    let shown_pattern = if pattern.is_empty() { b"''".to_vec() } else { pattern.clone() };
                    self.trace_conditional(&[&shown(&text), operator, &shown_pattern])?;
                }
                let rules = pattern::Rules { extglob: true, ..self.rules(true) };
                Ok(Some(pattern::matches(&pattern, &text, rules) == (operator != b"!=")))
            }
            b"=~" => {
                let field = self.expand_single(right, crate::expand::word::Tilde::Word)?;
                let regex = field.regex();
                if self.state.options.xtrace {
                    self.trace_conditional(&[&shown(&text), operator, &regex])?;
                }
                self.regex_match(&text, &regex)
            }
            _ => {
                let other = self.expand_string(right)?;
                self.trace_conditional(&[&shown(&text), operator, &shown(&other)])?;
                match operator {
                    b"<" => Ok(Some(text < other)),
                    b">" => Ok(Some(text > other)),
                    b"-nt" | b"-ot" | b"-ef" => Ok(Some(super::test::compare_files(operator, &text, &other))),
                    _ => {
                        let (Some(left), Some(right)) =
                            (self.try_evaluate_text(&text)?, self.try_evaluate_text(&other)?)
                        else {
                            return Ok(Some(false));
                        };
                        Ok(Some(super::test::compare_numbers(operator, left, right)))
                    }
                }
            }
        }
    }

    /// `=~`: sets BASH_REMATCH.
    fn regex_match(&mut self, text: &[u8], regex: &[u8]) -> Run<Option<bool>> {
        match crate::regex::Regex::new(regex, self.state.shopts.nocasematch) {
            Ok(regex) => {
                let groups = regex.matches(text);
                let found = groups.is_some();
                let values = groups
                    .unwrap_or_default()
                    .into_iter()
                    .map(|range| range.map_or_else(Vec::new, |r| text[r].to_vec()))
                    .collect();
                self.set_array("BASH_REMATCH", values);
                Ok(Some(found))
            }
            Err(_) => Ok(None),
        }
    }
}

/// A word as the trace shows it.
fn shown(text: &[u8]) -> Vec<u8> {
    quote::traced(text)
}
