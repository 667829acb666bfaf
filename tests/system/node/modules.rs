//! Modules: CommonJS and ECMAScript's, from the machine's files and from mounts.

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use vivarium::HostDir;

use super::printed;
use crate::support::{engine, run, vm};

#[tokio::test]
async fn packages_resolve_over_a_mounted_node_modules() {
    let host = tempfile::tempdir().unwrap();
    let write = |path: &str, content: &str| {
        let path = host.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    let exports = r#"{"name": "both", "exports": {".": {"import": "./es.mjs", "require": "./common.cjs"}, "./deep": "./deep/file.js"}}"#;
    write("both/package.json", exports);
    write("both/es.mjs", "export default 'import'; export { default as inner } from 'inner';");
    write("both/common.cjs", "module.exports = 'require';");
    write("both/deep/file.js", "module.exports = __filename;");
    write("both/node_modules/inner/index.js", "module.exports = 'nested';");
    // As pnpm lays packages out.
    write(".pnpm/linked@1/node_modules/linked/index.js", "module.exports = __dirname + require('beside');");
    write(".pnpm/linked@1/node_modules/beside/index.js", "module.exports = ' beside';");
    std::os::unix::fs::symlink(".pnpm/linked@1/node_modules/linked", host.path().join("linked")).unwrap();
    let granted = HostDir::read_only(Dir::open_ambient_dir(host.path(), ambient_authority()).unwrap());
    let vm = engine().vm().mount("/root/node_modules", granted).boot().await.unwrap();
    let program = "console.log(require('both')); console.log(require('both/deep')); console.log(require('linked'));
        try { require('both/hidden') } catch (error) { console.log(error.code) }
        try { require('absent') } catch (error) { console.log(error.code) }";
    vm.fs().write("/root/work/main.cjs", program).await.unwrap_err();
    vm.fs().create_dir("/root/work").await.unwrap();
    vm.fs().write("/root/work/main.cjs", program).await.unwrap();
    let expected = "require\n/root/node_modules/both/deep/file.js\n\
        /root/node_modules/.pnpm/linked@1/node_modules/linked beside\nERR_PACKAGE_PATH_NOT_EXPORTED\nMODULE_NOT_FOUND\n";
    assert_eq!(run(&vm, "node", &["/root/work/main.cjs"]).await, expected);
    let program = "import both, { inner } from 'both'; console.log(both, inner, import.meta.url)";
    vm.fs().write("/root/work/main.mjs", program).await.unwrap();
    assert_eq!(run(&vm, "node", &["/root/work/main.mjs"]).await, "import nested file:///root/work/main.mjs\n");
}

#[tokio::test]
async fn a_module_is_imported_by_a_program_given_as_text() {
    let vm = vm().await;
    vm.fs().write("/tmp/value.mjs", "export const value = await Promise.resolve(42);").await.unwrap();
    assert_eq!(printed(&vm, "import('/tmp/value.mjs').then(({ value }) => console.log(value))").await, "42\n");
    let eval = ["--input-type=module", "-e", "import { value } from '/tmp/value.mjs'; console.log(value)"];
    assert_eq!(run(&vm, "node", &eval).await, "42\n");
}

#[tokio::test]
async fn webassembly_runs() {
    let vm = vm().await;
    // (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
    let program = "const bytes = Buffer.from('AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=', 'base64');
        WebAssembly.instantiate(bytes).then(({ instance }) => console.log(instance.exports.add(40, 2)))";
    assert_eq!(printed(&vm, program).await, "42\n");
}
