//! Base utilities, where they are the machine's own. What they are to write was written by GNU's on the same input.

use crate::support::{run, vm};

async fn bash(script: &str) -> String {
    run(&vm().await, "bash", &["-c", &format!("cd /tmp; {script}")]).await
}

#[tokio::test]
async fn a_file_is_not_copied_or_moved_onto_itself() {
    let script = "echo text >f; ln f h; ln -s f s; for c in 'cp f f' 'cp f s' 'cp f h' 'cp --rem s f' 'mv f f' 'mv f h' 'mv s f'; do
        $c 2>&1; done; cat f h s; cp --rem f s; cp -b h f; ls -F; mv -b h f; ls";
    let expected = "cp: 'f' and 'f' are the same file\ncp: 'f' and 's' are the same file\ncp: 'f' and 'h' are the same file\n\
                    cp: 's' and 'f' are the same file\nmv: 'f' and 'f' are the same file\nmv: 'f' and 'h' are the same file\n\
                    mv: 's' and 'f' are the same file\ntext\ntext\ntext\nf\nf~\nh\ns\nf\nf~\ns\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn links_and_modes_are_kept_by_copies_that_are_to_keep_them() {
    let script = "mkdir -p s/d; echo a >s/f; ln s/f s/d/g; chmod 640 s/f; chmod 750 s/d; ln -s f s/l; touch -d @1000 s/f
        cp -a s t; stat -c '%n %a %h %Y %F' t/f t/d/g; stat -c '%n %a' t/d; readlink t/l
        test t/f -ef t/d/g && echo linked; mkdir p; cp --parents s/d/g p; stat -c '%n %a' p/s/d; cp -r s u; stat -c %h u/f";
    let expected = "t/f 640 2 1000 regular file\nt/d/g 640 2 1000 regular file\nt/d 750\nf\nlinked\np/s/d 750\n1\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn nothing_is_removed_that_was_not_named() {
    let script = "mkdir -p d/e; touch d/f k; cd d; rm -r '' 2>&1; rm -rf ''; rm -r . ./.. 2>&1; ls; cd ..; rm d 2>&1; rm -d d 2>&1
        rm -rv d/ | sort; rm -f none; rm none 2>&1; rm -r / 2>&1; rm -rf // 2>&1; ls";
    let expected = "rm: cannot remove '': No such file or directory\n\
                    rm: refusing to remove '.' or '..' directory: skipping '.'\n\
                    rm: refusing to remove '.' or '..' directory: skipping './..'\ne\nf\n\
                    rm: cannot remove 'd': Is a directory\nrm: cannot remove 'd': Directory not empty\n\
                    removed 'd/f'\nremoved directory 'd/'\nremoved directory 'd/e'\n\
                    rm: cannot remove 'none': No such file or directory\n\
                    rm: it is dangerous to operate recursively on '/'\n\
                    rm: use --no-preserve-root to override this failsafe\n\
                    rm: it is dangerous to operate recursively on '//' (same as '/')\n\
                    rm: use --no-preserve-root to override this failsafe\nk\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn questions_are_asked_before_files_are_removed() {
    let script = "mkdir d; echo x >d/f; (echo y; echo n; echo n) | rm -ri d 2>&1; echo; chmod 0 d/f; ls d
        echo n | rm -rI d 2>&1; echo; ls d | wc -l; yes | rm -rI d 2>/dev/null; ls";
    let expected = "rm: descend into directory 'd'? rm: remove regular file 'd/f'? rm: remove directory 'd'? \nf\n\
                    rm: remove 1 argument recursively? \n1\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn modes_are_read_as_options_too() {
    let script = "touch f g; chmod 755 f g; chmod -x f; chmod f -w; chmod =7777,-5022 g; stat -c %a f g; chmod o+t g; stat -c %a g
        (umask 77; chmod -x g) 2>&1; stat -c %a g";
    let expected = "444\n2755\n3755\nchmod: g: new permissions are rw-r-sr-t, not rw-r-Sr-T\n3655\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn what_has_holes_is_copied_into_a_pipe_too() {
    assert_eq!(bash("truncate -s 100000 f; cp f /dev/stdout | wc -c").await, "100000\n");
}

