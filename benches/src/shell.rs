//! The shell: what agents' commands are made of, beside bash and dash.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use vivarium::{HostDir, Vm};

use crate::report::{Goal, Row};
use crate::sample::{Samples, Turns};
use crate::{Bench, machine, native};

/// Scripts in the language that dash has too: what the table calls each, how often it runs, and how much of bash's time it may take.
const SCRIPTS: [(&str, &str, usize, f64); 7] = [
    ("`bash -c true`", "true", 200, 0.5),
    (r"`bash -c 'echo hello \| tr a-z A-Z \| wc -c'`", "echo hello | tr a-z A-Z | wc -c", 200, 1.0),
    ("a loop of 100,000 arithmetic and string steps", STEPS, 3, 1.0),
    ("`$(echo x)` 1,000 times", "i=0; while [ $i -lt 1000 ]; do x=$(echo x); i=$((i + 1)); done", 3, 0.5),
    (
        "a function call 100,000 times",
        "f() { x=$1; }; i=0; while [ $i -lt 100000 ]; do f $i; i=$((i + 1)); done",
        10,
        1.0,
    ),
    ("a subshell `( : )` 1,000 times", "i=0; while [ $i -lt 1000 ]; do ( : ); i=$((i + 1)); done", 3, 1.0),
    (
        "a pipeline of 8 stages that moves 100 MB",
        "head -c 100000000 /dev/zero | cat | cat | cat | cat | cat | cat | wc -c",
        3,
        // Half of the native throughput.
        2.0,
    ),
];

const STEPS: &str = r#"i=0 s=; while [ "$i" -lt 100000 ]; do i=$((i + 1)); s=${s#??????}$i; done; echo "$s""#;

/// A compiler that finds nothing wrong.
const COMPILER: &str = include_str!("shell/cc");

pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let vm = bench.engine.vm().boot().await?;
    let mut rows = Vec::new();
    for (what, script, count, most) in SCRIPTS {
        let (mut ours, mut bash, mut dash) = (Vec::new(), Vec::new(), Vec::new());
        // Long runs take turns one by one.
        let turn = if count > 100 { Turns::Warm } else { Turns::Cold }.length();
        for _ in 0..count / turn {
            for _ in 0..turn {
                ours.push(machine::run(&vm, &["bash", "-c", script]).await?);
            }
            for _ in 0..turn {
                bash.push(native::run(&["bash", "-c", script]).await?);
            }
            for _ in 0..turn {
                dash.push(native::run(&["dash", "-c", script]).await?);
            }
        }
        rows.push(row(what, ours, bash, dash, most));
    }
    if let Some(sources) = std::env::var_os("VIVARIUM_BENCH_CONFIGURE") {
        rows.push(configure(bench, &PathBuf::from(sources)).await?);
    }
    Ok(rows)
}

fn row(what: &str, ours: Vec<Duration>, bash: Vec<Duration>, dash: Vec<Duration>, most: f64) -> Row {
    Row::times(what, Samples::new(ours), Some(Samples::new(bash)), Goal::Ratio(most))
        .beside("dash", &Samples::new(dash))
}

/// A `configure` made by autoconf, of some 200 checks, from sources in a folder of the host.
async fn configure(bench: &Bench, sources: &Path) -> Result<Row> {
    let folder = bench.scratch.path().join("configure");
    std::fs::create_dir_all(&folder)?;
    let compiler = folder.join("cc");
    std::fs::write(&compiler, COMPILER)?;
    native::run(&["chmod", "+x", text(&compiler)?]).await?;

    let dir = cap_std::fs::Dir::open_ambient_dir(sources, cap_std::ambient_authority())?;
    let vm: Vm = bench.engine.vm().mount("/mnt", HostDir::read_only(dir)).boot().await?;
    vm.fs().write("/tmp/cc", COMPILER.as_bytes()).await?;
    vm.fs().set_mode("/tmp/cc", 0o755).await?;

    let script = |shell: &str, folder: &str, sources: &str| {
        // The one check that wants the compiler to complain; `config.guess` knows no machine of this kind.
        let known = "ac_cv_c_undeclared_builtin_options='none needed'";
        let begin = format!("rm -rf {folder}/build && mkdir {folder}/build && cd {folder}/build");
        format!(
            "{begin} && CC={folder}/cc {known} CONFIG_SHELL={shell} RANLIB=: AR=: LD=: {shell} {sources}/configure --build=x86_64-pc-linux-gnu --disable-nls --disable-dependency-tracking >log 2>&1 </dev/null"
        )
    };
    let inside = script("/bin/bash", "/tmp", "/mnt");
    let outside = |shell| -> Result<String> { Ok(script(shell, text(&folder)?, text(sources)?)) };
    let (mut ours, mut bash, mut dash) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(machine::run(&vm, &["sh", "-c", &inside]).await?);
        bash.push(native::run(&["sh", "-c", &outside("/bin/bash")?]).await?);
        dash.push(native::run(&["sh", "-c", &outside("/bin/dash")?]).await?);
    }
    Ok(row("an autoconf `configure` of 200 checks, the compiler stubbed", ours, bash, dash, 1.5))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}
