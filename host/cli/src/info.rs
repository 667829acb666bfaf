//! `viv image`, `viv kernel`.

use anyhow::Result;
use serde_json::json;

use crate::args::Info;
use crate::machine::engine;

/// Lists what is in the base image.
pub(crate) fn image(info: &Info) -> Result<u8> {
    let engine = engine(&info.parts)?;
    let files = engine.image().files();
    if info.json {
        let files = files.iter().map(|(path, size)| json!({ "path": String::from_utf8_lossy(path), "size": size }));
        println!("{}", serde_json::Value::from_iter(files));
    } else {
        for (path, size) in files {
            println!("{size:>10} {}", String::from_utf8_lossy(&path));
        }
    }
    Ok(0)
}

/// Says which kernel is used.
pub(crate) async fn kernel(info: &Info) -> Result<u8> {
    let vm = engine(&info.parts)?.vm().boot().await?;
    let kernel = vm.kernel_info()?;
    let (major, minor, patch) = kernel.contract;
    let contract = format!("{major}.{minor}.{patch}");
    if info.json {
        println!("{}", json!({ "name": kernel.name, "contract": contract, "snapshot": kernel.snapshot }));
    } else {
        println!("{}\ncontract {contract}\nsnapshot format {}", kernel.name, kernel.snapshot);
    }
    Ok(0)
}
