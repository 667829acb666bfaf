//! `${x@Q}` and its like.

use super::parameter::Found;
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::{Value, flag};
use crate::syntax::ast::{Parameter, ParameterName};
use crate::syntax::quote;
use crate::text;

impl Shell {
    pub(crate) fn transform(&mut self, parameter: &Parameter, found: Found, operator: u8) -> Run<Found> {
        if !b"UuLQEPAKak".contains(&operator) {
            return self.bad_substitution(parameter);
        }
        if matches!(operator, b'A' | b'a' | b'K' | b'k') {
            return self.transform_variable(parameter, found, operator);
        }
        match found {
            Found::Unset => Ok(Found::Unset),
            Found::Scalar(value) => Ok(Found::Scalar(self.transform_value(&value, operator)?)),
            Found::List { items, star } => {
                let mut changed = Vec::with_capacity(items.len());
                for item in items {
                    changed.push(self.transform_value(&item, operator)?);
                }
                Ok(Found::List { items: changed, star })
            }
        }
    }

    fn transform_value(&mut self, value: &[u8], operator: u8) -> Run<Vec<u8>> {
        Ok(match operator {
            b'U' => text::characters(value).flat_map(|c| text::change_case(c, true)).collect(),
            b'L' => text::characters(value).flat_map(|c| text::change_case(c, false)).collect(),
            b'u' => text::characters(value)
                .enumerate()
                .flat_map(|(i, c)| if i == 0 { text::change_case(c, true) } else { c.to_vec() })
                .collect(),
            b'Q' => quote::shell(value),
            b'E' => {
                let mut out = Vec::new();
                quote::unescape(value, false, &mut out);
                out
            }
            _ => self.expand_prompt(value)?,
        })
    }

    fn transform_variable(&mut self, parameter: &Parameter, found: Found, operator: u8) -> Run<Found> {
        let ParameterName::Variable(name) = parameter.name else {
            return Ok(match (found, operator) {
                (Found::List { items, .. }, b'A') if matches!(parameter.name, ParameterName::Special(_)) => {
                    let quoted: Vec<Vec<u8>> = items.iter().map(|item| quote::shell(item)).collect();
                    Found::Scalar([b"set -- ", &quoted.join(&b' ')[..]].concat())
                }
                (Found::List { items, star }, b'K' | b'k') => {
                    Found::List { items: items.iter().map(|item| quote::shell(item)).collect(), star }
                }
                (Found::Scalar(value), b'K' | b'k') => Found::Scalar(quote::shell(&value)),
                (found, _) => {
                    if operator == b'a' {
                        Found::Scalar(Vec::new())
                    } else {
                        found
                    }
                }
            });
        };
        let name = self.resolve(name).unwrap_or(name);
        let Some(variable) = self.state.variables.get(name).cloned() else { return Ok(Found::Unset) };
        let list = matches!(found, Found::List { .. });
        match operator {
            b'a' => {
                let letters = attribute_letters(variable.flags, &variable.value);
                Ok(match found {
                    // Of what was only declared, too.
                    Found::List { items, .. }
                        if items.is_empty() && (!variable.is_array() || variable.has(flag::NO_VALUE)) =>
                    {
                        Found::Scalar(letters)
                    }
                    Found::List { items, star } => {
                        Found::List { items: items.iter().map(|_| letters.clone()).collect(), star }
                    }
                    Found::Unset if !variable.is_array() && variable.flags & !flag::LOCAL == 0 => Found::Unset,
                    _ => Found::Scalar(letters),
                })
            }
            b'A' => {
                let letters = attribute_letters(variable.flags, &variable.value);
                if list {
                    return Ok(Found::Scalar(self.declaration(name, &variable)));
                }
                let Found::Scalar(value) = found else {
                    if letters.is_empty() {
                        return Ok(Found::Unset);
                    }
                    return Ok(Found::Scalar([b"declare -", &letters[..], b" ", name.name()].concat()));
                };
                let plain = [name.name(), b"=", &quote::shell(&value)[..]].concat();
                Ok(Found::Scalar(if letters.is_empty() {
                    plain
                } else {
                    [b"declare -", &letters[..], b" ", &plain].concat()
                }))
            }
            _ => {
                if !list {
                    return Ok(match found {
                        Found::Scalar(value) => Found::Scalar(quote::shell(&value)),
                        found => found,
                    });
                }
                let pairs: Vec<(Vec<u8>, Vec<u8>)> = match &variable.value {
                    Value::Indexed(array) => {
                        array.iter().map(|(k, v)| (k.to_string().into_bytes(), v.clone())).collect()
                    }
                    Value::Assoc(array) => array.entries().into_iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
                    _ => return Ok(found),
                };
                if operator == b'k' {
                    let star = matches!(found, Found::List { star: true, .. });
                    return Ok(Found::List { items: pairs.into_iter().flat_map(|(k, v)| [k, v]).collect(), star });
                }
                let assoc = matches!(variable.value, Value::Assoc(_));
                let shown: Vec<Vec<u8>> = pairs
                    .iter()
                    .map(|(k, v)| [&if assoc { quote::key(k) } else { k.clone() }[..], b" ", &quote::value(v)].concat())
                    .collect();
                let mut text = shown.join(&b' ');
                if assoc && !text.is_empty() {
                    text.push(b' ');
                }
                Ok(Found::Scalar(text))
            }
        }
    }
}

/// Attributes as `declare -p` shows them.
pub(crate) fn attribute_letters(flags: u16, value: &Value) -> Vec<u8> {
    let mut letters = Vec::new();
    match value {
        Value::Indexed(_) => letters.push(b'a'),
        Value::Assoc(_) => letters.push(b'A'),
        _ => {}
    }
    for (bit, letter) in [
        (flag::INTEGER, b'i'),
        (flag::NAMEREF, b'n'),
        (flag::READONLY, b'r'),
        (flag::TRACE, b't'),
        (flag::EXPORT, b'x'),
        (flag::CAPITAL, b'c'),
        (flag::LOWER, b'l'),
        (flag::UPPER, b'u'),
    ] {
        if flags & bit != 0 {
            letters.push(letter);
        }
    }
    letters
}
