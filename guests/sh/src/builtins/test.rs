//! `test`, `[` (POSIX `test`): by the number of arguments, then as an expression.

use crate::error::Run;
use crate::eval::test::{compare_files, compare_numbers};
use crate::shell::Shell;
use crate::syntax::conditional::is_unary;

/// Why an expression is wrong: what is told of it.
type Eval = Run<Result<bool, Vec<u8>>>;

pub(super) fn bracket(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    match words.split_last() {
        Some((last, rest)) if last == b"]" && !rest.is_empty() => evaluate(shell, &rest[1..]),
        _ => {
            shell.builtin_error("missing `]'");
            Ok(2)
        }
    }
}

pub(super) fn test(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    evaluate(shell, &words[1..])
}

fn evaluate(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    match by_count(shell, words)? {
        Ok(value) => Ok(i32::from(!value)),
        Err(message) => {
            shell.builtin_error(message);
            Ok(2)
        }
    }
}

fn by_count(shell: &mut Shell, words: &[Vec<u8>]) -> Eval {
    match words {
        [] => Ok(Ok(false)),
        [one] => Ok(Ok(!one.is_empty())),
        [operator, operand] => {
            if operator == b"!" {
                return Ok(Ok(operand.is_empty()));
            }
            if is_unary(operator) || matches!(&operator[..], b"-a") {
                return unary(shell, operator, operand);
            }
            Ok(Err([&operator[..], b": unary operator expected"].concat()))
        }
        [left, operator, right] => {
            if is_binary(operator) {
                return binary(shell, left, operator, right);
            }
            match &operator[..] {
                b"-a" => return Ok(Ok(!left.is_empty() && !right.is_empty())),
                b"-o" => return Ok(Ok(!left.is_empty() || !right.is_empty())),
                _ => {}
            }
            if left == b"!" {
                return Ok(by_count(shell, &words[1..])?.map(|value| !value));
            }
            if left == b"(" && right == b")" {
                return Ok(Ok(!operator.is_empty()));
            }
            Ok(Err([&operator[..], b": binary operator expected"].concat()))
        }
        [first, rest @ ..] if words.len() == 4 && first == b"!" => Ok(by_count(shell, rest)?.map(|value| !value)),
        [first, middle @ .., last] if words.len() == 4 && first == b"(" && last == b")" => by_count(shell, middle),
        _ => {
            let mut at = 0;
            let value = or(shell, words, &mut at)?;
            Ok(match value {
                Ok(_) if words.get(at).is_some_and(|word| word.starts_with(b"-")) => {
                    Err([b"syntax error: `", &words[at][..], b"' unexpected"].concat())
                }
                Ok(_) if at < words.len() => Err(b"too many arguments".to_vec()),
                other => other,
            })
        }
    }
}

fn is_binary(text: &[u8]) -> bool {
    matches!(
        text,
        b"=" | b"=="
            | b"!="
            | b"<"
            | b">"
            | b"-eq"
            | b"-ne"
            | b"-lt"
            | b"-le"
            | b"-gt"
            | b"-ge"
            | b"-nt"
            | b"-ot"
            | b"-ef"
    )
}

fn or(shell: &mut Shell, words: &[Vec<u8>], at: &mut usize) -> Eval {
    let mut left = and(shell, words, at)?;
    while words.get(*at).is_some_and(|w| w == b"-o") {
        *at += 1;
        let right = and(shell, words, at)?;
        left = match (left, right) {
            (Ok(left), Ok(right)) => Ok(left || right),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
    }
    Ok(left)
}

fn and(shell: &mut Shell, words: &[Vec<u8>], at: &mut usize) -> Eval {
    let mut left = term(shell, words, at)?;
    while words.get(*at).is_some_and(|w| w == b"-a") {
        *at += 1;
        let right = term(shell, words, at)?;
        left = match (left, right) {
            (Ok(left), Ok(right)) => Ok(left && right),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
    }
    Ok(left)
}

fn term(shell: &mut Shell, words: &[Vec<u8>], at: &mut usize) -> Eval {
    let Some(word) = words.get(*at) else { return Ok(Err(b"argument expected".to_vec())) };
    if word == b"!" {
        *at += 1;
        return Ok(term(shell, words, at)?.map(|value| !value));
    }
    if let (Some(operator), Some(right)) = (words.get(*at + 1), words.get(*at + 2))
        && is_binary(operator)
    {
        *at += 3;
        return binary(shell, word, operator, right);
    }
    if word == b"(" {
        *at += 1;
        let value = or(shell, words, at)?;
        if words.get(*at).is_none_or(|w| w != b")") {
            // `[` has its own last argument still to come.
            let found = words.get(*at).map(|word| &word[..]).or_else(|| (shell.command_text == b"[").then_some(b"]"));
            return Ok(Err(match found {
                Some(found) => [b"`)' expected, found ", found].concat(),
                None => b"`)' expected".to_vec(),
            }));
        }
        *at += 1;
        return Ok(value);
    }
    if is_unary(word)
        && let Some(operand) = words.get(*at + 1)
    {
        *at += 2;
        return unary(shell, word, operand);
    }
    *at += 1;
    Ok(Ok(!word.is_empty()))
}

fn unary(shell: &mut Shell, operator: &[u8], operand: &[u8]) -> Eval {
    shell.unary_test(operator[1], operand).map(Ok)
}

fn binary(shell: &mut Shell, left: &[u8], operator: &[u8], right: &[u8]) -> Eval {
    let _ = shell;
    Ok(match operator {
        b"=" | b"==" => Ok(left == right),
        b"!=" => Ok(left != right),
        b"<" => Ok(left < right),
        b">" => Ok(left > right),
        b"-nt" | b"-ot" | b"-ef" => Ok(compare_files(operator, left, right)),
        _ => {
            let number = |text: &[u8]| -> Result<i64, Vec<u8>> {
                std::str::from_utf8(text.trim_ascii())
                    .ok()
                    .and_then(|t| t.parse().ok())
                    .ok_or_else(|| [text, b": integer expression expected"].concat())
            };
            match (number(left), number(right)) {
                (Ok(left), Ok(right)) => Ok(compare_numbers(operator, left, right)),
                (Err(error), _) | (_, Err(error)) => Err(error),
            }
        }
    })
}
