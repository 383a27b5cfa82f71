//! Clients over HTTPS, under a certificate of the operator's choice that is replaced meanwhile.

use crate::consortium::{Consortium, EPIONE, replace};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::{
    fs,
    io::Read as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    process::Command,
};

/// Writes a certificate for this machine with its key, of a new authority, whose certificate is given back.
fn issue(folder: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority = params.self_signed(&key).unwrap().pem();
    let own = KeyPair::generate().unwrap();
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&own, &Issuer::new(params, key)).unwrap();
    fs::create_dir_all(folder).unwrap();
    let new = || fs::File::options().write(true).create(true).truncate(true).mode(0o600).to_owned();
    for (name, text) in [("fullchain.pem", certificate.pem()), ("key.pem", own.serialize_pem())] {
        std::io::Write::write_all(&mut new().open(folder.join(name)).unwrap(), text.as_bytes()).unwrap();
    }
    authority
}

/// Exit code and all output of `epione status` of this node.
fn status(url: &str, ca: Option<&Path>) -> (Option<i32>, String) {
    let mut command = Command::new(EPIONE);
    command.args(["status", "--node", url]);
    if let Some(ca) = ca {
        command.arg("--ca").arg(ca);
    }
    let done = command.output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

/// The doctor asks the node at the name in its certificate.
fn ask_the_doctor(consortium: &Consortium, url: &str, ca: &Path) {
    let config = consortium.nodes[0].config();
    let doctor = |options: &[&str]| {
        let done = Command::new(EPIONE).arg("doctor").args(options).arg("--config").arg(&config).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    };
    let (code, said) = doctor(&[]);
    assert!(
        code == Some(0) && said.contains("warning  node: not asked") && said.contains("`--node https://"),
        "{said}"
    );
    let (code, said) = doctor(&["--node", url, "--ca", ca.to_str().unwrap()]);
    assert!(code == Some(0) && said.contains("chain: the node follows it") && said.contains("secure by"), "{said}");
    let (code, said) = doctor(&["--node", url]);
    assert!(code == Some(1) && said.contains("PROBLEM  node") && said.contains("UnknownIssuer"), "{said}");
    let (code, said) = doctor(&["--node", "http://192.0.2.1:7400"]);
    assert!(code == Some(2) && said.contains("192.0.2.1"), "{code:?} {said}");
}

#[test]
fn clients_come_over_tls_and_the_certificate_is_replaced_without_cutting_them() {
    let mut consortium = Consortium::found();
    let node = &mut consortium.nodes[0];
    let (tls, ca) = (node.folder.join("tls"), node.folder.join("ca.pem"));
    let first = issue(&tls);
    fs::write(&ca, &first).unwrap();
    let named = "tls = { certificate = \"tls/fullchain.pem\", key = \"tls/key.pem\" }";
    replace(&node.config(), "# tls = { certificate = \"tls/fullchain.pem\", key = \"tls/key.pem\" }", named);
    let (plain, secure) = (node.api.url("").replace("127.0.0.1", "localhost"), node.api.over_tls(&first));
    node.api = secure;
    consortium.start_all();

    let url = plain.replace("http://", "https://");
    let (code, said) = status(&url, Some(&ca));
    assert!(code == Some(0) && said.contains("height"), "{code:?} {said}");
    // Of an authority that nobody here trusts, in clear, or trusting a file without a certificate, there is no answer.
    let (code, said) = status(&url, None);
    assert!(code == Some(3) && said.contains("UnknownIssuer") && said.contains("--ca"), "{code:?} {said}");
    let (code, said) = status(&plain, None);
    assert!(code != Some(0), "{said}");
    let (code, said) = status(&url, Some(&tls.join("key.pem")));
    assert!(code == Some(1) && said.contains("no certificate"), "{code:?} {said}");

    ask_the_doctor(&consortium, &url, &ca);
    // Its end is told, though another has signed it.
    let metrics = consortium.nodes[0].api.text("/metrics");
    let end = metrics.lines().find_map(|line| {
        line.strip_prefix("epione_certificate_expiry_timestamp_seconds{certificate=\"clients\"} ")?.parse::<f64>().ok()
    });
    assert!(end.is_some_and(|end| end > crate::consortium::now().0 as f64 / 1_000.0), "{end:?}");

    // A stream goes on while the certificate is replaced by one of another authority.
    let mut stream = consortium.nodes[0].api.stream();
    let mut beginning = [0; 4];
    stream.read_exact(&mut beginning).unwrap();
    let second = issue(&tls);
    let renewed = consortium.nodes[0].api.over_tls(&second);
    consortium.until("the new certificate is shown", |_| renewed.status());
    consortium.nodes[0].api = renewed;
    let mut pen = consortium.pen(0, 0);
    let told = consortium.nodes[0].api.submit_final(&pen.entry());
    let id = told.id.to_string();
    let mut seen = String::new();
    while !seen.contains(&id) {
        let mut chunk = [0; 1024];
        let len = stream.read(&mut chunk).unwrap();
        assert_ne!(len, 0, "the stream ended");
        seen.push_str(&String::from_utf8_lossy(&chunk[..len]));
    }

    // Files that cannot be used are told, and not used.
    fs::write(tls.join("key.pem"), "what-nobody-may-find-in-any-log!").unwrap();
    consortium.until("the log says so", |consortium| {
        consortium.nodes[0].log().contains("changed certificates cannot be used").then_some(())
    });
    assert!(consortium.nodes[0].log().contains("key.pem"), "{}", consortium.nodes[0].log_tail());
    let told = consortium.nodes[0].api.submit_final(&pen.entry());
    consortium.assert_agreement(&[told]);
    consortium.assert_quiet(&["what-nobody-may-find", "PRIVATE KEY"]);

    // A node does not start with them, nor with a key that others may read.
    consortium.nodes[0].stop();
    let starts = |consortium: &Consortium| {
        let config = consortium.nodes[0].config();
        crate::consortium::epione(&["node", "--config"], &[&config])
    };
    let (code, error) = starts(&consortium);
    assert!(code == Some(1) && error.contains("`http.tls`") && error.contains("key.pem"), "{error}");
    issue(&tls);
    fs::set_permissions(tls.join("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, error) = starts(&consortium);
    assert!(code == Some(1) && error.contains("mode 0644"), "{error}");
}
