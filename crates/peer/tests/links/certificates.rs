//! Files of certificates: made, read, and what is said of wrong ones.

use crate::support::made;
use epione_peer::{Files, Identities, Identity, Refusal, identity::key_of_file, load_folder};
use epione_types::Hash;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn files(folder: &Path, name: &str) -> Files {
    Files { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) }
}

fn refusal(files: &Files) -> String {
    Identity::load(files).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read_again_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (files, made) = (files(folder.path(), "tls"), made());
    made.create(&files).unwrap();
    assert_eq!(fs::metadata(&files.key).unwrap().permissions().mode() & 0o777, 0o600);
    let read = Identity::load(&files).unwrap();
    assert_eq!((read.key(), key_of_file(&files.certificate).unwrap()), (made.key(), made.key()));
    assert_eq!(read.examine(Duration::ZERO), Ok(()));
    assert_eq!(read.examine(40 * DAY), Err(Refusal::Expired));
    let left = read.valid_until().unwrap().duration_since(SystemTime::now()).unwrap();
    assert!((29 * DAY..=30 * DAY).contains(&left), "{left:?}");
    let all = Identities::new(load_folder(folder.path()).unwrap());
    assert_eq!((all.valid_until(read.key()), all.valid_until(Hash([1; 32]))), (read.valid_until(), None));
    let text = fs::read_to_string(&files.key).unwrap();
    assert!(made.create(&files).unwrap_err().to_string().contains("exists already"));
    fs::remove_file(&files.certificate).unwrap();
    assert!(made.create(&files).unwrap_err().to_string().contains("tls.key exists already"));
    assert_eq!(fs::read_to_string(&files.key).unwrap(), text);
    for shown in [format!("{read:?}"), format!("{made:?}")] {
        assert!(shown.len() < 120 && shown.contains(&made.key().to_string()), "{shown}");
    }
}

#[test]
fn wrong_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let good = files(folder.path(), "good");
    made().create(&good).unwrap();
    let other = files(folder.path(), "other");
    made().create(&other).unwrap();
    let missing = Files { certificate: folder.path().join("none.pem"), ..good.clone() };
    assert!(refusal(&missing).ends_with("none.pem"), "{}", refusal(&missing));
    let crossed = Files { key: other.key, ..good.clone() };
    assert!(refusal(&crossed).contains("does not belong to the certificate"), "{}", refusal(&crossed));
    let swapped = Files { certificate: good.key.clone(), key: good.certificate.clone() };
    assert!(refusal(&swapped).contains("no `-----BEGIN CERTIFICATE-----`"), "{}", refusal(&swapped));
    fs::set_permissions(&good.certificate, Permissions::from_mode(0o600)).unwrap();
    let no_key = Files { key: good.certificate.clone(), ..good.clone() };
    assert!(refusal(&no_key).contains("no private key in PEM"), "{}", refusal(&no_key));
    fs::set_permissions(&good.key, Permissions::from_mode(0o640)).unwrap();
    assert!(refusal(&good).contains("mode 0640") && refusal(&good).contains("chmod 600"), "{}", refusal(&good));
    let odd = files(folder.path(), "odd");
    fs::write(&odd.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(refusal(&odd).contains("no X.509 certificate"), "{}", refusal(&odd));
    fs::write(&odd.certificate, vec![b'x'; 300_000]).unwrap();
    assert!(refusal(&odd).contains("longer than"), "{}", refusal(&odd));
    let inside = Files { certificate: folder.path().to_owned(), ..good };
    assert!(refusal(&inside).contains("not a regular file"), "{}", refusal(&inside));
}

#[test]
fn a_folder_holds_pairs_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert!(load_folder(folder.path()).unwrap().is_empty());
    let made = ["2", "1"].map(|name| {
        let made = made();
        made.create(&files(folder.path(), name)).unwrap();
        made.key()
    });
    let keys: Vec<_> = load_folder(folder.path()).unwrap().iter().map(Identity::key).collect();
    assert_eq!(keys, [made[1], made[0]]);
    fs::remove_file(folder.path().join("2.key")).unwrap();
    assert!(load_folder(folder.path()).unwrap_err().to_string().ends_with("2.key"));
    assert!(load_folder(&folder.path().join("none")).is_err());
}
