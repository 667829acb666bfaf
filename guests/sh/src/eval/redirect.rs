//! Redirections (POSIX 2.7).

use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::{Errno, pipe};

use crate::error::Run;
use crate::shell::{Capture, Shell};
use crate::syntax::ast::{Redirect, RedirectFd, RedirectOperator};

/// A descriptor as it was before a redirection.
#[derive(Debug)]
pub(crate) struct Saved {
    fd: i32,
    /// Its copy; `None`: it was closed.
    copy: Option<OwnedFd>,
    /// What standard output went to in memory.
    capture: Option<Capture>,
}

/// The lowest descriptor the shell uses for itself.
pub(crate) const OWN: u32 = 10;

/// Bytes that a here-document may have to go through a pipe: no more than one takes without a reader.
const PIPE: usize = 32 * 1024;

/// A pipe of the shell's own, closed in programs. Its ends are none of the standard descriptors, even where those are closed.
pub(crate) fn own_pipe() -> vivarium_sys::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = pipe::pipe(OpenFlags::CLOSE_ON_EXEC)?;
    let above = |end: OwnedFd| if end.as_raw_fd() > 2 { Ok(end) } else { pipe::dup_from(end.as_raw_fd(), OWN, true) };
    Ok((above(reader)?, above(writer)?))
}

impl Shell {
    /// Performs redirections. `None`: one has failed and all are undone.
    pub(crate) fn redirect(&mut self, redirects: &[Redirect]) -> Run<Option<Vec<Saved>>> {
        self.flush();
        let mut saved = Vec::with_capacity(redirects.len());
        for redirect in redirects {
            match self.redirect_one(redirect, &mut saved) {
                Ok(true) => {}
                Ok(false) => {
                    self.restore(saved);
                    return Ok(None);
                }
                Err(unwind) => {
                    self.restore(saved);
                    return Err(unwind);
                }
            }
        }
        Ok(Some(saved))
    }

    /// Undoes redirections.
    pub(crate) fn restore(&mut self, saved: Vec<Saved>) {
        for saved in saved.into_iter().rev() {
            match &saved.copy {
                // The descriptor has just been open: these cannot fail.
                Some(copy) => drop(pipe::dup2(copy.as_raw_fd(), saved.fd, saved.fd >= OWN as i32)),
                None => drop(pipe::close(saved.fd)),
            }
            if let Some(capture) = saved.capture {
                self.capture = capture;
            }
        }
    }

    /// Lets redirections stay; in a subshell within the process they are undone at its end.
    pub(crate) fn keep_redirects(&mut self, saved: Vec<Saved>) {
        if self.in_process_depth > 0 {
            self.fd_journal.extend(saved);
        }
    }

    fn redirect_one(&mut self, redirect: &Redirect, saved: &mut Vec<Saved>) -> Run<bool> {
        use RedirectOperator as R;
        let fd = match &redirect.fd {
            RedirectFd::Number(fd) => *fd,
            RedirectFd::Default => match redirect.operator {
                R::Input | R::ReadWrite | R::DupInput | R::Heredoc | R::HeredocTabs | R::HereString => 0,
                _ => 1,
            },
            RedirectFd::Variable(name) => return self.redirect_variable(redirect, &name.clone(), saved),
        };
        match redirect.operator {
            R::Heredoc | R::HeredocTabs | R::HereString => {
                let Some(source) = self.document(redirect)? else { return Ok(false) };
                self.place(source, fd, saved)
            }
            R::DupInput | R::DupOutput => self.duplicate(redirect, fd, saved),
            R::Both | R::BothAppend => {
                let Some(source) = self.open_target(redirect)? else { return Ok(false) };
                if !self.place(source, 1, saved)? {
                    return Ok(false);
                }
                self.save(2, saved);
                Ok(pipe::dup2(1, 2, false).is_ok())
            }
            _ => {
                let Some(source) = self.open_target(redirect)? else { return Ok(false) };
                self.place(source, fd, saved)
            }
        }
    }

    /// Keeps a descriptor as it is now.
    fn save(&mut self, fd: i32, saved: &mut Vec<Saved>) {
        let copy = pipe::dup_from(fd, OWN, true).ok();
        let capture = if fd == 1 && self.capture.is_some() { Some(self.capture.take()) } else { None };
        saved.push(Saved { fd, copy, capture });
    }

