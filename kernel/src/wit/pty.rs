//! `vivarium:kernel/pty`.

use super::bindings::exports::vivarium::kernel::pty as wit;
use super::bindings::vivarium::host::types::Errno;
use super::bindings::vivarium::kernel::types::{Fault, Fd, Pid, Tid};
use super::{Component, with};
use crate::pty::{Attributes, InputModes, LocalModes, OutputModes, Queue, Size, When};

type Result<T> = std::result::Result<T, Fault>;

impl From<wit::Size> for Size {
    fn from(size: wit::Size) -> Self {
        Self { rows: size.rows, columns: size.columns, pixel_width: size.pixel_width, pixel_height: size.pixel_height }
    }
}

impl From<Size> for wit::Size {
    fn from(size: Size) -> Self {
        Self { rows: size.rows, columns: size.columns, pixel_width: size.pixel_width, pixel_height: size.pixel_height }
    }
}

impl From<Attributes> for wit::Attributes {
    fn from(attributes: Attributes) -> Self {
        Self {
            input: wit::InputModes::from_bits_truncate(attributes.input.bits()),
            output: wit::OutputModes::from_bits_truncate(attributes.output.bits()),
            local: wit::LocalModes::from_bits_truncate(attributes.local.bits()),
            control: attributes.control,
            characters: attributes.characters.to_vec(),
            speed: attributes.speed,
        }
    }
}

/// Fails where there are not 16 control characters.
impl TryFrom<wit::Attributes> for Attributes {
    type Error = Fault;

    fn try_from(attributes: wit::Attributes) -> Result<Self> {
        Ok(Self {
            input: InputModes::from_bits_truncate(attributes.input.bits()),
            output: OutputModes::from_bits_truncate(attributes.output.bits()),
            local: LocalModes::from_bits_truncate(attributes.local.bits()),
            control: attributes.control,
            characters: attributes.characters.try_into().map_err(|_| Fault::Errno(Errno::Inval))?,
            speed: attributes.speed,
        })
    }
}

impl wit::Guest for Component {
    fn open(tid: Tid, size: wit::Size) -> Result<(Fd, Fd)> {
        Ok(with(|kernel| kernel.pty_open(tid, size.into()))?)
    }

    fn is_terminal(tid: Tid, fd: Fd) -> Result<bool> {
        Ok(with(|kernel| kernel.is_terminal(tid, fd))?)
    }

    fn name(tid: Tid, fd: Fd) -> Result<Vec<u8>> {
        Ok(with(|kernel| kernel.terminal_name(tid, fd))?)
    }

    fn get_attributes(tid: Tid, fd: Fd) -> Result<wit::Attributes> {
        Ok(with(|kernel| kernel.get_terminal_attributes(tid, fd))?.into())
    }

    fn set_attributes(tid: Tid, fd: Fd, when: wit::When, attributes: wit::Attributes) -> Result<()> {
        let when = match when {
            wit::When::Now => When::Now,
            wit::When::Drain => When::Drain,
            wit::When::Flush => When::Flush,
        };
        let attributes = attributes.try_into()?;
        Ok(with(|kernel| kernel.set_terminal_attributes(tid, fd, when, attributes))?)
    }

    fn get_size(tid: Tid, fd: Fd) -> Result<wit::Size> {
        Ok(with(|kernel| kernel.get_terminal_size(tid, fd))?.into())
    }

    fn set_size(tid: Tid, fd: Fd, size: wit::Size) -> Result<()> {
        Ok(with(|kernel| kernel.set_terminal_size(tid, fd, size.into()))?)
    }

    fn get_foreground(tid: Tid, fd: Fd) -> Result<Pid> {
        Ok(with(|kernel| kernel.get_foreground(tid, fd))?)
    }

    fn set_foreground(tid: Tid, fd: Fd, group: Pid) -> Result<()> {
        Ok(with(|kernel| kernel.set_foreground(tid, fd, group))?)
    }

    fn get_session(tid: Tid, fd: Fd) -> Result<Pid> {
        Ok(with(|kernel| kernel.get_terminal_session(tid, fd))?)
    }

    fn set_controlling(tid: Tid, fd: Fd) -> Result<()> {
        Ok(with(|kernel| kernel.set_controlling(tid, fd))?)
    }

    fn release_controlling(tid: Tid) -> Result<()> {
        Ok(with(|kernel| kernel.release_controlling(tid))?)
    }

    fn flush(tid: Tid, fd: Fd, queue: wit::Queue) -> Result<()> {
        let queue = match queue {
            wit::Queue::Input => Queue::Input,
            wit::Queue::Output => Queue::Output,
            wit::Queue::Both => Queue::Both,
        };
        Ok(with(|kernel| kernel.flush_terminal(tid, fd, queue))?)
    }

    fn drain(tid: Tid, fd: Fd) -> Result<()> {
        Ok(with(|kernel| kernel.drain_terminal(tid, fd))?)
    }
}
