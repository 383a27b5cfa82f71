//! The unit for systemd is one, and shuts the node in.

use crate::consortium::{EPIONE, needs};
use std::{fs, path::Path, process::Command};

const ANALYZE: &str = "/usr/bin/systemd-analyze";

#[test]
fn systemd_takes_the_unit_and_rates_it_as_the_page_says() {
    if !needs("systemd-analyze (systemd)", Path::new(ANALYZE)) {
        return;
    }
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/epione.service");
    let unit = fs::read_to_string(shipped).unwrap();
    assert!(unit.contains("ExecStart=/usr/local/bin/epione node --config /etc/epione/node.toml\n"), "{unit}");
    // It is looked whether the program is there: it is elsewhere here.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("epione.service");
    fs::write(&path, unit.replace("/usr/local/bin/epione", EPIONE)).unwrap();
    let analyze = |arguments: &[&str]| {
        let done = Command::new(ANALYZE).args(arguments).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        (done.status.success(), said)
    };
    let (is_good, said) = analyze(&["verify"]);
    // It may have something to say of other units of the machine.
    assert!(is_good && !said.contains("epione.service"), "{said}");
    // In tenths: not above 1.5.
    let (is_good, said) = analyze(&["security", "--offline=true", "--threshold=15"]);
    assert!(is_good, "{said}");
}
