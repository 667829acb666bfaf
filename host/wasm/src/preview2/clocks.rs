//! `wasi:clocks`.

use vivarium_runner::monotonic;
use wasmtime::component::Resource;

use super::bindings::wasi::clocks::monotonic_clock::{self, Duration, Instant};
use super::bindings::wasi::clocks::timezone::{self, TimezoneDisplay};
use super::bindings::wasi::clocks::wall_clock::{self, Datetime};
use super::io::Pollable;
use crate::clock::realtime;
use crate::guest::Guest;

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<Instant> {
        Ok(monotonic())
    }

    fn resolution(&mut self) -> wasmtime::Result<Duration> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: Instant) -> wasmtime::Result<Resource<Pollable>> {
        Ok(self.resources.push(Pollable::At(when))?)
    }

    fn subscribe_duration(&mut self, when: Duration) -> wasmtime::Result<Resource<Pollable>> {
        self.subscribe_instant(monotonic().saturating_add(when))
    }
}

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let now = realtime();
        Ok(Datetime { seconds: now.as_secs(), nanoseconds: now.subsec_nanos() })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(Datetime { seconds: 0, nanoseconds: 1 })
    }
}

impl timezone::Host for Guest {
    fn display(&mut self, _when: Datetime) -> wasmtime::Result<TimezoneDisplay> {
        // Machines have no zone of their own; what a user's TZ says is for the program to read.
        Ok(TimezoneDisplay { utc_offset: 0, name: "UTC".to_owned(), in_daylight_saving_time: false })
    }

    fn utc_offset(&mut self, _when: Datetime) -> wasmtime::Result<i32> {
        Ok(0)
    }
}
