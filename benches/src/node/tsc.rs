//! The TypeScript compiler on a project.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use vivarium::HostDir;

use super::{Node, text};
use crate::report::{Goal, Row};
use crate::sample::Samples;
use crate::{Bench, machine, native};

const FILES: usize = 50;
const COUNT: usize = 5;

const CONFIG: &str = r#"{
  "compilerOptions": {
    "target": "es2022", "module": "nodenext", "strict": true, "declaration": true, "sourceMap": true,
    "types": [], "outDir": "/tmp/figures-tsc"
  },
  "include": ["src"]
}"#;

pub(super) async fn measure(bench: &Bench, node: &Node) -> Result<Row> {
    let what = format!("`tsc` on a project of {FILES} files");
    let Some(modules) = std::env::var_os("VIVARIUM_BENCH_PROGRAMS").map(PathBuf::from) else {
        return Ok(Row::missing(what, "TypeScript could not be fetched", Goal::Ratio(1.2)));
    };
    let project = node.scratch.join("project");
    populate(&project)?;
    let open = |path: &Path| cap_std::fs::Dir::open_ambient_dir(path, cap_std::ambient_authority());
    let builder = bench.engine.vm().mount("/root/node_modules", HostDir::read_only(open(&modules)?));
    let vm = builder.mount("/root/project", HostDir::read_only(open(&project)?)).boot().await?;
    let outside = modules.join("typescript/bin/tsc");
    let inside = ["node", "/root/node_modules/typescript/bin/tsc", "-p", "/root/project"];
    let outside = [node.binary()?, text(&outside)?, "-p", text(&project)?];
    let (mut ours, mut process) = (Vec::new(), Vec::new());
    for turn in 0..=COUNT {
        let times = (machine::run(&vm, &inside).await?, native::run(&outside).await?);
        if turn > 0 {
            ours.push(times.0);
            process.push(times.1);
        }
    }
    let _ = fs::remove_dir_all("/tmp/figures-tsc");
    Ok(Row::times(what, Samples::new(ours), Some(Samples::new(process)), Goal::Ratio(1.2)))
}

/// Modules with types that build on those of others.
fn populate(project: &Path) -> Result<()> {
    fs::create_dir_all(project.join("src"))?;
    fs::write(project.join("tsconfig.json"), CONFIG)?;
    fs::write(project.join("package.json"), r#"{"name": "project", "type": "module"}"#)?;
    for file in 0..FILES {
        let mut source = String::new();
        let imported: Vec<usize> = (1..=3).filter_map(|back| file.checked_sub(back * back)).collect();
        for other in &imported {
            writeln!(source, "import {{ Store{other}, type Item{other}, map{other} }} from './module{other}.js';")?;
        }
        let extended: Vec<String> =
            imported.iter().map(|other| format!("Partial<Pick<Item{other}, 'id{other}' | 'kind{other}'>>")).collect();
        let extended = if extended.is_empty() { String::new() } else { format!("extends {}", extended.join(", ")) };
        writeln!(
            source,
            "export type Kind{file} = 'a{file}' | 'b{file}' | `x-${{number}}`;
export interface Item{file} {extended} {{
    id{file}: number;
    kind{file}: Kind{file};
    tags{file}?: readonly string[];
}}
export type Keys{file} = {{ [K in keyof Item{file} as `get${{Capitalize<string & K>}}`]: () => Item{file}[K] }};
export function map{file}<T, U>(values: Iterable<T>, change: (value: T, index: number) => U): U[] {{
    const result: U[] = [];
    let index = 0;
    for (const value of values) result.push(change(value, index++));
    return result;
}}
export class Store{file} {{
    #items = new Map<number, Item{file}>();
    add(item: Item{file}): this {{
        this.#items.set(item.id{file}, item);
        return this;
    }}
    *ofKind(kind: Kind{file}): Generator<Item{file}> {{
        for (const item of this.#items.values()) if (item.kind{file} === kind) yield item;
    }}
    get<K extends keyof Item{file}>(id: number, key: K): Item{file}[K] | undefined {{
        return this.#items.get(id)?.[key];
    }}
    async total(): Promise<number> {{
        const numbers = await Promise.all(map{file}(this.#items.values(), async (item) => item.id{file}));
        return numbers.reduce((sum, value) => sum + value, 0);
    }}
}}"
        )?;
        for other in &imported {
            writeln!(
                source,
                "export const store{other} = new Store{other}().add({{ id{other}: {file}, kind{other}: 'x-{file}' }});
export const ids{other} = map{other}(store{other}.ofKind('a{other}'), (item) => item.id{other} + {file});"
            )?;
        }
        fs::write(project.join(format!("src/module{file}.ts")), source)?;
    }
    Ok(())
}
