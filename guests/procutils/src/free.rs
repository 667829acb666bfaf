//! `free`.

use std::time::Duration;

use vivarium_sys::poll::sleep;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};

use crate::proc;

static PROGRAM: Program = Program {
    name: "free",
    help: "\
Usage: free [OPTION]...
Display the amount of free and used memory.

  -b, --bytes         show output in bytes
      --kilo          show output in kilobytes
      --mega          show output in megabytes
      --giga          show output in gigabytes
  -k, --kibi          show output in kibibytes (default)
  -m, --mebi          show output in mebibytes
  -g, --gibi          show output in gibibytes
  -h, --human         show human-readable output
      --si            use powers of 1000 not 1024
  -t, --total         show total for RAM + swap
  -w, --wide          wide output
  -s N, --seconds N   repeat printing every N seconds
  -c N, --count N     repeat printing N times, then exit
      --help          display this help and exit
      --version       output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("b", "bytes"),
        Opt::long("kilo"),
        Opt::long("mega"),
        Opt::long("giga"),
        Opt::flag("k", "kibi"),
        Opt::flag("m", "mebi"),
        Opt::flag("g", "gibi"),
        Opt::flag("h", "human"),
        Opt::long("si"),
        Opt::flag("t", "total"),
        Opt::flag("w", "wide"),
        Opt::flag("s", "seconds").value(),
        Opt::flag("c", "count").value(),
    ],
    operands_end_options: false,
};

#[derive(Clone, Copy)]
struct Unit {
    power: u32,
    decimal: bool,
    human: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut unit = Unit { power: 1, decimal: false, human: false };
    let (mut total, mut wide, mut seconds, mut count) = (false, false, None::<f64>, None::<u64>);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let Item::Option(key, value) = item else { parser.usage("extra operand") };
        let number = value.as_deref().map(text);
        match key {
            "bytes" => unit.power = 0,
            "kilo" | "mega" | "giga" => {
                unit.decimal = true;
                unit.power = 1 + ["kilo", "mega", "giga"].iter().position(|k| *k == key).unwrap_or_default() as u32;
            }
            "kibi" => unit.power = 1,
            "mebi" => unit.power = 2,
            "gibi" => unit.power = 3,
            "human" => unit.human = true,
            "si" => unit.decimal = true,
            "total" => total = true,
            "wide" => wide = true,
            "seconds" => match number.and_then(|n| n.parse().ok()).filter(|n: &f64| *n > 0.0 && n.is_finite()) {
                Some(number) => seconds = Some(number),
                None => parser.usage("seconds argument failed"),
            },
            _ => match number.and_then(|n| n.parse().ok()).filter(|n| *n > 0) {
                Some(number) => count = Some(number),
                None => parser.usage("count argument failed"),
            },
        }
    }
    let mut left = count.unwrap_or(if seconds.is_some() { u64::MAX } else { 1 });
    loop {
        print(unit, total, wide);
        left -= 1;
        if left == 0 {
            return 0;
        }
        println!();
        if sleep(Duration::from_secs_f64(seconds.unwrap_or(1.0))).is_err() {
            return 1;
        }
    }
}

fn print(unit: Unit, total: bool, wide: bool) {
    let info = proc::memory_info();
    let get = |name| proc::memory(&info, name).unwrap_or_default();
    let (all, free, buffers, cache) =
        (get("MemTotal"), get("MemFree"), get("Buffers"), get("Cached") + get("SReclaimable"));
    let available = proc::memory(&info, "MemAvailable").unwrap_or(free);
    let used = all.saturating_sub(available);
    let (swap, swap_free) = (get("SwapTotal"), get("SwapFree"));
    let show = |bytes| unit.text(bytes);
    let row = |name: &str, figures: &[u64]| {
        let figures: String = figures.iter().map(|figure| format!(" {:>11}", show(*figure))).collect();
        println!("{name:<8}{figures}");
    };
    let middle: &[&str] = if wide { &["buffers", "cache"] } else { &["buff/cache"] };
    let heads = [&["total", "used", "free", "shared"], middle, &["available"]].concat();
    println!("{:<8}{}", "", heads.iter().map(|head| format!(" {head:>11}")).collect::<String>());
    let middle: &[u64] = if wide { &[buffers, cache] } else { &[buffers + cache] };
    row("Mem:", &[&[all, used, free, get("Shmem")], middle, &[available]].concat());
    row("Swap:", &[swap, swap.saturating_sub(swap_free), swap_free]);
    if total {
        row("Total:", &[all + swap, used + swap.saturating_sub(swap_free), free + swap_free]);
    }
}

impl Unit {
    fn text(self, bytes: u64) -> String {
        let base: u64 = if self.decimal { 1000 } else { 1024 };
        if !self.human {
            return (bytes / base.pow(self.power)).to_string();
        }
        let letters = if self.decimal { ["B", "K", "M", "G", "T"] } else { ["B", "Ki", "Mi", "Gi", "Ti"] };
        let mut value = bytes as f64;
        for letter in letters {
            if value < 10.0 && letter != "B" {
                return format!("{value:.1}{letter}");
            }
            if value < base as f64 {
                return format!("{}{letter}", value as u64);
            }
            value /= base as f64;
        }
        format!("{:.0}P", value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_sizes() {
        let human = Unit { power: 1, decimal: false, human: true };
        assert_eq!(human.text(0), "0B");
        assert_eq!(human.text(1536), "1.5Ki");
        assert_eq!(human.text(20 << 20), "20Mi");
        assert_eq!(Unit { human: false, ..human }.text(4096), "4");
    }
}