    /// Makes an open file the descriptor `fd`.
    fn place(&mut self, source: OwnedFd, fd: i32, saved: &mut Vec<Saved>) -> Run<bool> {
        if source.as_raw_fd() == fd {
            // It took the place of a closed descriptor.
            let _ = source.into_raw_fd();
            let _ = pipe::set_close_on_exec(fd, false);
            saved.push(Saved { fd, copy: None, capture: None });
            return Ok(true);
        }
        self.save(fd, saved);
        if let Err(errno) = pipe::dup2(source.as_raw_fd(), fd, false) {
            self.complain(format!("{fd}: {}", errno.message()));
            return Ok(false);
        }
        Ok(true)
    }

    fn duplicate(&mut self, redirect: &Redirect, fd: i32, saved: &mut Vec<Saved>) -> Run<bool> {
        let Some(text) = self.target_text(redirect)? else { return Ok(false) };
        if text == b"-" {
            self.save(fd, saved);
            let _ = pipe::close(fd);
            self.coproc_closed(fd);
            return Ok(true);
        }
        let (number, moves) = match text.strip_suffix(b"-") {
            Some(number) if !number.is_empty() => (number, true),
            _ => (&text[..], false),
        };
        let Some(source) =
            crate::expand::arith::plain_number(number).filter(|n| *n >= 0).and_then(|n| i32::try_from(n).ok())
        else {
            if redirect.operator == RedirectOperator::DupOutput && redirect.fd == RedirectFd::Default {
                // `>&file`
                let Some(source) = self.open_file(&text, RedirectOperator::Output)? else { return Ok(false) };
                if !self.place(source, 1, saved)? {
                    return Ok(false);
                }
                self.save(2, saved);
                return Ok(pipe::dup2(1, 2, false).is_ok());
            }
            self.complain([&text[..], b": ambiguous redirect"].concat());
            return Ok(false);
        };
        if source == fd {
            if pipe::close_on_exec(fd).is_err() {
                self.complain(format!("{source}: Bad file descriptor"));
                return Ok(false);
            }
            return Ok(true);
        }
        if pipe::close_on_exec(source).is_err() || source >= OWN as i32 && self.is_own(source) {
            self.complain([&redirect.target.text[..], b": Bad file descriptor"].concat());
            return Ok(false);
        }
        self.save(fd, saved);
        if let Err(errno) = pipe::dup2(source, fd, false) {
            self.complain(format!("{source}: {}", errno.message()));
            return Ok(false);
        }
        if moves {
            self.save(source, saved);
            let _ = pipe::close(source);
            self.coproc_closed(source);
        }
        Ok(true)
    }

    /// Whether a descriptor is the shell's own.
    fn is_own(&self, fd: i32) -> bool {
        !self.coprocs.iter().any(|(_, _, fds)| fds.contains(&fd)) && pipe::close_on_exec(fd).unwrap_or(false)
    }

    /// `{name}>file`: a new descriptor, its number in a variable.
    fn redirect_variable(&mut self, redirect: &Redirect, name: &[u8], saved: &mut Vec<Saved>) -> Run<bool> {
        use RedirectOperator as R;
        let source = match redirect.operator {
            R::DupInput | R::DupOutput => {
                let Some(text) = self.target_text(redirect)? else { return Ok(false) };
                if text == b"-" {
                    let number = match self.find_reference(name)? {
                        crate::expand::parameter::Found::Scalar(value) => crate::expand::arith::plain_number(&value),
                        _ => None,
                    };
                    return Ok(match number {
                        Some(fd) => {
                            let _ = pipe::close(fd as i32);
                            true
                        }
                        None => {
                            self.complain([name, b": ambiguous redirect"].concat());
                            false
                        }
                    });
                }
                let (number, moves) = match text.strip_suffix(b"-") {
                    Some(number) => (number, true),
                    None => (&text[..], false),
                };
                let Some(from) = crate::expand::arith::plain_number(number) else {
                    self.complain([&text[..], b": ambiguous redirect"].concat());
                    return Ok(false);
                };
                match pipe::dup_from(from as i32, OWN, false) {
                    Ok(copy) => {
                        if moves {
                            let _ = pipe::close(from as i32);
                        }
                        copy
                    }
                    Err(errno) => {
                        self.complain(format!("{from}: {}", errno.message()));
                        return Ok(false);
                    }
                }
            }
            R::Heredoc | R::HeredocTabs | R::HereString => match self.document(redirect)? {
                Some(source) => source,
                None => return Ok(false),
            },
            _ => match self.open_target(redirect)? {
                Some(source) => source,
                None => return Ok(false),
            },
        };
        let fd = match pipe::dup_from(source.as_raw_fd(), OWN, false) {
            Ok(copy) => copy.into_raw_fd(),
            Err(errno) => {
                let message = errno.message().as_bytes();
                let label = self.script_label();
                self.write_error(&[&label[..], b": redirection error: cannot duplicate fd: ", message, b"\n"].concat());
                self.complain([&redirect.target.text[..], b": ", message].concat());
                return Ok(false);
            }
        };
        let base = name.split(|byte| *byte == b'[').next().unwrap_or_default();
        if self.is_readonly(&String::from_utf8_lossy(base)) {
            let _ = pipe::close(fd);
            self.complain([base, b": readonly variable"].concat());
            self.complain([name, b": cannot assign fd to variable"].concat());
            return Ok(false);
        }
        if self.state.shopts.varredir_close {
            saved.push(Saved { fd, copy: None, capture: None });
        }
        if !self.assign_reference(name, fd.to_string().as_bytes(), false)? {
            self.complain([b"`", name, b"': not a valid identifier"].concat());
            return Ok(false);
        }
        Ok(true)
    }

