//! `${name:offset:length}`.

use super::Found;
use crate::error::Run;
use crate::shell::Shell;
use crate::state::variables::Value;
use crate::symbol::Symbol;
use crate::syntax::ast::{Arith, Parameter, ParameterName};
use crate::text;

impl Shell {
    pub(super) fn substring(
        &mut self,
        parameter: &Parameter,
        found: Found,
        offset: &Arith,
        length: Option<&Arith>,
    ) -> Run<Found> {
        let offset = self.arith_value(offset)?;
        let length_value = match length {
            Some(length) => Some((self.arith_value(length)?, length)),
            None => None,
        };
        let negative = |shell: &mut Shell, length: &Arith| {
            let text = length.text.trim_ascii();
            shell.complain([text, b": substring expression < 0"].concat());
            shell.abort(1)
        };
        // `${name[@]:offset}` of what is no array is that of its text.
        let found = match (found, parameter.name) {
            (Found::List { mut items, .. }, ParameterName::Variable(name))
                if items.len() == 1 && self.state.variables.get(name).is_some_and(|variable| !variable.is_array()) =>
            {
                Found::Scalar(items.pop().unwrap_or_default())
            }
            (found, _) => found,
        };
        match found {
            Found::Unset => Ok(Found::Unset),
            Found::Scalar(value) => {
                let total = text::length(&value) as i64;
                let start = if offset < 0 { total + offset } else { offset };
                if start < 0 || start > total {
                    return Ok(Found::Scalar(Vec::new()));
                }
                let end = match length_value {
                    None => total,
                    Some((length, arith)) if length < 0 => {
                        let end = total + length;
                        if end < start {
                            return negative(self, arith);
                        }
                        end
                    }
                    Some((length, _)) => start.saturating_add(length).min(total),
                };
                let from = text::offset(&value, start as usize);
                let to = text::offset(&value, end as usize);
                Ok(Found::Scalar(value[from..to.max(from)].to_vec()))
            }
            Found::List { items, star } => {
                let positional = matches!(parameter.name, ParameterName::Special(_));
                // `${@:0}` begins with $0; an array's offset is by index.
                let keyed: Vec<(i64, Vec<u8>)> = if positional {
                    let first = (0, self.state.arg0.to_vec());
                    std::iter::once(first)
                        .chain(items.into_iter().enumerate().map(|(i, v)| (i as i64 + 1, v)))
                        .collect()
                } else {
                    match parameter.name {
                        ParameterName::Variable(name) => self.indexed_items(name, items),
                        _ => items.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect(),
                    }
                };
                let last = keyed.last().map_or(0, |(key, _)| key + 1);
                let start = if offset < 0 { last + offset } else { offset };
                if start < 0 {
                    return Ok(Found::List { items: Vec::new(), star });
                }
                let count = match length_value {
                    None => usize::MAX,
                    Some((length, arith)) if length < 0 => return negative(self, arith),
                    Some((length, _)) => length as usize,
                };
                let items = keyed.into_iter().filter(|(key, _)| *key >= start).take(count).map(|(_, v)| v).collect();
                Ok(Found::List { items, star })
            }
        }
    }

    pub(super) fn indexed_items(&mut self, name: Symbol, items: Vec<Vec<u8>>) -> Vec<(i64, Vec<u8>)> {
        let name = self.resolve(name).unwrap_or(name);
        match self.state.variables.get(name).map(|v| &v.value) {
            Some(Value::Indexed(array)) => array.iter().map(|(k, v)| (*k, v.clone())).collect(),
            _ => items.into_iter().enumerate().map(|(i, v)| (i as i64, v)).collect(),
        }
    }
}
