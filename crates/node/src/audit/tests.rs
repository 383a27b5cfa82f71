//! What is refused before anything is read; the audit itself is tested with real processes.

use super::*;
use epione_modules::ALL;

fn refused(options: &AuditOptions) -> String {
    let mut out = Output::new(Format::Human, Box::new(std::io::sink()), Box::new(std::io::sink()));
    format!("{:#}", run(ALL, options, &mut out).unwrap_err())
}

#[test]
fn a_node_that_never_ran_has_nothing_to_audit() {
    let folder = tempfile::tempdir().unwrap();
    let plan = crate::init::Plan {
        dir: folder.path().join("consortium"),
        terms: crate::genesis::Terms {
            name: epione_types::Text::new("Test".to_owned()).unwrap(),
            time: epione_types::UnixMs(1_800_000_000_000),
            demo: true,
            epoch_blocks: 100,
        },
        organizations: crate::init::demo(),
        base_port: 7400,
        protection: epione_cli::keys::Protection::None,
    };
    let mut out = Output::new(Format::Human, Box::new(std::io::sink()), Box::new(std::io::sink()));
    crate::init::run(ALL, &plan, &mut out).unwrap();
    let config = plan.dir.join("lakeside-hospital/node.toml");
    let options = AuditOptions { config: config.clone(), scratch: None };
    assert!(refused(&options).contains("the node has never run"), "{}", refused(&options));

    std::fs::create_dir_all(plan.dir.join("lakeside-hospital/data/ledger")).unwrap();
    let options = AuditOptions { config: config.clone(), scratch: Some(folder.path().join("nowhere")) };
    assert!(refused(&options).starts_with("--scratch"), "{}", refused(&options));
    let options = AuditOptions { config, scratch: None };
    assert!(refused(&options).contains("the node keeps no final block"), "{}", refused(&options));
}