    /// The target as text; it must be one word.
    fn target_text(&mut self, redirect: &Redirect) -> Run<Option<Vec<u8>>> {
        let mut words = Vec::new();
        if self.state.options.posix && !self.interactive {
            words.push(self.expand_string(&redirect.target)?);
        } else {
            self.expand_word(&redirect.target, &mut words)?;
        }
        if words.len() == 1 {
            return Ok(words.pop());
        }
        self.complain([&redirect.target.text[..], b": ambiguous redirect"].concat());
        Ok(None)
    }

    fn open_target(&mut self, redirect: &Redirect) -> Run<Option<OwnedFd>> {
        let Some(path) = self.target_text(redirect)? else { return Ok(None) };
        self.open_file(&path, redirect.operator)
    }

    fn open_file(&mut self, path: &[u8], operator: RedirectOperator) -> Run<Option<OwnedFd>> {
        use RedirectOperator as R;
        if self.restricted && operator != R::Input {
            self.complain([path, b": restricted: cannot redirect output"].concat());
            return Ok(None);
        }
        let create = OpenFlags::WRITE | OpenFlags::CREATE;
        let flags = match operator {
            R::Input => OpenFlags::READ,
            R::Append | R::BothAppend => create | OpenFlags::APPEND,
            R::ReadWrite => OpenFlags::READ_WRITE | OpenFlags::CREATE,
            R::Output | R::Both if self.state.options.noclobber => {
                if fs::stat(path).is_ok_and(|s| s.is_file()) {
                    self.complain([path, b": cannot overwrite existing file"].concat());
                    return Ok(None);
                }
                create
            }
            _ => create | OpenFlags::TRUNCATE,
        };
        match fs::open(fs::AT_FDCWD, path, flags | OpenFlags::CLOSE_ON_EXEC, 0o666) {
            Ok(file) => Ok(Some(file)),
            Err(errno) => {
                self.complain([path, b": ", errno.message().as_bytes()].concat());
                Ok(None)
            }
        }
    }

    /// A here-document or here-string, ready to be read.
    fn document(&mut self, redirect: &Redirect) -> Run<Option<OwnedFd>> {
        let text = match &redirect.body {
            Some(cell) => self.expand_heredoc(cell.get())?,
            None => {
                let mut text = self.expand_string(&redirect.target)?;
                text.push(b'\n');
                text
            }
        };
        match readable(&text) {
            Ok(file) => Ok(Some(file)),
            Err(errno) => {
                self.complain(format!("cannot create temp file for here-document: {}", errno.message()));
                Ok(None)
            }
        }
    }
}

/// Something that reads as `text`: a pipe that holds it, or a file without a name.
pub(crate) fn readable(text: &[u8]) -> Result<OwnedFd, Errno> {
    if text.len() <= PIPE {
        let (reader, writer) = crate::eval::redirect::own_pipe()?;
        fs::write_all(writer.as_raw_fd(), text)?;
        return Ok(reader);
    }
    let flags = OpenFlags::READ_WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::CLOSE_ON_EXEC;
    let mut attempt = 0u32;
    loop {
        let path = format!("/tmp/sh-{}-{attempt}", vivarium_sys::ids::getpid());
        match fs::open(fs::AT_FDCWD, &path, flags, 0o600) {
            Ok(file) => {
                let reader = fs::open(fs::AT_FDCWD, &path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC, 0);
                // Gone from the directory, open for the command alone.
                let _ = std::fs::remove_file(&path);
                let reader = reader?;
                fs::write_all(file.as_raw_fd(), text)?;
                return Ok(reader);
            }
            Err(Errno::EXIST) if attempt < 1000 => attempt += 1,
            Err(errno) => return Err(errno),
        }
    }
}
