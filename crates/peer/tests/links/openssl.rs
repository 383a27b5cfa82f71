//! Another implementation of TLS agrees: `openssl s_client`, of OpenSSL 3.5 or newer.

use crate::support::{CLINIC, HOSPITAL, Ledger, Org, identity, made};
use epione_peer::{Files, Target};
use std::{env, process::Stdio, time::Duration};
use tokio::process::Command;

/// Names the program if it is another than `openssl`; whoever names it insists on this test.
const NAMED: &str = "EPIONE_OPENSSL";

/// A program that knows the hybrid group; none if there is none here, which is told.
async fn openssl() -> Option<String> {
    let named = env::var(NAMED).ok();
    let program = named.clone().unwrap_or_else(|| "openssl".to_owned());
    let groups = Command::new(&program).args(["list", "-tls-groups"]).output().await;
    let knows = groups.is_ok_and(|listed| String::from_utf8_lossy(&listed.stdout).contains("X25519MLKEM768"));
    assert!(
        knows || named.is_none(),
        "{NAMED}={program} does not know X25519MLKEM768: it must be OpenSSL 3.5 or newer"
    );
    knows.then_some(program)
}

/// What `openssl s_client` says after a request for a greeting, with these options besides.
async fn s_client(program: &str, target: &Target, options: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(["s_client", "-connect", &target.address, "-ign_eof", "-tls1_3"]).args(options);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let request = b"GET /peer/v1/hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut child.stdin.take().unwrap(), request).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), child.wait_with_output()).await;
    let ended = ended.expect("openssl s_client ends").unwrap();
    String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned()
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever has no such program is told that this was not tried")]
async fn openssl_negotiates_the_hybrid_group_and_is_pinned_as_anybody() {
    let Some(program) = openssl().await else {
        // Continuous integration names the program and so cannot come here.
        eprintln!("not tried: `openssl` is older than 3.5; name another program in {NAMED}");
        return;
    };
    let ledger = Ledger::default();
    let (hospital, clinic) = (identity(), made());
    ledger.register(HOSPITAL, hospital.key());
    ledger.register(CLINIC, clinic.key());
    let target = Org::new(HOSPITAL, &ledger, hospital).serve().await;
    let folder = tempfile::tempdir().unwrap();
    let files = Files { certificate: folder.path().join("c.pem"), key: folder.path().join("c.key") };
    clinic.create(&files).unwrap();
    let (certificate, key) = (files.certificate.to_str().unwrap(), files.key.to_str().unwrap());
    let own = ["-cert", certificate, "-key", key];

    // By its own preference, and if it offers nothing else.
    for groups in [&[][..], &["-groups", "X25519MLKEM768"]] {
        let said = s_client(&program, &target, &[&own[..], groups].concat()).await;
        assert!(said.contains("Negotiated TLS1.3 group: X25519MLKEM768"), "{said}");
        assert!(said.contains("HTTP/1.1 200") && said.contains("\"group\":\"X25519MLKEM768\""), "{said}");
        assert!(said.contains(&CLINIC.to_string()) && said.contains(&HOSPITAL.to_string()), "{said}");
    }
    let said = s_client(&program, &target, &[&own[..], &["-groups", "X25519"]].concat()).await;
    assert!(said.contains("HTTP/1.1 200") && said.contains("\"group\":\"X25519\""), "{said}");
    let said = s_client(&program, &target, &[&own[..], &["-groups", "P-256"]].concat()).await;
    assert!(said.contains("handshake failure") && !said.contains("HTTP/1.1"), "{said}");
    let said = s_client(&program, &target, &[]).await;
    assert!(said.contains("certificate required") && !said.contains("HTTP/1.1"), "{said}");
}
