//! Archives of real nodes: out of one that is stopped, verified without any, refused when a bit of them is another one,
//! and into an empty directory, where a node goes on. And those of releases, which must stay good.

use crate::{
    consortium::{Consortium, EPIONE, Load, epione, replace},
    members::{decide, org, until},
};
use epione_modules::network::{Change, ExclusionReason, Role};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// Archives of releases, one folder each.
const RELEASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/archives");

/// What a command says that finds nothing wrong.
fn done(args: &[&str], paths: &[&Path]) -> Value {
    let done = Command::new(EPIONE).arg("--json").args(args).args(paths).output().unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// What a command says that finds something wrong.
fn refused(args: &[&str], paths: &[&Path]) -> String {
    let (code, error) = epione(args, paths);
    assert_eq!(code, Some(1), "{args:?}: {error}");
    error
}

fn export(config: &Path, to: &Path) -> Value {
    done(&["export", "--config"], &[config, Path::new("--to"), to])
}

fn import(from: &Path, config: &Path) -> Value {
    done(&["import", "--from"], &[from, Path::new("--config"), config])
}

/// Makes a key and registers it with another.
fn key(consortium: &Consortium, what: &[&str], [by, out]: [&Path; 2]) {
    let node = consortium.nodes[1].api.url("");
    let args = [&["key"], what, &["--no-passphrase", "--node", &node, "--key"]].concat();
    done(&args, &[by, Path::new("--out"), out]);
}

/// A copy of a folder of files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The only segment of a short archive.
fn segment(dir: &Path) -> PathBuf {
    let mut names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    names.find(|path| path.extension().is_some_and(|extension| extension == "epione")).unwrap()
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Every kind of damage is found, and the file is named; whoever gives no genesis finds it, too.
fn assert_damage_is_found(archive: &Path, genesis: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let (other, blocks) = (dir.path().join("damaged"), segment(archive));
    let name = blocks.file_name().unwrap().to_str().unwrap();
    let damaged = |file: &str, damage: &dyn Fn(&Path)| {
        let _ = fs::remove_dir_all(&other);
        copy(archive, &other);
        damage(&other.join(file));
        for more in [&[][..], &[Path::new("--genesis"), genesis]] {
            let error = refused(&["verify-archive"], &[&[other.as_path()], more].concat());
            assert!(
                error.contains(&format!(": {file}: ")) && error.contains("proves nothing (fault "),
                "{file}: {error}"
            );
        }
    };
    let len = fs::metadata(&blocks).unwrap().len();
    for at in (0..usize::try_from(len).unwrap()).step_by(usize::try_from(len / 19).unwrap()) {
        damaged(name, &|path| change(path, |bytes| bytes[at] ^= 1 << (at % 8)));
    }
    for file in [name, "genesis.json", "manifest"] {
        damaged(file, &|path| change(path, |bytes| bytes.truncate(bytes.len() / 2)));
        damaged(file, &|path| change(path, |bytes| bytes.push(b' ')));
        damaged(file, &|path| change(path, |bytes| bytes[40] ^= 4));
        damaged(file, &|path| fs::write(path, "").unwrap());
        damaged(file, &|path| fs::remove_file(path).unwrap());
    }
    let mixed_up = |path: &Path, from: &str| {
        fs::copy(path.with_file_name(from), path).unwrap();
    };
    damaged(name, &|path| mixed_up(path, "genesis.json"));
    damaged("notes.txt", &|path| fs::write(path, "belongs to nothing").unwrap());
    damaged("blocks-0000000001-0000000002.epione", &|path| mixed_up(path, name));
}

/// An import that is killed leaves a whole data directory or none.
fn assert_interruptions_leave_nothing(archive: &Path, config: &Path, data: &Path) {
    for pause in [2, 10, 30, 60, 120] {
        let mut command = Command::new(EPIONE);
        command.args(["import", "--from"]).arg(archive).arg("--config").arg(config);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(pause));
        let _ = child.kill();
        child.wait().unwrap();
        if data.exists() {
            done(&["audit", "--config"], &[config]);
            fs::remove_dir_all(data).unwrap();
        }
    }
}

/// What is said of a good archive, with and without the genesis of who verifies it.
fn assert_words(archive: &Path, genesis: &Path) {
    let said = |more: &[&Path]| {
        let done = Command::new(EPIONE).arg("verify-archive").arg(archive).args(more).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    let own = said(&[]);
    let parts = ["TAKE CARE: the genesis is the archive's own", "are whole, up to ", "After block ", "Assumption: "];
    for part in parts.iter().chain(&["Not checked: ", "Nothing is wrong"]) {
        assert!(own.contains(part), "{part}\n{own}");
    }
    let known = said(&[Path::new("--genesis"), genesis]);
    assert!(known.contains("Nothing is wrong") && !known.contains("TAKE CARE"), "{known}");
}

/// Another consortium takes the archive for what it is.
fn assert_others_refuse(archive: &Path) {
    let other = Consortium::found();
    let (genesis, config) = (other.dir().join("genesis.json"), other.nodes[0].config());
    let error = refused(&["verify-archive"], &[archive, Path::new("--genesis"), &genesis]);
    assert!(error.contains("(fault 9): genesis.json: this is of chain1"), "{error}");
    let error = refused(&["import", "--from"], &[archive, Path::new("--config"), &config]);
    assert!(error.contains("(fault 9): genesis.json: ") && !other.nodes[0].data().exists(), "{error}");
}

/// Nothing is imported over what is there, from a damaged archive, or by halves; then the whole history is.
fn assert_imports(archive: &Path, config: &Path, data: &Path) {
    let error = refused(&["import", "--from"], &[archive, Path::new("--config"), config]);
    assert!(error.contains("data is not empty: there is chain, ledger"), "{error}");
    fs::remove_dir_all(data).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken");
    copy(archive, &broken);
    change(&segment(&broken), |bytes| {
        let last = bytes.len() - 5;
        bytes[last] ^= 1;
    });
    let error = refused(&["import", "--from"], &[&broken, Path::new("--config"), config]);
    assert!(error.contains("proves nothing (fault ") && !data.exists(), "{error}");
    assert_interruptions_leave_nothing(archive, config, data);
    let imported = import(archive, config);
    let audited = done(&["audit", "--config"], &[config]);
    for [of_audit, of_import] in
        [["height", "height"], ["txs", "txs"], ["events", "events"], ["certified", "certificates"]]
    {
        assert_eq!(audited[of_audit], imported[of_import], "{of_audit}");
    }
}

#[test]
fn a_history_outlives_the_node_that_kept_it() {
    let mut consortium = Consortium::found_with(&["--epoch-blocks", "8"]);
    consortium.start_all();
    let dir = tempfile::tempdir().unwrap();
    let (archive, genesis) = (dir.path().join("archive"), consortium.dir().join("genesis.json"));
    let (config, keys) = (consortium.nodes[3].config(), consortium.nodes[3].folder.join("keys"));
    let running = refused(&["export", "--config"], &[&config, Path::new("--to"), &archive]);
    assert!(running.contains("is used by another process") && !archive.exists(), "{running}");

    let first = consortium.nodes[0].api.submit_final(&consortium.pen(0, 0).entry());
    let load = Load::begin(&consortium, 3);
    consortium.until("clients are told of transactions", |_| (load.told() >= 60).then_some(()));
    key(&consortium, &["rotate", "--purpose", "vote"], [&keys.join("root.key"), &keys.join("vote-2.key")]);
    until(&consortium, 3, "follows");
    let mut told = [std::slice::from_ref(&first), &load.end()].concat();
    let height = consortium.settle();
    consortium.nodes[3].stop();

    let exported = export(&config, &archive);
    assert_eq!((&exported["height"], &exported["left_out"]), (&height.into(), &0.into()), "{exported}");
    let block = consortium.nodes[0].api.json(&format!("/v1/blocks/{height}"));
    assert_eq!([&exported["head"], &exported["events"]], [&block["hash"], &block["header"]["event_size"]]);
    let proved = done(&["verify-archive"], &[&archive]);
    for what in ["chain", "height", "head", "txs", "events", "certificates"] {
        assert_eq!(proved[what], exported[what], "{what}");
    }
    assert_eq!(proved["changes"].as_array().map(Vec::len), Some(1), "{proved}");
    assert!(proved["txs"].as_u64().unwrap() > u64::try_from(told.len()).unwrap(), "{proved}");
    assert_words(&archive, &genesis);
    assert_damage_is_found(&archive, &genesis);
    let again = refused(&["export", "--config"], &[&config, Path::new("--to"), &archive]);
    assert!(again.contains("--to ") && again.contains("is not empty: there is blocks-"), "{again}");
    assert_others_refuse(&archive);
    assert_imports(&archive, &config, &consortium.nodes[3].data());

    // With its new key the node has never voted; with the old one it would follow for good.
    replace(&config, "keys/vote.key", "keys/vote-2.key");
    told.push(consortium.nodes[1].api.submit_final(&consortium.pen(1, 5).entry()));
    consortium.start_all();
    until(&consortium, 3, "votes");
    consortium.assert_agreement(&told);
    let receipt = dir.path().join("first.receipt");
    let node = consortium.nodes[3].api.url("");
    done(&["receipt", "get", &first.id.to_string(), "--node", &node, "--out"], &[&receipt]);
    done(&["receipt", "verify", "--genesis"], &[&genesis, &receipt]);
    // It keeps the same history as before, and more.
    consortium.nodes[3].stop();
    assert!(export(&config, &dir.path().join("second"))["height"].as_u64() > Some(height));
    consortium.assert_quiet(&[]);
}

#[test]
fn a_key_that_has_voted_does_not_vote_after_an_import() {
    let mut consortium = Consortium::start();
    for at in 0..4 {
        until(&consortium, at, "votes");
    }
    let load = Load::begin(&consortium, 11);
    consortium.until("clients are told of transactions", |_| (load.told() >= 60).then_some(()));
    let told = load.end();
    consortium.settle();
    consortium.nodes[2].stop();
    let dir = tempfile::tempdir().unwrap();
    let (archive, config) = (dir.path().join("archive"), consortium.nodes[2].config());
    export(&config, &archive);
    fs::remove_dir_all(consortium.nodes[2].data()).unwrap();
    import(&archive, &config);
    consortium.start_all();
    until(&consortium, 2, "forgot");
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

/// A history with several kinds of transactions and changes of the validators, for the archive of a release.
fn history(consortium: &Consortium) {
    let pen = |at| consortium.pen(at, 1);
    let (mut regulator, mut pharmacy) = (pen(4), consortium.pen_of_pharmacy(1));
    let mut voters = vec![pen(0), pen(1), pen(2), pen(3)];
    for voter in &mut voters {
        (0..3).for_each(|_| drop(consortium.nodes[0].api.submit_final(&voter.entry())));
    }
    consortium.nodes[1].api.submit_final(&regulator.entry());
    decide(consortium, Change::ChangeRole { org: org(&regulator), role: Role::Validator }, &mut voters);
    until(consortium, 4, "votes");
    voters.push(regulator);
    let suspended = org(&voters[1]);
    let mut others = [&voters[..1], &voters[2..], &[pharmacy.clone()]].concat();
    decide(consortium, Change::Suspend { org: suspended, reason: ExclusionReason::Compromised }, &mut others);
    until(consortium, 1, "follows");
    let refused = consortium.nodes[0].api.submit_final(&voters[1].entry());
    assert_ne!(refused.codes[0], 0);
    // Of the active only: four of five decide.
    decide(consortium, Change::Reinstate { org: suspended }, &mut others[..4]);
    until(consortium, 1, "votes");
    pharmacy = others.pop().unwrap();
    consortium.nodes[2].api.submit_final(&pharmacy.entry());
    let file = |name: &str| consortium.nodes[2].folder.join("keys").join(name);
    let person = ["register", "--kind", "practitioner"];
    key(consortium, &person, [&file("operations.key"), &file("practitioner.key")]);
    key(consortium, &["rotate", "--purpose", "identity"], [&file("practitioner.key"), &file("practitioner-2.key")]);
    key(consortium, &["rotate", "--purpose", "operations"], [&file("root.key"), &file("operations-2.key")]);
    key(consortium, &["rotate", "--purpose", "vote"], [&file("root.key"), &file("vote-2.key")]);
    until(consortium, 2, "follows");
}

/// Makes the archive of this release anew if `EPIONE_VECTORS` is `write`. That of a release which is out is never
/// changed.
fn write() {
    if std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write") {
        let mut consortium = Consortium::found_with_observer(&["--epoch-blocks", "8"]);
        consortium.start_all();
        until(&consortium, 4, "follows");
        history(&consortium);
        consortium.settle();
        consortium.nodes[0].stop();
        let to = Path::new(RELEASES).join(env!("CARGO_PKG_VERSION"));
        let _ = fs::remove_dir_all(&to);
        export(&consortium.nodes[0].config(), &to);
    }
}

#[test]
fn histories_of_all_releases_are_still_good() {
    write();
    let mut count = 0;
    for entry in fs::read_dir(RELEASES).unwrap() {
        let archive = entry.unwrap().path();
        let proved = done(&["verify-archive"], &[&archive]);
        assert!(proved["txs"].as_u64() > Some(20) && proved["changes"].as_array().unwrap().len() > 1, "{proved}");
        // The node of another consortium, as the one of this chain would be.
        let other = Consortium::found();
        let config = other.nodes[0].config();
        let genesis = format!("genesis = \"{}\"", archive.join("genesis.json").display());
        replace(&config, "genesis = \"../genesis.json\"", &genesis);
        import(&archive, &config);
        let audited = done(&["audit", "--config"], &[&config]);
        assert_eq!((&audited["height"], &audited["events"]), (&proved["height"], &proved["events"]));
        count += 1;
    }
    assert!(count > 0, "there is no archive of a release in {RELEASES}");
}
