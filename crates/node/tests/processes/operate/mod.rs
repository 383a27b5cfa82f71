//! `docs/operate.md` is done as it is written: every command of every procedure, in order, by an organization that enters,
//! changes all its keys, loses its server, and leaves.

mod dashboards;
mod newcomer;
mod page;
mod procedures;
mod stage;
mod unit;

use crate::consortium::say;
use procedures::Steps;
use stage::{PASSPHRASES, Stage};

/// What does a procedure, and looks whether it did what it is for.
type Run = fn(&mut Stage, &mut Steps<'_>);

/// The procedures of the page, in its order; those that are not run have a reason.
const PROCEDURES: [(&str, Result<Run, &str>); 14] = [
    ("Install", Ok(procedures::install)),
    ("Join", Ok(procedures::join)),
    ("Watch", Ok(procedures::watch)),
    ("Back up the configuration", Ok(procedures::back_up)),
    ("Back up the ledger", Ok(procedures::back_up_ledger)),
    ("Restore the ledger", Ok(procedures::restore_ledger)),
    ("Rotate the operations key", Ok(procedures::rotate_operations)),
    ("Rotate the root key", Ok(procedures::rotate_root)),
    ("Rotate the vote key", Ok(procedures::rotate_vote)),
    ("Rotate the TLS key", Ok(procedures::rotate_tls)),
    ("Replace a lost node", Ok(procedures::replace)),
    ("Upgrade within a release line", Ok(procedures::upgrade)),
    ("Upgrade at a height", Ok(procedures::upgrade_at_a_height)),
    ("Leave the consortium", Ok(procedures::leave)),
];

#[test]
fn every_procedure_of_the_page_does_what_it_is_for() {
    let page = page::procedures(&page::text());
    let titles: Vec<&str> = page.iter().map(|procedure| procedure.title.as_str()).collect();
    let known: Vec<&str> = PROCEDURES.iter().map(|(title, _)| *title).collect();
    assert_eq!(titles, known, "each procedure of docs/operate.md has a test, in the same order");
    let mut stage = Stage::set();
    for (procedure, (title, run)) in page.iter().zip(PROCEDURES) {
        let mut steps = Steps::of(&page, &procedure.blocks);
        match run {
            Ok(run) => {
                run(&mut stage, &mut steps);
                assert!(steps.are_done(), "{title} has more blocks than the test runs");
            }
            Err(why) => say(format_args!("left out: {title}: {why}")),
        }
    }
    // The newcomer has left: its node is no part of the consortium any more.
    let log = stage.consortium.nodes.pop().map(|node| node.log()).unwrap_or_default();
    assert!(!["panicked"].iter().chain(&PASSPHRASES).any(|word| log.contains(word)), "{log}");
    let told = stage.consortium.nodes[0].api.submit_final(&stage.consortium.pen(1, 9).entry());
    stage.consortium.assert_agreement(&[told]);
    stage.consortium.assert_quiet(&[]);
}
