//! `echo`.

use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::quote;

pub(super) fn echo(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut newline, mut escapes) = (true, shell.state.shopts.xpg_echo);
    let mut at = 1;
    if !(shell.state.options.posix && shell.state.shopts.xpg_echo) {
        while let Some([b'-', letters @ ..]) = words.get(at).map(Vec::as_slice) {
            if letters.is_empty() || !letters.iter().all(|l| matches!(l, b'n' | b'e' | b'E')) {
                break;
            }
            for letter in letters {
                match letter {
                    b'n' => newline = false,
                    letter => escapes = *letter == b'e',
                }
            }
            at += 1;
        }
    }
    let mut out = std::mem::take(&mut shell.out);
    for (i, word) in words[at.min(words.len())..].iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        if !escapes {
            out.extend_from_slice(word);
        } else if quote::unescape(word, true, &mut out) {
            shell.out = out;
            return Ok(0);
        }
    }
    if newline {
        out.push(b'\n');
    }
    shell.out = out;
    Ok(0)
}