#[tokio::test]
async fn holes_are_kept() {
    let script = "truncate -s 1M f; printf end >>f; cp f g; cmp f g && test $(stat -c %b g) -lt 100 && echo sparse
        head -c 1M /dev/zero >z; cp --sparse=always z y; cmp z y && stat -c %b y; cp --reflink z x 2>&1; true";
    let expected = "sparse\n0\ncp: failed to clone 'x' from 'z': Operation not supported\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn a_tree_moves_to_another_file_system_with_its_links() {
    let script = "mkdir -p a/b; echo x >a/f; ln a/f a/b/g; chmod 711 a/b; mv a /dev/shm/; ls -d a 2>&1; cd /dev/shm/a
        test f -ef b/g && stat -c %a b; cat b/g; rm -r /dev/shm/a";
    assert_eq!(bash(script).await, "ls: cannot access 'a': No such file or directory\n711\nx\n");
}

#[tokio::test]
async fn the_end_of_a_file_is_found_from_both_sides() {
    let script =
        "seq 100000 >f; tail -n 2 f; tail -n +99999 f; tail -c 7 f; tail -3 f | head -n 1; seq 100000 | tail -n 1
        printf 'a\\nb' >g; tail -n 1 g; echo; tail -qn 1 f g; echo; tail -n 1 f g; echo; (read x; tail -n 9) <g; echo
        printf 'a\\0b\\0' | tail -zn 1 | tr '\\0' .";
    let expected = "99999\n100000\n99999\n100000\n100000\n99998\n100000\nb\n100000\nb\n\
                    ==> f <==\n100000\n\n==> g <==\nb\nb\nb.";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn files_are_followed_by_name_through_rotation() {
    let script = "echo one >log; tail -F -s 0.05 log >out 2>&1 & p=$!; until grep -q one out; do sleep 0.01; done
        echo two >>log; until grep -q two out; do sleep 0.01; done; mv log log.1; until grep -q inaccessible out; do sleep 0.01; done
        echo three >log; until grep -q three out; do sleep 0.01; done; kill $p; cat out";
    let expected = "one\ntwo\ntail: 'log' has become inaccessible: No such file or directory\n\
                    tail: 'log' has appeared;  following new file\nthree\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn following_ends_with_the_process_it_is_for() {
    let script = "sleep 0.2 & p=$!; (sleep 0.1; echo late >>log) & echo early >log; tail -f -s 0.05 --pid $p log";
    assert_eq!(bash(script).await, "early\nlate\n");
}

#[tokio::test]
async fn columns_are_as_wide_as_their_names() {
    let script = "mkdir d; cd d; touch a 'b c' dir:x long-name-of-a-file; mkdir sub; ls -C | cat -A; ls -w 30 -C; ls -m; ls -x -w 0 --quoting-style=shell-escape
        cd ..; ls -R --quoting-style=shell-escape -C d";
    let expected = "a  b c^Idir:x  long-name-of-a-file  sub$\na    dir:x\t\t  sub\nb c  long-name-of-a-file\na, b c, dir:x, long-name-of-a-file, sub\n\
                    a  'b c'  dir:x  long-name-of-a-file  sub\nd:\n a  'b c'   dir:x   long-name-of-a-file   sub\n\nd/sub:\n";
    assert_eq!(bash(script).await, expected);
}

#[tokio::test]
async fn a_directory_below_itself_is_listed_once() {
    let script = "mkdir loop; ln -s ../loop loop/sub; ls -RL loop 2>&1; echo $?";
    assert_eq!(bash(script).await, "loop:\nsub\nls: loop/sub: not listing already-listed directory\n2\n");
}
