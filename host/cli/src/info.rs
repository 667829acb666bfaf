//! `viv image`, `viv kernel`.

use anyhow::Result;
use serde_json::json;

use crate::args::{Image, Info};
use crate::machine::engine;

/// Lists what is in the base image, or compiles its programs.
pub(crate) fn image(image: &Image) -> Result<u8> {
    let engine = engine(&image.info.parts)?;
    if image.compile {
        engine.precompile_image()?;
        return Ok(0);
    }
    let files = engine.image().files();
    if image.info.json {
        let files = files.iter().map(|file| json!({ "path": String::from_utf8_lossy(&file.path), "size": file.size }));
        println!("{}", serde_json::Value::from_iter(files));
    } else {
        for file in files {
            println!("{:>10} {}", file.size, String::from_utf8_lossy(&file.path));
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
