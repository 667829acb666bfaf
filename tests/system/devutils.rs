//! Programs for work on source and data files. What they are to write was written by those of Debian on the same input.

use crate::support::{run, vm};

async fn bash(script: &str) -> String {
    run(&vm().await, "bash", &["-c", script]).await
}

#[tokio::test]
async fn a_patch_is_applied_where_its_context_is() {
    let script = "cd /tmp; seq 1 20 >f; sed 's/^5$/five/; s/^15$/fifteen/' f >g; diff -u f g >d; sed -i '1,2d' f; patch f d; tail -n +3 g | cmp f - && echo same; cat f.orig | wc -l";
    let expected = "patching file f\nHunk #1 FAILED at 2.\nHunk #2 succeeded at 10 (offset -2 lines).\n\
                    1 out of 2 hunks FAILED -- saving rejects to file f.rej\nf - differ: byte 5, line 3\n18\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn hunks_that_fit_nowhere_are_kept() {
    let script = "cd /tmp; seq 1 20 >f; sed 's/^5$/five/; s/^15$/fifteen/' f >g; diff -u f g | sed 1,2d >h; (echo '--- a/f'; echo '+++ b/f'; cat h) >d
        sed -i 's/^15$/x/' f; patch -p1 <d; echo $?; cat f.rej; grep -c five f";
    let expected = "patching file f\nHunk #2 FAILED at 12.\n1 out of 2 hunks FAILED -- saving rejects to file f.rej\n1\n\
                    --- f\n+++ f\n@@ -12,7 +12,7 @@\n 12\n 13\n 14\n-15\n+fifteen\n 16\n 17\n 18\n1\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn patches_go_both_ways_and_in_all_formats() {
    let script = "cd /tmp; seq 1 20 >f; cp f o; sed 's/^5$/five/; 9d; $a end' f >g
        for how in -u -c -e; do cp o f; diff $how f g >d; patch -s f d; cmp f g && printf '%s\\n' $how; done
        diff -u o g >d; cp g f; patch -sR f d; cmp f o && echo back
        cp g f; patch -N f d; echo $?; patch -p1 --dry-run </dev/null; echo $?";
    let expected = "-u\n-c\n-e\nback\npatching file f\nReversed (or previously applied) patch detected!  Skipping patch.\n\
                    2 out of 2 hunks ignored -- saving rejects to file f.rej\n1\n0\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn git_renames_and_creates_by_patch() {
    let script = r#"cd /tmp; seq 1 3 >f; printf 'diff --git a/f b/d/h
similarity index 90%%
rename from f
rename to d/h
--- a/f
+++ b/d/h
@@ -1,3 +1,3 @@
-1
+one
 2
 3
diff --git a/n b/n
new file mode 100755
--- /dev/null
+++ b/n
@@ -0,0 +1 @@
+x
' | patch -p1; cat d/h; stat -c %a n; ls f 2>&1"#;
    let vm = vm().await;
    let output = vm.command("bash").args(["-c", script]).output().await.unwrap();
    let expected = "patching file d/h (renamed from f)\npatching file n\none\n2\n3\n755\nls: cannot access 'f': No such file or directory\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[tokio::test]
async fn trees_are_drawn() {
    let script = "mkdir -p /tmp/t/a/b /tmp/t/c; cd /tmp/t; echo x >a/f; echo yy >a/b/g; ln -s f a/l; ln -s ../a c/la; chmod +x a/f; mkfifo c/p
        LC_ALL=C.UTF-8 tree -F; LC_ALL=C tree -s --noreport a; tree -J c; tree -fid --noreport";
    let expected = "./
├── a/
│\u{a0}\u{a0} ├── b/
│\u{a0}\u{a0} │\u{a0}\u{a0} └── g
│\u{a0}\u{a0} ├── f*
│\u{a0}\u{a0} └── l -> f*
└── c/
    ├── la -> ../a/
    └── p|

5 directories, 4 files
";
    let output = bash(script).await;
    assert!(output.starts_with(expected), "{output}");
    let rest = "\
|-- [          2]  f
`-- [          1]  l -> f
[
  {\"type\":\"directory\",\"name\":\"c\",\"contents\":[
    {\"type\":\"link\",\"name\":\"la\",\"target\":\"../a\"},
    {\"type\":\"fifo\",\"name\":\"p\"}
  ]}
,
  {\"type\":\"report\",\"directories\":2,\"files\":1}
]
.
./a
./a/b
./c
./c/la -> ../a
";
    assert!(output.ends_with(rest), "{output}");
}

#[tokio::test]
async fn files_are_told_apart() {
    let script = "cd /tmp; printf 'a,b\\n1,2\\n3,4\\n' >t.csv; echo '{\"a\": 1}' >j; mkfifo p; ln -s j l; printf '#!/bin/sh\\n' >s; seq 9 | gzip -n >z
        tar -cf a.tar j; : >e; file a.tar e j l p s t.csv; file -b --mime-type - <z; file -i . s; file none; echo $?; file -E none; echo $?";
    let expected = "a.tar: POSIX tar archive (GNU)\ne:     empty\nj:     JSON text data\nl:     symbolic link to j\n\
                    p:     fifo (named pipe)\ns:     POSIX shell script, ASCII text executable\nt.csv: CSV text\n\
                    application/gzip\n.: inode/directory; charset=binary\ns: text/x-shellscript; charset=us-ascii\n\
                    none: cannot open `none' (No such file or directory)\n0\n\
                    none: ERROR: cannot stat `none' (No such file or directory)\n1\n";
    assert_eq!(bash(script).await, expected);
}
