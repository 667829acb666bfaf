//! `hash`.

use super::{Options, options};
use crate::error::Run;
use crate::shell::Shell;

/// Buckets of bash's table, whose order the list has (`FILENAME_HASH_BUCKETS`).
const BUCKETS: u32 = 256;

impl Shell {
    /// Where a command was found, counted as a use.
    pub(crate) fn remembered(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let (path, hits) = self.state.hashed.get_mut(name)?;
        *hits += 1;
        Some(path.clone())
    }
}

pub(super) fn hash(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    let (mut list, mut reset, mut path, mut tell, mut delete) = (false, false, None, false, false);
    let mut arguments = Options::new(words, "lrp:td");
    options!(shell, arguments, |letter, argument| {
        match letter {
            b'l' => list = true,
            b'r' => reset = true,
            b'p' => path = Some(argument),
            b't' => tell = true,
            _ => delete = true,
        }
    });
    let names = arguments.rest();
    if !shell.state.options.hashall {
        shell.builtin_error("hashing disabled");
        return Ok(1);
    }
    if reset {
        shell.state.hashed.clear();
    }
    if names.is_empty() {
        if tell {
            shell.builtin_error("-t: option requires an argument");
            return Ok(1);
        }
        if reset {
            return Ok(0);
        }
        let mut all: Vec<_> = shell.state.hashed.iter().map(|(n, (p, h))| (n.clone(), p.clone(), *h)).collect();
        all.sort_by_key(|(name, ..)| (crate::state::array::hash(name) & (BUCKETS - 1), name.clone()));
        if all.is_empty() {
            if !shell.state.options.posix {
                shell.print("hash: hash table empty\n");
            }
            return Ok(0);
        }
        if !list {
            shell.print("hits\tcommand\n");
        }
        for (name, path, hits) in all {
            let line = if list {
                [b"builtin hash -p ", &path[..], b" ", &name, b"\n"].concat()
            } else {
                [format!("{hits:>4}\t").as_bytes(), &path, b"\n"].concat()
            };
            shell.print(line);
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in names {
        if let Some(path) = &path {
            if shell.restricted && path.contains(&b'/') {
                shell.builtin_error([&path[..], b": restricted"].concat());
                status = 1;
                continue;
            }
            if shell.restricted && shell.search_path(path, false).is_empty() {
                shell.builtin_error([&path[..], b": not found"].concat());
                status = 1;
                continue;
            }
            shell.state.hashed.insert(name.clone(), (path.clone(), 0));
        } else if tell || delete {
            match shell.state.hashed.get(name).cloned() {
                Some(_) if delete => {
                    shell.state.hashed.remove(name);
                }
                Some((path, _)) => {
                    let line = if names.len() > 1 {
                        [&name[..], b"\t", &path, b"\n"].concat()
                    } else {
                        [&path[..], b"\n"].concat()
                    };
                    shell.print(line);
                }
                None => {
                    shell.builtin_error([&name[..], b": not found"].concat());
                    status = 1;
                }
            }
        } else if name.contains(&b'/') || shell.builtin(name).is_some() || shell.function(name).is_some() {
        } else {
            shell.state.hashed.remove(name);
            match shell.search_path(name, false).pop() {
                Some(path) => {
                    shell.state.hashed.insert(name.clone(), (path, 0));
                }
                None => {
                    shell.builtin_error([&name[..], b": not found"].concat());
                    status = 1;
                }
            }
        }
    }
    Ok(status)
}
