//! The rules of `cargo xtask tidy` hold for this checkout.

use epione_xtask::{tidy, workspace_root};

#[test]
fn the_workspace_is_tidy() {
    let violations = tidy::run(&workspace_root()).expect("the checkout can be read");
    let report: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "run `cargo xtask tidy` and mend:\n{}", report.join("\n"));
}
