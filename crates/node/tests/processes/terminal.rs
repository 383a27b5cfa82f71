//! Passphrases that are typed: asked for on the terminal, not shown there, and the terminal is as it was before.

use crate::consortium::{EPIONE, PATIENCE, needs};
use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

/// Runs commands on a terminal of their own.
const SCRIPT: &str = "/usr/bin/script";
const PASSPHRASE: &str = "what nobody sees";

/// Runs `epione` with these arguments on a terminal and types an answer after each prompt; then says how the terminal
/// stands. All that was seen there.
fn typing(folder: &Path, arguments: &str, answers: &[(&str, &str)]) -> String {
    let command = format!("{EPIONE} {arguments}; echo \"code $?\"; stty -a; echo end");
    let mut child = Command::new(SCRIPT)
        .args(["-qec", &command, "/dev/null"])
        .current_dir(folder)
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, seen) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = screen.read(&mut bytes) {
            if sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned()).is_err() {
                break;
            }
        }
    });
    let mut all = String::new();
    let mut from = 0;
    for (prompt, answer) in answers.iter().chain([&("\nend", "")]) {
        while !all[from..].contains(prompt) {
            let more = seen.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no `{prompt}` ({error}): {all}"));
            all.push_str(&more);
        }
        from = all.len();
        keyboard.write_all(answer.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }
    drop(keyboard);
    child.wait().unwrap();
    assert!(all.contains(" echo ") && all.contains(" icanon") && all.contains("isig"), "not as before: {all}");
    all
}

#[test]
fn passphrases_are_typed_without_being_shown() {
    if !needs("script", Path::new(SCRIPT)) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str, answers: &[(&str, &str)]| {
        let seen = typing(folder.path(), arguments, answers);
        assert!(!seen.contains(PASSPHRASE) && !seen.contains("panicked"), "{seen}");
        seen
    };
    let (new, again) = ("New passphrase for the identity key: ", "The same again: ");
    let enter = format!("{PASSPHRASE}\n");
    let make = |name: &str| format!("key new --purpose identity --out {name}");
    let seen = run(&make("a.key"), &[(new, &enter), (again, &enter)]);
    assert!(seen.contains("code 0") && seen.contains("encrypted"), "{seen}");

    let seen = run(&make("b.key"), &[(new, &enter), (again, "what nobody else sees\n")]);
    assert!(seen.contains("code 1") && seen.contains("the two passphrases differ"), "{seen}");
    let seen = run(&make("b.key"), &[(new, "short\n"), (again, "short\n")]);
    assert!(seen.contains("code 1") && seen.contains("shorter than 12 characters"), "{seen}");
    let seen = run(&make("b.key"), &[(new, "half\u{3}")]);
    assert!(seen.contains("code 1") && seen.contains("no passphrase was given"), "{seen}");
    assert!(!folder.path().join("b.key").exists());

    let (old, new) = ("Passphrase of a.key: ", "New passphrase for a.key: ");
    let seen = run("key passphrase a.key", &[(old, "what somebody sees\n")]);
    assert!(seen.contains("code 1") && seen.contains("the passphrase is wrong"), "{seen}");
    // Keys that erase: the line, and a character of several bytes.
    let mistyped = format!("wrong\u{15}{PASSPHRASE}é\u{7f}\n");
    let seen = run("key passphrase a.key --no-passphrase", &[(old, &mistyped)]);
    assert!(seen.contains("code 0") && seen.contains("not encrypted"), "{seen}");
    let seen = run("key passphrase a.key", &[(new, &enter), (again, &enter)]);
    assert!(seen.contains("code 0"), "{seen}");
}
