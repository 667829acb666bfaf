//! `getopts`.

use crate::error::Run;
use crate::shell::Shell;

pub(super) fn getopts(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let words = if words.get(1).is_some_and(|w| w == b"--") { &words[1..] } else { words };
    if let Some(word) = words.get(1).filter(|w| w.len() > 1 && w[0] == b'-') {
        return Ok(shell.invalid_option(&word[..2]));
    }
    let [_, known, name, rest @ ..] = words else { return Ok(shell.usage()) };
    let arguments: Vec<Vec<u8>> = if rest.is_empty() { shell.state.positional.to_vec() } else { rest.to_vec() };
    let silent = known.first() == Some(&b':');
    let report = !silent && shell.value("OPTERR").is_none_or(|v| v != b"0");
    let (mut index, mut letter) = shell.state.getopts_at;
    let valid = crate::syntax::lexer::is_name(name);
    let finish = |shell: &mut Shell, index: usize, letter: usize, value: &[u8], argument: Option<&[u8]>| -> Run<()> {
        shell.set("OPTIND", index.to_string());
        shell.state.getopts_at = (index, letter);
        match argument {
            Some(_) if shell.is_readonly("OPTARG") => shell.complain("OPTARG: readonly variable"),
            Some(argument) => shell.set("OPTARG", argument),
            None => {
                shell.state.variables.replace(crate::symbol::Symbol::new(b"OPTARG"), None);
            }
        }
        if valid {
            shell.assign(crate::symbol::Symbol::new(name), value, false)?;
        }
        Ok(())
    };
    if letter == 0 {
        match arguments.get(index - 1).map(Vec::as_slice) {
            Some(b"--") => {
                finish(shell, index + 1, 0, b"?", None)?;
                return Ok(1);
            }
            Some([b'-', _, ..]) => letter = 1,
            _ => {
                finish(shell, index, 0, b"?", None)?;
                return Ok(1);
            }
        }
    }
    let Some(word) = arguments.get(index - 1).filter(|word| letter < word.len()).cloned() else {
        finish(shell, index, 0, b"?", None)?;
        return Ok(1);
    };
    let option = word[letter];
    letter += 1;
    let at = known
        .iter()
        .skip(usize::from(silent))
        .position(|k| *k == option && option != b':')
        .map(|at| at + usize::from(silent));
    let label = shell.state.arg0.to_vec();
    if at.is_none() {
        if letter >= word.len() {
            (index, letter) = (index + 1, 0);
        }
        if report {
            shell.write_error(&[&label[..], b": illegal option -- ", &[option], b"\n"].concat());
        }
        finish(shell, index, letter, b"?", silent.then_some(&[option][..]))?;
    } else if at.is_some_and(|at| known.get(at + 1) == Some(&b':')) {
        if letter < word.len() {
            let argument = word[letter..].to_vec();
            finish(shell, index + 1, 0, &[option], Some(&argument))?;
        } else if let Some(argument) = arguments.get(index).cloned() {
            finish(shell, index + 2, 0, &[option], Some(&argument))?;
        } else {
            if report {
                shell.write_error(&[&label[..], b": option requires an argument -- ", &[option], b"\n"].concat());
            }
            let value: &[u8] = if silent { b":" } else { b"?" };
            finish(shell, index + 1, 0, value, silent.then_some(&[option][..]))?;
        }
    } else {
        if letter >= word.len() {
            (index, letter) = (index + 1, 0);
        }
        finish(shell, index, letter, &[option], None)?;
    }
    if !valid {
        shell.builtin_error([b"`", &name[..], b"': not a valid identifier"].concat());
        return Ok(1);
    }
    Ok(0)
}
