//! Ways out that a JavaScript program may try: each ends in the machine's kernel, or in an error.

use std::net::TcpListener;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use vivarium::HostDir;

use super::{eval, printed};
use crate::support::{engine, vm};
use crate::witness::Witness;

#[tokio::test]
async fn files_of_the_host_are_not_there() {
    let host = tempfile::tempdir().unwrap();
    let secret = host.path().join("secret");
    std::fs::write(&secret, "module.exports = 'secret'").unwrap();
    let vm = vm().await;
    let path = secret.to_str().unwrap();
    let program = format!(
        "const fs = require('fs'); const path = {path:?}; const tries = [
            () => fs.readFileSync(path), () => fs.statSync(path), () => fs.openSync(path), () => require(path),
            () => fs.readFileSync(new URL('file://' + path)), () => fs.readFileSync('/proc/1/root' + path),
            () => fs.readFileSync('/proc/self/root' + path), () => fs.readFileSync('../../../../../..' + path),
            () => process.chdir(path + '/..'), () => fs.writeFileSync(path, 'x'), () => fs.readdirSync(path + '/..')];
        for (const attempt of tries) try {{ console.log('reached', attempt()) }} catch (error) {{ console.log(error.code) }}
        import(path).then((m) => console.log('reached', m), (error) => console.log(error.code));"
    );
    let answers = printed(&vm, &program).await;
    assert_eq!(answers.lines().count(), 12, "{answers}");
    for answer in answers.lines() {
        assert!(matches!(answer, "ENOENT" | "MODULE_NOT_FOUND" | "ERR_MODULE_NOT_FOUND"), "{answers}");
    }
    assert_eq!(std::fs::read_to_string(secret).unwrap(), "module.exports = 'secret'");
}

#[tokio::test]
async fn a_read_only_mount_is_not_written_and_not_left() {
    let host = tempfile::tempdir().unwrap();
    let granted = host.path().join("granted");
    std::fs::create_dir(&granted).unwrap();
    std::fs::write(host.path().join("beside"), "secret").unwrap();
    std::os::unix::fs::symlink(host.path().join("beside"), granted.join("absolute")).unwrap();
    std::os::unix::fs::symlink("../beside", granted.join("relative")).unwrap();
    let dir = HostDir::read_only(Dir::open_ambient_dir(&granted, ambient_authority()).unwrap());
    let vm = engine().vm().mount("/mnt", dir).boot().await.unwrap();
    let program = "const fs = require('fs'); const tries = [
            () => fs.writeFileSync('/mnt/new', 'x'), () => fs.mkdirSync('/mnt/dir'), () => fs.unlinkSync('/mnt/relative'),
            () => fs.renameSync('/mnt/relative', '/mnt/other'), () => fs.symlinkSync('/', '/mnt/root'),
            () => fs.readFileSync('/mnt/absolute'), () => fs.readFileSync('/mnt/relative'), () => fs.readFileSync('/mnt/../beside')];
        for (const attempt of tries) try { console.log('reached', attempt()) } catch (error) { console.log(error.code) }";
    let answers = printed(&vm, program).await;
    assert_eq!(answers, "EROFS\nEROFS\nEROFS\nEROFS\nEROFS\nENOENT\nENOENT\nENOENT\n");
}

#[tokio::test]
async fn servers_of_the_host_are_not_reached() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port();
    let vm = vm().await;
    let program = format!(
        "const net = require('net');
        net.connect({port}, '127.0.0.1').on('connect', () => console.log('reached')).on('error', (error) => console.log(error.code))"
    );
    assert_eq!(printed(&vm, &program).await, "ECONNREFUSED\n");
    assert!(server.accept().is_err(), "nobody has knocked");
}

#[tokio::test]
async fn programs_of_the_host_are_not_started() {
    let vm = vm().await;
    let own = std::env::current_exe().unwrap();
    let own = own.to_str().unwrap();
    let program = format!(
        "const {{ spawnSync }} = require('child_process');
        console.log(spawnSync({own:?}).error.code);
        console.log(spawnSync('/bin/sh', ['-c', 'test -e {own}']).status);"
    );
    assert_eq!(printed(&vm, &program).await, "ENOENT\n1\n");
}

#[tokio::test]
async fn native_code_is_not_loaded() {
    let vm = vm().await;
    vm.fs().write("/tmp/addon.node", b"\x7fELF").await.unwrap();
    let program = "for (const attempt of [() => require('/tmp/addon.node'), () => process.dlopen({ exports: {} }, '/tmp/addon.node')])
        try { console.log('reached', attempt()) } catch (error) { console.log(error.code) }";
    assert_eq!(printed(&vm, program).await, "ERR_DLOPEN_FAILED\nERR_DLOPEN_FAILED\n");
}

#[tokio::test]
async fn bindings_are_no_way_around() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let program = "for (const name of ['fs', 'process_wrap', 'spawn_sync', 'module_wrap', 'no_such'])
        try { process.binding(name); console.log(name, 'given') } catch (error) { console.log(name, error.code ?? error.message) }";
    // Node gives out `fs` and the wraps by an allow list of its own; they act in the machine as their modules do.
    let output = printed(&vm, program).await;
    assert!(output.contains("no_such") && !output.contains("no_such given"), "{output}");
    // Wrong receivers and arguments end in an error of JavaScript, not of the host.
    let program = "process.on('unhandledRejection', () => {}).on('uncaughtException', () => {});
        const { internalBinding } = require('internal/test/binding'); let count = 0;
        for (const name of ['fs', 'buffer', 'tcp_wrap', 'pipe_wrap', 'process_wrap', 'timers', 'util', 'url', 'contextify', 'module_wrap']) {
          const binding = internalBinding(name);
          for (const [key, value] of Object.entries(binding)) {
            if (typeof value !== 'function' || /^(abort|causeSegfault|reallyExit|triggerFatal|sleep|setFatal|setTrigger)/.test(key)) continue;
            for (const args of [[], [null], [{}, {}, {}], [-1, -1, -1, -1], ['x'.repeat(10), 1e9, Symbol('s')]])
              for (const call of [() => value.apply({}, args), () => Reflect.construct(value, args)])
                try { call() } catch { count++ }
          }
        }
        process._rawDebug(count > 100); process.exit(0)";
    let output = vm.command("node").args(["--expose-internals", "-e", program]).output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.contains("true\n"), "{}: {stderr}", output.status);
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn prototypes_changed_by_a_program_do_not_outlive_it() {
    let vm = vm().await;
    let spoil = "Array.prototype.map = Object.prototype.toString = Promise.prototype.then = () => { throw 'spoilt' };
        require('fs').readFileSync = () => 'spoilt'; console.log = () => {};";
    eval(&vm, spoil).await;
    let program =
        "console.log([1].map((n) => n + 1), require('fs').readFileSync('/etc/passwd', 'utf8').includes('spoilt'))";
    assert_eq!(printed(&vm, program).await, "[ 2 ] false\n");
}
